"""What booked runs keep back, by run; `availability.kept_back` is the sum, changed together with it."""

import uuid
from collections.abc import Collection, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.orders.autoship_tables import AutoshipKept
from fulfillment.store.columns import table_of

KEPT: Final = table_of(AutoshipKept)

Units = Mapping[tuple[str, str], int]
"""Units by (warehouse code, SKU)."""

_USE = sa.text("""
    WITH wanted AS (
        SELECT k.warehouse_code, k.sku, k.qty AS before, least(k.qty, w.qty) AS used
        FROM autoship_kept k
        JOIN unnest(CAST(:codes AS text[]), CAST(:skus AS text[]), CAST(:qtys AS integer[]))
            AS w (warehouse_code, sku, qty) USING (warehouse_code, sku)
        WHERE k.run_id = :run_id AND k.qty > 0
        ORDER BY k.warehouse_code, k.sku FOR UPDATE OF k
    )
    UPDATE autoship_kept k SET qty = w.before - w.used FROM wanted w
    WHERE k.run_id = :run_id AND k.warehouse_code = w.warehouse_code AND k.sku = w.sku
    RETURNING k.warehouse_code, k.sku, w.used
    """)


def find_kept(
    session: Session, *, run_id: uuid.UUID, skus: Collection[str] | None = None
) -> dict[tuple[str, str], int]:
    """What the run has kept back, of these SKUs or of all."""
    query = sa.select(KEPT.c.warehouse_code, KEPT.c.sku, KEPT.c.qty).where(
        KEPT.c.run_id == run_id, KEPT.c.qty > 0
    )
    if skus is not None:
        query = query.where(KEPT.c.sku.in_(list(skus)))
    return {(row.warehouse_code, row.sku): row.qty for row in session.connection().execute(query)}


def set_kept(session: Session, *, run_id: uuid.UUID, units: Units) -> None:
    """The run has kept back so many of each of these; the caller has changed the sums."""
    if not units:
        return
    rows = [
        {"run_id": run_id, "warehouse_code": code, "sku": sku, "qty": qty}
        for (code, sku), qty in sorted(units.items())
    ]
    statement = insert(KEPT)
    statement = statement.on_conflict_do_update(
        index_elements=["run_id", "warehouse_code", "sku"], set_={"qty": statement.excluded.qty}
    )
    session.connection().execute(statement, rows)


def use_kept(session: Session, *, run_id: uuid.UUID, units: Units) -> dict[tuple[str, str], int]:
    """Units the run takes are kept back no longer, as far as they were; returns how many by row."""
    if not units:
        return {}
    codes, skus = zip(*units, strict=True)
    values = {"run_id": run_id, "codes": list(codes), "skus": list(skus), "qtys": list(units.values())}
    rows = session.connection().execute(_USE, values)
    return {(row.warehouse_code, row.sku): row.used for row in rows}


def list_keeping_runs(session: Session) -> list[uuid.UUID]:
    """The runs that keep anything back."""
    query = sa.select(KEPT.c.run_id).where(KEPT.c.qty > 0).distinct()
    return list(session.connection().execute(query).scalars())


def forget_kept(session: Session, *, run_id: uuid.UUID) -> None:
    """The run keeps nothing back; the caller has changed the sums."""
    session.connection().execute(sa.delete(KEPT).where(KEPT.c.run_id == run_id))
