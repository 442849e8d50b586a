"""A picker scans: one transaction a scan, answered once for ever under the id its device gave it."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.book_pick import book_pick
from fulfillment.flows.read_code import find_home, read_code
from fulfillment.flows.short_pick import report_short
from fulfillment.flows.undo_pick import undo_last_pick
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from fulfillment.warehouse.picking import (
    ScanToBook,
    TaskAtHand,
    claim_scan,
    confirm_bin,
    find_task,
    skip_task,
    store_answer,
)
from fulfillment.warehouse.scanning import (
    Command,
    Outcome,
    Scanned,
    ScannedBin,
    ScannedUnits,
    Verdict,
    judge_scan,
)
from fulfillment.warehouse.tasks import finish_wave
from fulfillment.warehouse.totes import assign_tote

MAX_CODE_LENGTH = 200
MAX_QTY = 10_000

_IS_COMPLETE = sa.text("""
    SELECT NOT EXISTS (SELECT 1 FROM pick_task WHERE wave_id = :wave_id AND sku = :sku AND state = 'open')
        AND EXISTS (SELECT 1 FROM pick_task WHERE wave_id = :wave_id AND sku = :sku AND state = 'done')
    """)


@dataclass(frozen=True)
class ScanRequest:
    """One scan as a device sends it; the id is made on the device and never used again.

    `task_id` is the task the device showed; without it the scan counts for the picker's next task. `qty`
    multiplies the units the code stands for, as keyed in on a number pad.
    """

    scan_id: uuid.UUID
    wave_id: uuid.UUID
    code: str
    qty: int = 1
    task_id: uuid.UUID | None = None
    device_id: str = ""
    device_sequence: int = 0
    scanned_at: datetime | None = None


@dataclass(frozen=True)
class ScanAnswer:
    """What the device shows: the outcome's code, its sentence in English, and what the sentence names."""

    scan_id: uuid.UUID
    outcome: Outcome
    is_accepted: bool
    message: str
    parameters: Mapping[str, str | int]
    task_id: uuid.UUID | None
    is_wave_done: bool
    is_repeated: bool = False


def apply_scan(session: Session, *, request: ScanRequest, actor: Actor, policy: CompanyPolicy) -> ScanAnswer:
    """The scan is booked or refused, and its answer is kept: the same scan again gets the same answer.

    Raises:
        InvalidInputError: the code is empty or too long, or the quantity is out of range.
        KeyReusedError: the device used the scan's id for another scan.
        NotFoundError: the wave has no task of the id given.
    """
    request = _check(request)
    stored = claim_scan(session, scan=_to_book(request), actor=actor)
    if stored is not None:
        return _from_stored(request.scan_id, stored)
    now = read_now(session)
    task: TaskAtHand | None = None
    if request.code == Command.UNDO:
        verdict, task_id = undo_last_pick(session, wave_id=request.wave_id, actor=actor, now=now)
        is_done = False
    else:
        task = find_task(session, wave_id=request.wave_id, actor=actor, task_id=request.task_id)
        task_id = task.task_id if task else None
        verdict, is_done = _apply(session, task, request, actor=actor, policy=policy)
    answer = ScanAnswer(
        scan_id=request.scan_id,
        outcome=verdict.outcome,
        is_accepted=verdict.is_accepted,
        message=verdict.message,
        parameters=dict(verdict.parameters),
        task_id=task_id,
        is_wave_done=is_done,
    )
    store_answer(
        session,
        scan_id=request.scan_id,
        task_id=task_id,
        outcome=verdict.outcome,
        answer=_to_stored(answer),
    )
    return answer


def apply_journal(
    in_transaction: InTransaction, *, requests: Sequence[ScanRequest], actor: Actor, policy: CompanyPolicy
) -> list[ScanAnswer | FulfillmentError]:
    """The scans a device kept while offline are booked in the order they were made, each for itself.

    What cannot be booked any more is answered in words and does not stop what came after it; sending the
    journal again changes nothing. The answers stand in the order of the requests.
    """
    answers: dict[uuid.UUID, ScanAnswer | FulfillmentError] = {}
    for request in sorted(requests, key=lambda scan: (scan.device_id, scan.device_sequence)):
        try:
            answers[request.scan_id] = in_transaction(
                partial(apply_scan, request=request, actor=actor, policy=policy)
            )
        except FulfillmentError as refusal:
            answers[request.scan_id] = refusal
    return [answers[request.scan_id] for request in requests]


def _apply(
    session: Session,
    task: TaskAtHand | None,
    request: ScanRequest,
    *,
    actor: Actor,
    policy: CompanyPolicy,
) -> tuple[Verdict, bool]:
    """The verdict, and whether the wave is done by it."""
    now = read_now(session)
    if task is None:
        is_done = finish_wave(session, wave_id=request.wave_id, actor=actor, now=now)
        return Verdict(Outcome.NOTHING_TO_DO, {"scanned": request.code}), is_done
    if request.code in {Command.SHORT, Command.SKIP}:
        return _obey(session, task, Command(request.code), actor)
    scanned = _read(session, task, request.code)
    verdict = judge_scan(task.wanted, scanned, qty=request.qty)
    if verdict.units:
        is_done = book_pick(
            session,
            task=task,
            scan_id=request.scan_id,
            verdict=verdict,
            actor=actor,
            claim_s=policy.pick_claim_s,
            now=now,
        )
        return verdict, is_done
    if verdict.outcome is Outcome.BIN_CONFIRMED:
        confirm_bin(session, task=task, actor=actor, claim_s=policy.pick_claim_s)
    if verdict.outcome is Outcome.TOTE_ASSIGNED and not assign_tote(session, task=task, tote=request.code):
        return replace(verdict, outcome=Outcome.TOTE_TAKEN), False
    if verdict.outcome is Outcome.WRONG_ITEM and isinstance(scanned, ScannedUnits):
        return _say_where_it_belongs(session, task, scanned, verdict), False
    return verdict, False


def _read(session: Session, task: TaskAtHand, code: str) -> Scanned:
    """What the code means; the task's own bin and lot need no look-up."""
    if code in {task.bin_barcode, task.bin_code}:
        return ScannedBin(code, task.bin_code, task.bin_barcode)
    if task.lot and code == task.lot:
        code_of_sku = read_code(session, code=task.sku, warehouse_code=task.warehouse_code)
        if isinstance(code_of_sku, ScannedUnits):
            return replace(code_of_sku, code=code, lot=task.lot)
    return read_code(session, code=code, warehouse_code=task.warehouse_code)


def _obey(session: Session, task: TaskAtHand, command: Command, actor: Actor) -> tuple[Verdict, bool]:
    """A command from the printed sheet, carried out on the task at hand."""
    wanted = task.wanted
    says: dict[str, str | int] = {"wanted": wanted.sku, "wanted_bin": wanted.bin_code, "rest": wanted.rest}
    if not wanted.is_open or wanted.is_taken:
        refusal = Outcome.TASK_TAKEN if wanted.is_open else Outcome.ALREADY_DONE
        return Verdict(refusal, {**says, "scanned": command.value}), False
    if command is Command.SKIP:
        skip_task(session, task=task)
        return Verdict(Outcome.SKIPPED, says), False
    report_short(session, task=task, actor=actor, is_bin_empty=True)
    is_done = finish_wave(session, wave_id=task.wave_id, actor=actor, now=read_now(session))
    return Verdict(Outcome.SHORTED, says), is_done


def _say_where_it_belongs(
    session: Session, task: TaskAtHand, scanned: ScannedUnits, verdict: Verdict
) -> Verdict:
    """A wrong item's verdict, with the bin it belongs to, and whether the wave has enough of it already."""
    home = find_home(session, sku=scanned.sku, warehouse_code=task.warehouse_code)
    belongs = f"Put it back in {home}." if home else "It has no bin here; bring it to the supervisor."
    values = {"wave_id": task.wave_id, "sku": scanned.sku}
    is_complete = session.connection().execute(_IS_COMPLETE, values).scalar_one()
    outcome = Outcome.ALREADY_PICKED if is_complete else Outcome.WRONG_ITEM
    return replace(verdict, outcome=outcome, parameters={**verdict.parameters, "belongs": belongs})


def _check(request: ScanRequest) -> ScanRequest:
    code = request.code.strip()
    if not 1 <= len(code) <= MAX_CODE_LENGTH:
        raise InvalidInputError(f"A scan has 1 to {MAX_CODE_LENGTH} characters; this one has {len(code)}.")
    if not 1 <= request.qty <= MAX_QTY:
        raise InvalidInputError(f"{request.qty} units cannot be picked at once; give 1 to {MAX_QTY}.")
    return replace(request, code=code)


def _to_book(request: ScanRequest) -> ScanToBook:
    content = f"{request.wave_id}|{request.task_id}|{request.qty}|{request.code}"
    return ScanToBook(
        scan_id=request.scan_id,
        wave_id=request.wave_id,
        code=request.code,
        fingerprint=hashlib.sha256(content.encode()).hexdigest(),
        device_id=request.device_id,
        device_sequence=request.device_sequence,
        scanned_at=request.scanned_at,
    )


def _to_stored(answer: ScanAnswer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome.value,
        "is_accepted": answer.is_accepted,
        "message": answer.message,
        "parameters": dict(answer.parameters),
        "task_id": str(answer.task_id) if answer.task_id else None,
        "is_wave_done": answer.is_wave_done,
    }


def _from_stored(scan_id: uuid.UUID, stored: Mapping[str, Any]) -> ScanAnswer:
    return ScanAnswer(
        scan_id=scan_id,
        outcome=Outcome(stored["outcome"]),
        is_accepted=stored["is_accepted"],
        message=stored["message"],
        parameters=stored["parameters"],
        task_id=uuid.UUID(stored["task_id"]) if stored["task_id"] else None,
        is_wave_done=stored["is_wave_done"],
        is_repeated=True,
    )
