"""Goods come in: a receipt is expected, filled scan by scan at the dock, put away, and closed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.core.states import RECEIPT, ReceiptState
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history, move_state
from fulfillment.store.numbers import next_number
from fulfillment.warehouse.kinds import NO_LOT
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.lots import LotFacts, ensure_lots
from fulfillment.warehouse.movements import Units, receive
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.setup import require_warehouse
from fulfillment.warehouse.tables import Receipt, ReceiptLine

RECEIPT_TABLE = table_of(Receipt)
LINE = table_of(ReceiptLine)

MAX_LINES = 1_000
MAX_UNITS = 1_000_000


@dataclass(frozen=True)
class ExpectedUnits:
    """Units the supplier announced; lot and expiry where the announcement says them."""

    sku: str
    qty: int
    lot: str = NO_LOT
    expires_on: date | None = None


@dataclass(frozen=True)
class OpenReceipt:
    """A receipt that can still be filled, locked."""

    receipt_id: uuid.UUID
    number: str
    warehouse_code: str
    state: str


@dataclass(frozen=True)
class Discrepancy:
    """An article of which more or fewer units came than were announced, over all its lots."""

    sku: str
    expected: int
    received: int


_ENSURE_LINE = sa.text("""
    INSERT INTO receipt_line (id, receipt_id, sku, lot, expires_on, qty_expected, qty_received)
    VALUES (:id, :receipt_id, :sku, :lot, :expires_on, 0, 0)
    ON CONFLICT (receipt_id, sku, lot) DO UPDATE
        SET expires_on = coalesce(receipt_line.expires_on, excluded.expires_on)
    RETURNING id
    """)


def expect_receipt(
    session: Session,
    *,
    warehouse_code: str,
    supplier: str,
    lines: Sequence[ExpectedUnits],
    actor: Actor,
    supplier_ref: str = "",
    expected_on: date | None = None,
) -> OpenReceipt:
    """Goods are expected; a receipt with no lines takes whatever stands at the dock.

    Raises:
        NotFoundError: there is no such warehouse.
        InvalidInputError: too many lines, a quantity out of range, or an article and lot twice.
    """
    require_warehouse(session, code=warehouse_code)
    _check(lines)
    receipt = OpenReceipt(new_id(), next_number(session, "RC"), warehouse_code, ReceiptState.EXPECTED)
    connection = session.connection()
    connection.execute(
        sa.insert(RECEIPT_TABLE).values(
            id=receipt.receipt_id,
            number=receipt.number,
            warehouse_code=warehouse_code,
            supplier=supplier,
            supplier_ref=supplier_ref,
            state=ReceiptState.EXPECTED,
            expected_on=expected_on,
        )
    )
    if lines:
        rows = [
            {
                "id": new_id(),
                "receipt_id": receipt.receipt_id,
                "sku": line.sku,
                "lot": line.lot,
                "expires_on": line.expires_on,
                "qty_expected": line.qty,
                "qty_received": 0,
            }
            for line in lines
        ]
        connection.execute(sa.insert(LINE), rows)
    begin_history(
        session,
        table=RECEIPT_TABLE,
        object_ids=[receipt.receipt_id],
        state=ReceiptState.EXPECTED,
        actor=actor,
        reason=supplier_ref,
    )
    return receipt


def lock_receipt(session: Session, *, receipt_id: uuid.UUID) -> OpenReceipt:
    """The receipt, locked until the transaction ends.

    Raises:
        NotFoundError: there is none.
        ConflictError: it is closed or cancelled.
    """
    query = sa.select(
        RECEIPT_TABLE.c.id,
        RECEIPT_TABLE.c.number,
        RECEIPT_TABLE.c.warehouse_code,
        sa.cast(RECEIPT_TABLE.c.state, sa.Text),
    ).where(RECEIPT_TABLE.c.id == receipt_id)
    row = session.connection().execute(query.with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no receipt {receipt_id}.")
    receipt = OpenReceipt(*row)
    if receipt.state in {ReceiptState.CLOSED, ReceiptState.CANCELLED}:
        raise ConflictError(
            f"Receipt {receipt.number} is {receipt.state}; open another one for what still comes.",
            number=receipt.number,
            state=receipt.state,
        )
    return receipt


def receive_units(
    session: Session,
    *,
    receipt: OpenReceipt,
    units: Units,
    expires_on: date | None,
    receiving_id: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """The units stand at the dock; says whether they are new, as the same `receiving_id` counts once.

    Raises:
        InvalidInputError: the quantity is out of range, or the id was used for other units.
        ConflictError: the lot is known with another expiry date.
    """
    _check([ExpectedUnits(units.sku, units.qty, units.lot)])
    ensure_lots(session, lots=[LotFacts(units.sku, units.lot, expires_on)])
    values = {
        "id": new_id(),
        "receipt_id": receipt.receipt_id,
        "sku": units.sku,
        "lot": units.lot,
        "expires_on": expires_on,
    }
    line_id: uuid.UUID = session.connection().execute(_ENSURE_LINE, values).scalar_one()
    places = places_of(receipt.warehouse_code)
    movement = receive(
        units,
        receipt_line_id=line_id,
        receiving_id=receiving_id,
        supplier=places.supplier,
        dock=places.receiving,
    )
    posted = post_movements(session, movements=[movement], actor=actor, now=now)
    if posted.repeated:
        return False
    if receipt.state == ReceiptState.EXPECTED:
        _move(session, receipt, ReceiptState.RECEIVING, actor=actor, reason="first units", closed_at=None)
    session.connection().execute(
        sa.update(LINE).where(LINE.c.id == line_id).values(qty_received=LINE.c.qty_received + units.qty)
    )
    return True


def close_receipt(
    session: Session, *, receipt: OpenReceipt, actor: Actor, now: datetime
) -> list[Discrepancy]:
    """Nothing more comes on this receipt; returns what differs from the announcement, by SKU."""
    totals = (
        sa.select(LINE.c.sku, sa.func.sum(LINE.c.qty_expected), sa.func.sum(LINE.c.qty_received))
        .where(LINE.c.receipt_id == receipt.receipt_id)
        .group_by(LINE.c.sku)
        .having(sa.func.sum(LINE.c.qty_expected) != sa.func.sum(LINE.c.qty_received))
        .order_by(LINE.c.sku)
    )
    differing = [Discrepancy(*row) for row in session.connection().execute(totals)]
    reason = "; ".join(f"{d.sku}: {d.expected} expected, {d.received} received" for d in differing)
    _move(session, receipt, ReceiptState.CLOSED, actor=actor, reason=reason, closed_at=now)
    return differing


def cancel_receipt(
    session: Session, *, receipt: OpenReceipt, actor: Actor, reason: str, now: datetime
) -> None:
    """Nothing comes on this receipt.

    Raises:
        NotAllowedEdgeError: units of it were received already.
    """
    _move(session, receipt, ReceiptState.CANCELLED, actor=actor, reason=reason, closed_at=now)


def _check(lines: Sequence[ExpectedUnits]) -> None:
    if len(lines) > MAX_LINES:
        raise InvalidInputError(f"A receipt has at most {MAX_LINES} lines; {len(lines)} were sent.")
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if not 1 <= line.qty <= MAX_UNITS:
            raise InvalidInputError(
                f"{line.qty} units of {line.sku} cannot be received; give 1 to {MAX_UNITS}.", sku=line.sku
            )
        if (line.sku, line.lot) in seen:
            raise InvalidInputError(
                f"{line.sku} stands twice on the receipt; add the units up.", sku=line.sku
            )
        seen.add((line.sku, line.lot))


def _move(
    session: Session,
    receipt: OpenReceipt,
    to: ReceiptState,
    *,
    actor: Actor,
    reason: str,
    closed_at: datetime | None,
) -> None:
    move_state(
        session,
        table=RECEIPT_TABLE,
        object_id=receipt.receipt_id,
        edges=RECEIPT,
        to=to,
        actor=actor,
        reason=reason,
        values={"closed_at": closed_at},
    )
