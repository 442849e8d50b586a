"""A bin is blocked and opened again: nothing is promised or picked from it meanwhile."""

from functools import partial

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.job_kinds import FILL_BACKORDERS
from fulfillment.flows.ask_route import ask_route
from fulfillment.flows.lose_stock import Loss, lose_stock
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.jobs import enqueue
from fulfillment.warehouse.balances import AvailabilityChange, change_availability
from fulfillment.warehouse.putting_away import Bin, find_bin
from fulfillment.warehouse.tables import Location
from fulfillment.warehouse.tasks import cancel_tasks

LOCATION = table_of(Location)

# A movement's foreign keys hold its locations FOR KEY SHARE, so FOR UPDATE waits for those in flight.
_LOCK_BIN = sa.text("SELECT is_blocked FROM location WHERE id = :location_id FOR UPDATE")
_LOCK_BALANCES = sa.text("""
    SELECT 1 FROM balance WHERE location_id = :location_id ORDER BY sku, lot FOR UPDATE
    """)
_SELLABLE = sa.text("""
    SELECT b.sku, CAST(sum(b.qty) AS integer) AS qty
    FROM balance b JOIN lot t USING (sku, lot) JOIN location l ON l.id = b.location_id
    WHERE b.location_id = :location_id AND l.is_sellable AND t.state = 'sellable' AND b.qty > 0
    GROUP BY b.sku ORDER BY b.sku
    """)


def block_bin(session: Session, *, warehouse_code: str, bin_code: str, reason: str, actor: Actor) -> Loss:
    """No unit of the bin is promised or picked any more; blocking it twice changes nothing.

    Raises:
        NotFoundError: there is no such bin.
    """
    place = find_bin(session, warehouse_code=warehouse_code, code=bin_code)
    if _lock(session, place):
        return Loss((), 0)
    now = read_now(session)
    cancelled = cancel_tasks(session, location_id=place.location_id, actor=actor, reason=reason, now=now)
    units = _set_blocked(session, place, is_blocked=True, reason=reason, actor=actor)
    changes = {(warehouse_code, sku): AvailabilityChange(-qty) for sku, qty in units.items()}
    return lose_stock(
        session,
        warehouse_code=warehouse_code,
        losses=units,
        cancelled=cancelled,
        book=partial(change_availability, session, changes=changes),
        actor=actor,
        reason=f"bin {place.code} blocked: {reason}",
        now=now,
    )


def open_bin(session: Session, *, warehouse_code: str, bin_code: str, reason: str, actor: Actor) -> None:
    """The bin's units may be promised again; opening it twice changes nothing.

    Raises:
        NotFoundError: there is no such bin.
    """
    place = find_bin(session, warehouse_code=warehouse_code, code=bin_code)
    if not _lock(session, place):
        return
    units = _set_blocked(session, place, is_blocked=False, reason=reason, actor=actor)
    changes = {(warehouse_code, sku): AvailabilityChange(qty) for sku, qty in units.items()}
    change_availability(session, changes=changes)
    enqueue(session, kind=FILL_BACKORDERS, payload={}, key="asked")
    ask_route(session, trigger="stock_found")


def _lock(session: Session, place: Bin) -> bool:
    """Whether the bin is blocked; it and its balances stay as they are until the transaction ends."""
    values = {"location_id": place.location_id}
    is_blocked: bool = session.connection().execute(_LOCK_BIN, values).scalar_one()
    session.connection().execute(_LOCK_BALANCES, values)
    return is_blocked


def _set_blocked(
    session: Session, place: Bin, *, is_blocked: bool, reason: str, actor: Actor
) -> dict[str, int]:
    """The bin is marked; returns the units of sellable lots in it by SKU."""
    connection = session.connection()
    connection.execute(
        sa.update(LOCATION).where(LOCATION.c.id == place.location_id).values(is_blocked=is_blocked)
    )
    record(
        session,
        actor=actor,
        deed="bin.blocked" if is_blocked else "bin.opened",
        object_kind="location",
        object_id=place.location_id,
        detail={"code": place.code, "reason": reason},
    )
    rows = connection.execute(_SELLABLE, {"location_id": place.location_id})
    return {row.sku: row.qty for row in rows}
