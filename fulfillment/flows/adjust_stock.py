"""What is in a bin is corrected: adjusted with a reason, counted, moved, or blocked with the bin.

Promises beyond what is left are settled first: those orders are named and promised elsewhere or backordered.
"""

from enum import StrEnum
from functools import partial

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.job_kinds import FILL_BACKORDERS
from fulfillment.flows.ask_route import ask_route
from fulfillment.flows.lose_stock import Loss, lose_stock
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import enqueue
from fulfillment.warehouse.counting import Stand, find_due_count, lock_stand, settle_count
from fulfillment.warehouse.kinds import NO_LOT, MovementReason
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import NewMovement, Units, adjust, transfer
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.putting_away import find_bin
from fulfillment.warehouse.tasks import cancel_tasks

NOTHING_LOST = Loss((), 0)
MAX_UNITS = 1_000_000


class AdjustmentReason(StrEnum):
    """Why units turned up or went, as the books want to know it."""

    COUNT = "count"
    DAMAGED = "damaged"
    FOUND = "found"
    LOST = "lost"
    SAMPLE = "sample"
    OPENING = "opening"


def adjust_bin(
    session: Session,
    *,
    warehouse_code: str,
    bin_code: str,
    sku: str,
    delta: int,
    reason: AdjustmentReason,
    adjustment_id: str,
    actor: Actor,
    lot: str = NO_LOT,
    note: str = "",
) -> Loss:
    """The bin holds `delta` units more or less, each `adjustment_id` once; returns what orders lost by it.

    Raises:
        NotFoundError: there is no such bin, or the lot was never received.
        InvalidInputError: `delta` is zero or out of range.
        ConflictError: the bin holds fewer units.
    """
    if delta == 0 or abs(delta) > MAX_UNITS:
        raise InvalidInputError(f"{delta} units are no adjustment; give up to {MAX_UNITS} more or less.")
    place = find_bin(session, warehouse_code=warehouse_code, code=bin_code)
    stand = lock_stand(session, location_id=place.location_id, sku=sku, lot=lot)
    places = places_of(warehouse_code)
    movement = adjust(
        Units(sku, abs(delta), lot),
        adjustment_id=adjustment_id,
        subject=("adjustment", str(reason)),
        location_id=place.location_id,
        adjustment=places.adjustment,
        is_gain=delta > 0,
        reason=MovementReason.COUNT if reason is AdjustmentReason.COUNT else MovementReason.ADJUSTMENT,
    )
    loss = _book(session, warehouse_code, stand, movement, actor=actor, why=f"{reason} in {place.code}")
    record(
        session,
        actor=actor,
        deed="stock.adjusted",
        object_kind="location",
        object_id=place.location_id,
        detail={"sku": sku, "lot": lot, "delta": delta, "reason": str(reason), "note": note},
    )
    return loss


def count_bin(
    session: Session,
    *,
    warehouse_code: str,
    bin_code: str,
    sku: str,
    qty_counted: int,
    count_id: str,
    actor: Actor,
    lot: str = NO_LOT,
) -> Loss:
    """The ledger has what was counted, each `count_id` once, and the count that was due is settled.

    Units beyond the ledger's are first those that pickers reported missing.

    Raises:
        NotFoundError: there is no such bin, or the lot was never received.
        InvalidInputError: the count is negative or out of range.
    """
    if not 0 <= qty_counted <= MAX_UNITS:
        raise InvalidInputError(f"{qty_counted} units cannot be counted; give 0 to {MAX_UNITS}.")
    place = find_bin(session, warehouse_code=warehouse_code, code=bin_code)
    stand = lock_stand(session, location_id=place.location_id, sku=sku, lot=lot)
    places = places_of(warehouse_code)
    surplus = qty_counted - stand.qty
    found = min(max(surplus, 0), lock_stand(session, location_id=places.missing, sku=sku, lot=lot).qty)
    loss = NOTHING_LOST
    if found:
        movement = transfer(
            Units(sku, found, lot),
            transfer_id=f"found:{count_id}",
            subject=("count", count_id),
            origin=places.missing,
            target=place.location_id,
        )
        loss = _book(session, warehouse_code, stand, movement, actor=actor, why=f"count of {place.code}")
    if surplus != found:
        loss = adjust_bin(
            session,
            warehouse_code=warehouse_code,
            bin_code=place.code,
            sku=sku,
            lot=lot,
            delta=surplus - found,
            reason=AdjustmentReason.COUNT,
            adjustment_id=count_id,
            actor=actor,
        )
    due = find_due_count(session, location_id=place.location_id, sku=sku, lot=lot)
    if due is not None:
        settle_count(session, count_id=due, qty=qty_counted, actor=actor, now=read_now(session))
    return loss


def move_units(
    session: Session,
    *,
    warehouse_code: str,
    from_code: str,
    to_code: str,
    units: Units,
    transfer_id: str,
    actor: Actor,
) -> Loss:
    """The units stand in the other bin of the warehouse, each `transfer_id` once.

    Raises:
        NotFoundError: there is no such bin.
        InvalidInputError: both are the same bin.
        ConflictError: the target is blocked, or the source has too few units that no task claimed.
    """
    source = find_bin(session, warehouse_code=warehouse_code, code=from_code)
    target = find_bin(session, warehouse_code=warehouse_code, code=to_code)
    if source.location_id == target.location_id:
        raise InvalidInputError(f"The units stand in {source.code} already; name the bin they go to.")
    if target.is_blocked:
        raise ConflictError(f"Bin {target.code} is blocked; move the units to another one.")
    stand = lock_stand(session, location_id=source.location_id, sku=units.sku, lot=units.lot)
    movement = transfer(
        units,
        transfer_id=transfer_id,
        subject=("location", str(target.location_id)),
        origin=source.location_id,
        target=target.location_id,
    )
    if target.is_sellable or not stand.is_sellable:
        _post(session, movement, actor)
        return NOTHING_LOST
    return _book(session, warehouse_code, stand, movement, actor=actor, why=f"moved to {target.code}")


def _book(
    session: Session,
    warehouse_code: str,
    stand: Stand,
    movement: NewMovement,
    *,
    actor: Actor,
    why: str,
) -> Loss:
    """The movement is posted; when it takes promised units away, their orders are settled first."""
    now = read_now(session)
    if movement.to_location_id == stand.location_id:
        _post(session, movement, actor)
        enqueue(session, kind=FILL_BACKORDERS, payload={}, key="asked")
        ask_route(session, trigger="stock_found")
        return NOTHING_LOST
    if _is_posted(session, movement):
        return NOTHING_LOST
    if movement.qty > stand.qty:
        raise ConflictError(
            f"The bin holds {stand.qty} units of {movement.sku}; {movement.qty} cannot leave it.",
            qty=stand.qty,
            wanted=movement.qty,
        )
    cancelled = (
        cancel_tasks(
            session,
            location_id=stand.location_id,
            lot=(movement.sku, movement.lot),
            actor=actor,
            reason=why,
            now=now,
        )
        if stand.qty - movement.qty < stand.claimed
        else []
    )
    return lose_stock(
        session,
        warehouse_code=warehouse_code,
        losses={movement.sku: movement.qty} if stand.is_sellable else {},
        cancelled=cancelled,
        book=partial(_post, session, movement, actor),
        actor=actor,
        reason=why,
        now=now,
    )


def _post(session: Session, movement: NewMovement, actor: Actor) -> None:
    post_movements(session, movements=[movement], actor=actor, now=read_now(session))


def _is_posted(session: Session, movement: NewMovement) -> bool:
    """Whether the deed was done before, so that its repetition must not cancel or backorder anything."""
    query = sa.text("SELECT 1 FROM movement WHERE posting_key = :key")
    return session.connection().execute(query, {"key": movement.posting_key}).one_or_none() is not None
