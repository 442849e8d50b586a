"""The last pick is taken back by a counter-movement, as long as its parcel is not packed."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.actors import Actor


@dataclass(frozen=True)
class LastPick:
    """The picker's latest pick in a wave that was not taken back, its task locked."""

    scan_id: uuid.UUID
    movement_number: int
    task_id: uuid.UUID
    fulfillment_order_id: uuid.UUID
    line_id: uuid.UUID
    location_id: uuid.UUID
    warehouse_code: str
    bin_code: str
    sku: str
    lot: str
    qty: int
    serials: list[str]


_LAST_PICK = sa.text("""
    SELECT s.scan_id, m.number AS movement_number, t.id AS task_id, t.fulfillment_order_id,
        t.fulfillment_order_line_id AS line_id, t.location_id, w.warehouse_code, l.code AS bin_code,
        m.sku, m.lot, m.qty, m.serials
    FROM pick_scan s
    JOIN movement m ON m.posting_key = 'pick:' || CAST(s.scan_id AS text)
    JOIN pick_task t ON t.id = s.pick_task_id JOIN wave w ON w.id = t.wave_id
    JOIN location l ON l.id = t.location_id
    WHERE s.wave_id = :wave_id AND s.actor = :actor AND s.outcome IN ('picked', 'task_done')
        AND t.state IN ('open', 'done')
        AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.number)
    ORDER BY m.number DESC LIMIT 1 FOR NO KEY UPDATE OF t
    """)
_TAKE_BACK = sa.text("""
    WITH before AS (
        SELECT id, state FROM pick_task WHERE id = :task_id
    ), changed AS (
        UPDATE pick_task SET qty_picked = qty_picked - :units, state = 'open'
        WHERE id = :task_id AND state IN ('open', 'done') AND qty_picked >= :units RETURNING id
    ), logged AS (
        INSERT INTO state_history (at, object_kind, object_id, from_state, to_state, actor_kind, actor_id,
            actor_name, reason)
        SELECT :at, 'pick_task', CAST(b.id AS text), 'done', 'open', :actor_kind, :actor_id, :actor_name,
            'undone'
        FROM before b JOIN changed USING (id) WHERE b.state = 'done'
    )
    SELECT count(*) FROM changed
    """)


def find_last_pick(session: Session, *, wave_id: uuid.UUID, actor: Actor) -> LastPick | None:
    """The picker's own latest pick in the wave that can be taken back, if there is one."""
    values = {"wave_id": wave_id, "actor": actor.key}
    row = session.connection().execute(_LAST_PICK, values).one_or_none()
    return None if row is None else LastPick(*row)


def take_back(session: Session, *, pick: LastPick, actor: Actor, now: datetime) -> None:
    """The task wants these units again; its movement is the caller's to reverse."""
    values = {
        "task_id": pick.task_id,
        "units": pick.qty,
        "at": now,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
    }
    changed = session.connection().execute(_TAKE_BACK, values).scalar_one()
    assert changed == 1, "the task is locked and was found in a state that undo leaves"
