"""Scans are booked here: each once, by the id its device gave it, with the answer it got.

A pick takes the task's row first and availability last. Nobody waits for another picker's task: the next
free one is handed out.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import KeyReusedError, NotFoundError
from fulfillment.store.actors import Actor
from fulfillment.store.clock import remember_now
from fulfillment.warehouse.scanning import WantedPick


@dataclass(frozen=True)
class ScanToBook:
    """One scan as its device made it; `fingerprint` stands for its content.

    A device without a clock of its own sends no `scanned_at`; the scan was then made when it came.
    """

    scan_id: uuid.UUID
    wave_id: uuid.UUID
    code: str
    fingerprint: str
    device_id: str
    device_sequence: int
    scanned_at: datetime | None


@dataclass(frozen=True)
class TaskAtHand:
    """A pick task with its bin and wave, locked for the scan."""

    task_id: uuid.UUID
    wave_id: uuid.UUID
    wave_state: str
    warehouse_code: str
    fulfillment_order_id: uuid.UUID
    line_id: uuid.UUID
    location_id: uuid.UUID
    sequence: int
    sku: str
    lot: str
    qty: int
    qty_picked: int
    state: str
    is_located: bool
    is_taken: bool
    tote: str | None
    bin_code: str
    bin_barcode: str
    lots_in_bin: int

    @property
    def wanted(self) -> WantedPick:
        """The task as the rule sees it."""
        return WantedPick(
            task_id=self.task_id,
            sku=self.sku,
            lot=self.lot,
            bin_code=self.bin_code,
            bin_barcode=self.bin_barcode,
            qty=self.qty,
            qty_picked=self.qty_picked,
            is_located=self.is_located,
            is_open=self.state == "open",
            is_taken=self.is_taken,
            lots_in_bin=self.lots_in_bin,
        )


# The business clock comes back with the claim, which saves the scan a question of its own.
_CLAIM_SCAN = sa.text("""
    WITH clock AS (
        SELECT now() + coalesce((SELECT shift FROM clock_setting WHERE id = 1), interval '0') AS now
    ), claimed AS (
        INSERT INTO pick_scan (scan_id, wave_id, device_id, device_sequence, scanned, fingerprint, outcome,
            answer, actor, scanned_at)
        SELECT :scan_id, :wave_id, :device_id, :device_sequence, :code, :fingerprint, 'received', '{}',
            :actor, coalesce(CAST(:scanned_at AS timestamptz), clock.now) FROM clock
        WHERE EXISTS (SELECT FROM wave WHERE id = :wave_id)
        ON CONFLICT (scan_id) DO NOTHING RETURNING scan_id
    )
    SELECT clock.now FROM clock, claimed
    """)
_FIND_SCAN = sa.text("SELECT fingerprint, answer FROM pick_scan WHERE scan_id = :scan_id")
_STORE_ANSWER = sa.text("""
    UPDATE pick_scan SET pick_task_id = :task_id, outcome = :outcome, answer = CAST(:answer AS jsonb)
    WHERE scan_id = :scan_id
    """)

_TASK_COLUMNS = """
    SELECT t.id AS task_id, t.wave_id, w.state AS wave_state, w.warehouse_code, t.fulfillment_order_id,
        t.fulfillment_order_line_id AS line_id, t.location_id, t.sequence, t.sku, t.lot, t.qty, t.qty_picked,
        t.state, t.is_located,
        t.picker_id IS NOT NULL AND t.picker_id <> :picker AND t.claimed_until >= now() AS is_taken,
        t.tote, l.code AS bin_code, l.barcode AS bin_barcode,
        (SELECT CAST(count(*) AS integer) FROM balance b
            WHERE b.location_id = t.location_id AND b.sku = t.sku AND b.qty > 0) AS lots_in_bin
    FROM pick_task t JOIN wave w ON w.id = t.wave_id JOIN location l ON l.id = t.location_id
    """
_FIND_TASK = sa.text(f"{_TASK_COLUMNS} WHERE t.id = :task_id AND t.wave_id = :wave_id FOR NO KEY UPDATE OF t")
# First the picker's own task, then the next one nobody holds. Rows are waited for, not skipped: the wait is
# as short as a scan, and a picker's two quick scans must meet the same task.
_NEXT_TASK = sa.text(f"""{_TASK_COLUMNS}
    WHERE t.wave_id = :wave_id AND t.state = 'open'
        AND (t.picker_id IS NULL OR t.picker_id = :picker OR t.claimed_until < now())
    ORDER BY (t.picker_id IS NOT DISTINCT FROM :picker) DESC, t.sequence LIMIT 1 FOR NO KEY UPDATE OF t
    """)

_ADVANCE = sa.text("""
    WITH changed AS (
        UPDATE pick_task SET qty_picked = qty_picked + :units, is_located = TRUE,
            state = CASE WHEN qty_picked + :units = qty THEN 'done' ELSE state END,
            picker_id = :picker, claimed_until = now() + make_interval(secs => :claim_s)
        WHERE id = :task_id AND state = 'open' AND qty_picked + :units <= qty
        RETURNING id, state
    ), logged AS (
        INSERT INTO state_history (at, object_kind, object_id, from_state, to_state, actor_kind, actor_id,
            actor_name, reason)
        SELECT :at, 'pick_task', CAST(id AS text), 'open', 'done', :actor_kind, :actor_id, :actor_name,
            'picked'
        FROM changed WHERE state = 'done'
    )
    SELECT state FROM changed
    """)
# The bin counts as scanned for everything this picker takes from it in this wave. Tasks that somebody else
# has in hand at this moment are left to them: two pickers at one bin would otherwise wait for each other.
_LOCATE = sa.text("""
    UPDATE pick_task SET is_located = TRUE, picker_id = :picker,
        claimed_until = now() + make_interval(secs => :claim_s)
    WHERE id IN (
        SELECT id FROM pick_task
        WHERE wave_id = :wave_id AND location_id = :location_id AND state = 'open'
            AND (picker_id IS NULL OR picker_id = :picker OR claimed_until < now())
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
    """)
_SKIP = sa.text("""
    UPDATE pick_task SET sequence = (SELECT max(sequence) + 1 FROM pick_task WHERE wave_id = :wave_id),
        picker_id = NULL, claimed_until = NULL, is_located = FALSE
    WHERE id = :task_id
    """)
_CLAIM_TASKS = sa.text("""
    UPDATE pick_task SET picker_id = :picker, claimed_until = now() + make_interval(secs => :claim_s)
    WHERE id IN (
        SELECT id FROM pick_task WHERE wave_id = :wave_id AND state = 'open'
            AND (picker_id IS NULL OR picker_id = :picker OR claimed_until < now())
        ORDER BY (picker_id IS NOT DISTINCT FROM :picker) DESC, sequence LIMIT :count
        FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING id
    """)


def claim_scan(session: Session, *, scan: ScanToBook, actor: Actor) -> dict[str, Any] | None:
    """None when the scan is new and this transaction's to answer; else the answer it got before.

    A twin of a scan in flight waits here until the first one has its answer.

    Raises:
        KeyReusedError: the device used the id for another scan.
        NotFoundError: there is no such wave.
    """
    values = {
        "scan_id": scan.scan_id,
        "wave_id": scan.wave_id,
        "device_id": scan.device_id,
        "device_sequence": scan.device_sequence,
        "code": scan.code,
        "fingerprint": scan.fingerprint,
        "actor": actor.key,
        "scanned_at": scan.scanned_at,
    }
    connection = session.connection()
    now = connection.execute(_CLAIM_SCAN, values).scalar_one_or_none()
    if now is not None:
        remember_now(session, now)
        return None
    stored = connection.execute(_FIND_SCAN, {"scan_id": scan.scan_id}).one_or_none()
    if stored is None:
        raise NotFoundError(f"There is no wave {scan.wave_id}; scan the code of the wave you are to pick.")
    if stored.fingerprint != scan.fingerprint:
        raise KeyReusedError(
            f"Scan {scan.scan_id} came before with another code or task; give each scan an id of its own.",
            scan_id=str(scan.scan_id),
        )
    answer: dict[str, Any] = stored.answer
    return answer


def store_answer(
    session: Session,
    *,
    scan_id: uuid.UUID,
    task_id: uuid.UUID | None,
    outcome: str,
    answer: Mapping[str, Any],
) -> None:
    """The scan's repetition gets this answer."""
    session.connection().execute(
        _STORE_ANSWER,
        {"scan_id": scan_id, "task_id": task_id, "outcome": outcome, "answer": json.dumps(answer)},
    )


def find_task(
    session: Session, *, wave_id: uuid.UUID, actor: Actor, task_id: uuid.UUID | None = None
) -> TaskAtHand | None:
    """The task a scan is for, locked: the one named, else the picker's own, else the next that is free.

    Raises:
        NotFoundError: the wave has no such task.
    """
    values = {"wave_id": wave_id, "picker": actor.key}
    connection = session.connection()
    if task_id is None:
        row = connection.execute(_NEXT_TASK, values).one_or_none()
    else:
        row = connection.execute(_FIND_TASK, {**values, "task_id": task_id}).one_or_none()
        if row is None:
            raise NotFoundError(f"The wave has no pick task {task_id}.", task_id=str(task_id))
    return None if row is None else TaskAtHand(*row)


def advance_task(
    session: Session, *, task_id: uuid.UUID, units: int, actor: Actor, claim_s: int, now: datetime
) -> str | None:
    """The task's state after so many more units; None if it is not open or they would be too many."""
    state: str | None = (
        session.connection()
        .execute(
            _ADVANCE,
            {
                "task_id": task_id,
                "units": units,
                "picker": actor.key,
                "claim_s": claim_s,
                "at": now,
                "actor_kind": actor.kind,
                "actor_id": actor.id,
                "actor_name": actor.name,
            },
        )
        .scalar_one_or_none()
    )
    return state


def confirm_bin(session: Session, *, task: TaskAtHand, actor: Actor, claim_s: int) -> None:
    """The picker stands at the task's bin, and its tasks in this wave are hers for a while."""
    session.connection().execute(
        _LOCATE,
        {
            "wave_id": task.wave_id,
            "location_id": task.location_id,
            "picker": actor.key,
            "claim_s": claim_s,
        },
    )


def skip_task(session: Session, *, task: TaskAtHand) -> None:
    """The task comes last in its wave, for whoever gets there."""
    session.connection().execute(_SKIP, {"wave_id": task.wave_id, "task_id": task.task_id})


def claim_tasks(
    session: Session, *, wave_id: uuid.UUID, actor: Actor, count: int, claim_s: int
) -> list[uuid.UUID]:
    """The next tasks of the wave are the picker's until the claim runs out, for a device to work offline."""
    values = {"wave_id": wave_id, "picker": actor.key, "count": count, "claim_s": claim_s}
    return list(session.connection().execute(_CLAIM_TASKS, values).scalars())
