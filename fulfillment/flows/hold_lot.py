"""A lot is held and released: its units stop being promised, and orders that counted on them are named."""

from datetime import datetime
from functools import partial

from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.job_kinds import FILL_BACKORDERS
from fulfillment.flows.ask_route import ask_route
from fulfillment.flows.lose_stock import Loss, lose_stock
from fulfillment.flows.make_room import ShortPart
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import enqueue
from fulfillment.warehouse.balances import AvailabilityChange, change_availability
from fulfillment.warehouse.kinds import LotState
from fulfillment.warehouse.lots import lock_lot, sellable_units, set_lot_state
from fulfillment.warehouse.tasks import cancel_tasks


def hold_lot(session: Session, *, sku: str, lot: str, reason: str, actor: Actor) -> Loss:
    """No unit of the lot is promised or picked any more, in any warehouse.

    Holding a lot twice changes nothing.

    Raises:
        NotFoundError: there is no such lot.
        ConflictError: the lot has expired.
    """
    state = lock_lot(session, sku=sku, lot=lot)
    if state is LotState.HELD:
        return Loss((), 0)
    if state is LotState.EXPIRED:
        raise ConflictError(f"Lot {lot} of {sku} has expired and needs no hold.", sku=sku, lot=lot)
    return take_lot_out(
        session, sku=sku, lot=lot, to=LotState.HELD, reason=reason, actor=actor, now=read_now(session)
    )


def release_lot(session: Session, *, sku: str, lot: str, reason: str, actor: Actor) -> None:
    """The lot's units in sellable bins may be promised again; releasing it twice changes nothing.

    Raises:
        NotFoundError: there is no such lot.
        ConflictError: the lot has expired.
    """
    state = lock_lot(session, sku=sku, lot=lot)
    if state is LotState.SELLABLE:
        return
    if state is LotState.EXPIRED:
        raise ConflictError(f"Lot {lot} of {sku} has expired and cannot be sold.", sku=sku, lot=lot)
    set_lot_state(session, sku=sku, lot=lot, state=LotState.SELLABLE, actor=actor, reason=reason)
    gains = sellable_units(session, sku=sku, lot=lot)
    change_availability(
        session, changes={(code, sku): AvailabilityChange(qty) for code, qty in gains.items()}
    )
    enqueue(session, kind=FILL_BACKORDERS, payload={}, key="asked")
    ask_route(session, trigger="stock_found")


def take_lot_out(
    session: Session, *, sku: str, lot: str, to: LotState, reason: str, actor: Actor, now: datetime
) -> Loss:
    """The sellable lot, which the caller has locked, is held or expired; orders are settled first."""
    cancelled = cancel_tasks(session, lot=(sku, lot), actor=actor, reason=reason, now=now)
    set_lot_state(session, sku=sku, lot=lot, state=to, actor=actor, reason=reason)
    short: list[ShortPart] = []
    replaced = 0
    for warehouse_code, qty in sellable_units(session, sku=sku, lot=lot).items():
        change = {(warehouse_code, sku): AvailabilityChange(-qty)}
        loss = lose_stock(
            session,
            warehouse_code=warehouse_code,
            losses={sku: qty},
            cancelled=[task for task in cancelled if task.warehouse_code == warehouse_code],
            book=partial(change_availability, session, changes=change),
            actor=actor,
            reason=reason,
            now=now,
        )
        short.extend(loss.short)
        replaced += loss.replaced
    return Loss(tuple(short), replaced)
