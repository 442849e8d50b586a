"""Goods are received by scan or by hand, put away, and at once promised to those who wait for them."""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.queries import find_articles, find_min_remaining_days
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.core.job_kinds import FILL_BACKORDERS
from fulfillment.flows.ask_route import ask_route
from fulfillment.flows.read_code import ReadUnits, read_units
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import enqueue
from fulfillment.warehouse.allocation import may_leave
from fulfillment.warehouse.kinds import NO_LOT
from fulfillment.warehouse.movements import Units
from fulfillment.warehouse.putting_away import Bin, put_away_units, suggest_bin
from fulfillment.warehouse.receiving import Discrepancy, close_receipt, lock_receipt, receive_units


@dataclass(frozen=True)
class ReceivedScan:
    """What a scan at the dock added, and where the units should go."""

    sku: str
    lot: str
    expires_on: date | None
    qty: int
    is_repeated: bool
    suggested_bin: Bin | None


def receive_goods(
    session: Session,
    *,
    receipt_id: uuid.UUID,
    receiving_id: str,
    code: str,
    actor: Actor,
    qty: int = 1,
    lot: str | None = None,
    expires_on: date | None = None,
    serials: tuple[str, ...] = (),
) -> ReceivedScan:
    """The units that the code stands for, times `qty`, are at the dock, each `receiving_id` once.

    The code is a SKU, a GTIN, a case code or a GS1 element string; lot and expiry in the code come before
    those entered by hand.

    Raises:
        NotFoundError: there is no such receipt, or nothing is known by the code.
        ConflictError: the receipt is closed, or the lot is known with another expiry date.
        InvalidInputError: a lot-tracked article without lot, a serial number missing, too little shelf
            life, or a quantity out of range.
    """
    receipt = lock_receipt(session, receipt_id=receipt_id)
    read = read_units(session, code=code.strip())
    if read is None:
        raise NotFoundError(f"Nothing is known by the code {code}; add the product first.", code=code)
    now = read_now(session)
    units = _units(read, qty, lot, serials)
    expires_on = read.expires_on or expires_on
    _require_stockable(session, units, expires_on, now.date())
    is_new = receive_units(
        session,
        receipt=receipt,
        units=units,
        expires_on=expires_on,
        receiving_id=receiving_id,
        actor=actor,
        now=now,
    )
    place = suggest_bin(session, warehouse_code=receipt.warehouse_code, sku=units.sku, lot=units.lot)
    return ReceivedScan(units.sku, units.lot, expires_on, units.qty, not is_new, place)


def put_away_goods(
    session: Session,
    *,
    warehouse_code: str,
    put_away_id: str,
    sku: str,
    qty: int,
    bin_code: str,
    actor: Actor,
    lot: str = NO_LOT,
) -> bool:
    """The units stand in the bin and backorders are looked at; says whether they moved now.

    Raises:
        NotFoundError: there is no such bin.
        ConflictError: the bin is blocked, or fewer units stand at the dock.
    """
    is_new = put_away_units(
        session,
        warehouse_code=warehouse_code,
        units=Units(sku, qty, lot),
        bin_code=bin_code,
        put_away_id=put_away_id,
        actor=actor,
        now=read_now(session),
    )
    if is_new:
        enqueue(session, kind=FILL_BACKORDERS, payload={}, key="asked")
        ask_route(session, trigger="stock_found")
    return is_new


def finish_receipt(session: Session, *, receipt_id: uuid.UUID, actor: Actor) -> list[Discrepancy]:
    """The receipt is closed; returns what differs from the announcement, which the audit trail keeps.

    Raises:
        NotFoundError: there is no such receipt.
        ConflictError: it is closed already.
    """
    receipt = lock_receipt(session, receipt_id=receipt_id)
    differing = close_receipt(session, receipt=receipt, actor=actor, now=read_now(session))
    record(
        session,
        actor=actor,
        deed="receipt.closed",
        object_kind="receipt",
        object_id=receipt_id,
        detail={
            "number": receipt.number,
            "discrepancies": [[d.sku, d.expected, d.received] for d in differing],
        },
    )
    return differing


def _units(read: ReadUnits, qty: int, lot: str | None, serials: tuple[str, ...]) -> Units:
    named = read.named
    lot = read.lot or lot or NO_LOT
    if named.is_lot_tracked and lot == NO_LOT:
        raise InvalidInputError(
            f"{named.sku} is tracked by lot; scan the code that says the lot, or enter it.", sku=named.sku
        )
    serials = (read.serial,) if read.serial else serials
    units = Units(named.sku, read.units * qty, lot if named.is_lot_tracked else NO_LOT, serials)
    if named.is_serial_tracked and len(set(serials)) != units.qty:
        raise InvalidInputError(
            f"{named.sku} has serial numbers; {units.qty} units need as many, not {len(set(serials))}.",
            sku=named.sku,
        )
    return units


def _require_stockable(session: Session, units: Units, expires_on: date | None, today: date) -> None:
    article = find_articles(session, skus=[units.sku])[units.sku]
    if article.kind not in {ProductKind.GOODS, ProductKind.SALES_AID}:
        raise InvalidInputError(f"{units.sku} is a {article.kind} and has no stock.", sku=units.sku)
    owed = find_min_remaining_days(session, skus=[units.sku])[units.sku]
    if not may_leave(expires_on, today=today, min_remaining_days=owed):
        raise InvalidInputError(
            f"Lot {units.lot} of {units.sku} expires on {expires_on}; buyers are owed {owed} days of shelf "
            "life. Send it back or scrap it.",
            sku=units.sku,
            lot=units.lot,
        )
