"""Quarantined units are salvaged or destroyed, on a qualified person's word (21 CFR 111.515, .520)."""

import uuid
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.errors import ConflictError, ForbiddenError, InvalidInputError
from fulfillment.reads.quarantine import count_undecided, list_quarantined
from fulfillment.returns.authorizations import get_return
from fulfillment.returns.inspections import find_inspection, write_quality_decision
from fulfillment.returns.kinds import Disposition, Grade
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.warehouse.kinds import MovementReason
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import Units, settle_return
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.tables import Lot

PRODUCT = table_of(Product)
LOT = table_of(Lot)


def decide_quality(
    session: Session,
    *,
    warehouse_code: str,
    sku: str,
    lot: str,
    qty: int,
    disposition: Disposition,
    reason: str,
    actor: Actor,
    inspection_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """The units leave quarantine, to be sold again or for scrap; returns the decision's id.

    Only unopened units that have not expired are salvaged. Who inspected units does not decide about them.

    Raises:
        InvalidInputError: the units are to stay in quarantine, none is named, or no reason is given.
        NotFoundError: there is no such inspection.
        ForbiddenError: the same person inspected them.
        ConflictError: fewer wait in quarantine, or they may not be sold again.
    """
    if disposition is Disposition.QUARANTINE or qty < 1 or not reason.strip():
        raise InvalidInputError("Decide to restock or to scrap at least one unit, and say why.")
    if inspection_id is None:
        _require_uninspected(session, warehouse_code, sku=sku, lot=lot, qty=qty)
    else:
        _require_inspected(
            session, inspection_id, sku=sku, lot=lot, qty=qty, disposition=disposition, actor=actor
        )
    if disposition is Disposition.RESTOCK:
        _require_sellable(session, sku=sku, lot=lot, today=read_now(session).date())
    now = read_now(session)
    decision_id = write_quality_decision(
        session,
        inspection_id=inspection_id,
        warehouse_code=warehouse_code,
        sku=sku,
        lot=lot,
        qty=qty,
        disposition=disposition,
        reason=reason,
        actor=actor,
        now=now,
    )
    places = places_of(warehouse_code)
    is_salvaged = disposition is Disposition.RESTOCK
    movement = settle_return(
        Units(sku, qty, lot),
        posting_id=str(decision_id),
        subject=("quality_decision", str(decision_id)),
        reason=MovementReason.RESTOCK if is_salvaged else MovementReason.SCRAP,
        origin=places.quarantine,
        target=places.receiving if is_salvaged else places.scrap,
    )
    post_movements(session, movements=[movement], actor=actor, now=now)
    record(
        session,
        actor=actor,
        deed="quality.decided",
        object_kind="quality_decision",
        object_id=decision_id,
        detail={"sku": sku, "lot": lot, "qty": qty, "disposition": disposition, "reason": reason},
    )
    return decision_id


def _require_inspected(
    session: Session,
    inspection_id: uuid.UUID,
    *,
    sku: str,
    lot: str,
    qty: int,
    disposition: Disposition,
    actor: Actor,
) -> None:
    """The decision is about units this inspection put aside, by somebody else, and not more of them."""
    inspection: sa.Row[Any] = find_inspection(session, inspection_id=inspection_id)
    get_return(session, return_id=inspection.return_id, lock=True)
    if inspection.inspected_by == actor.key:
        raise ForbiddenError("Who inspected units cannot decide about their quality; ask a second person.")
    if disposition is Disposition.RESTOCK and inspection.grade != Grade.SEALED:
        raise ConflictError(
            f"Goods found {inspection.grade.replace('_', ' ')} are never sold again; scrap them.",
            grade=inspection.grade,
        )
    left = count_undecided(session, inspection_id=inspection_id, sku=sku, lot=lot)
    if qty > left:
        raise ConflictError(
            f"{qty} units of {sku} are to leave quarantine, but {left} of this inspection are there.",
            sku=sku,
            left=left,
        )


def _require_uninspected(session: Session, warehouse_code: str, *, sku: str, lot: str, qty: int) -> None:
    """Inspected units are decided about by naming their inspection, because its inspector may not."""
    waiting = list_quarantined(session, warehouse_code=warehouse_code, sku=sku)
    left = sum(each.qty for each in waiting if each.lot == lot and each.inspection_id is None)
    if qty > left:
        raise ConflictError(
            f"{qty} units of {sku} are to leave quarantine, but {left} without an inspection are there.",
            sku=sku,
            left=left,
        )


def _require_sellable(session: Session, *, sku: str, lot: str, today: date) -> None:
    query = sa.select(LOT.c.expires_on, PRODUCT.c.min_remaining_days).join(
        PRODUCT, PRODUCT.c.sku == LOT.c.sku
    )
    row = session.connection().execute(query.where(LOT.c.sku == sku, LOT.c.lot == lot)).one_or_none()
    if row is None or row.expires_on is None:
        return
    if (row.expires_on - today).days < row.min_remaining_days:
        raise ConflictError(
            f"Lot {lot} of {sku} expires on {row.expires_on.isoformat()} and cannot be sold again; scrap it.",
            expires_on=row.expires_on.isoformat(),
        )
