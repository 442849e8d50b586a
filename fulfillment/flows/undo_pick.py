"""The last pick is taken back: units, claim, reservation and order line are as they were before it."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.actors import Actor
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import Units, undo_pick
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.scanning import Outcome, Verdict
from fulfillment.warehouse.tasks import reopen_wave
from fulfillment.warehouse.undoing import find_last_pick, take_back

# Units that are in a parcel are beyond undoing.
_COUNT_BACK = sa.text("""
    UPDATE fulfillment_order_line n SET qty_picked = n.qty_picked - :units
    FROM fulfillment_order f
    WHERE n.id = :line_id AND f.id = n.fulfillment_order_id AND f.state = 'picking'
        AND n.qty_packed <= n.qty_picked - :units
    RETURNING n.id
    """)


def undo_last_pick(
    session: Session, *, wave_id: uuid.UUID, actor: Actor, now: datetime
) -> tuple[Verdict, uuid.UUID | None]:
    """The actor's last pick in the wave is undone, or the verdict says that there is none to undo.

    Raises:
        ConflictError: the bin or lot was blocked or promised away meanwhile; the unit stays picked.
    """
    last = find_last_pick(session, wave_id=wave_id, actor=actor)
    if last is None:
        return Verdict(Outcome.NOTHING_TO_UNDO), None
    values = {"line_id": last.line_id, "units": last.qty}
    if session.connection().execute(_COUNT_BACK, values).one_or_none() is None:
        return Verdict(Outcome.NOTHING_TO_UNDO), last.task_id
    take_back(session, pick=last, actor=actor, now=now)
    reopen_wave(session, wave_id=wave_id, actor=actor, reason="a pick was undone")
    movement = undo_pick(
        Units(last.sku, last.qty, last.lot, tuple(last.serials)),
        scan_id=last.scan_id,
        pick_task_id=last.task_id,
        bin_id=last.location_id,
        picked=places_of(last.warehouse_code).picked,
        reverses=last.movement_number,
    )
    post_movements(session, movements=[movement], actor=actor, now=now)
    says: dict[str, str | int] = {"undone": last.qty, "wanted": last.sku, "wanted_bin": last.bin_code}
    return Verdict(Outcome.UNDONE, says), last.task_id
