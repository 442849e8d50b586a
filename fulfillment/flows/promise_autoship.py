"""An autoship run is planned and promised before anyone is charged.

The plan is kept in chunks before the first of them is carried out, so that whoever takes the work over goes
on where it stopped. Each chunk is one short transaction that locks what it needs last and in the house's
order: a single order that comes meanwhile waits for one chunk at most. What somebody took between the plan
and its chunk is skipped, counted, and planned once more with everything else that waits.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import AutoshipRunState
from fulfillment.flows.keep_back_stock import release_kept_back
from fulfillment.flows.plan_autoship import PlannedRound, plan_round
from fulfillment.flows.promise_chunk import RunGoneError, promise_chunk
from fulfillment.orders import autoship_chunks as chunks
from fulfillment.orders.autoship_runs import (
    RUN,
    WITH_PROMISES,
    count_outcomes,
    get_run,
    move_run,
    note_progress,
    require_state,
)
from fulfillment.orders.kinds import DueOutcome
from fulfillment.routing.apart import Planner, plan_apart
from fulfillment.routing.plan import Progress
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.session import InTransaction

ORDERS_A_CHUNK: Final = 100
"""Few enough that a single order waits some hundredths of a second, enough that commits cost little."""

ROUNDS: Final = 2
LATER_SHARE: Final = 4
"""The second round has this part of the first one's time: it plans what is left."""

Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class RunOutcome:
    """What a run came to; `is_finished` is false where somebody cancelled it meanwhile."""

    run_id: uuid.UUID
    promised: int
    short: int
    skipped: int
    is_finished: bool


@dataclass(frozen=True)
class _Work:
    """The run in hand, and what everyone who works on it needs."""

    in_transaction: InTransaction
    snapshot: InTransaction
    run_id: uuid.UUID
    plan_no: int
    actor: Actor
    policy: CompanyPolicy
    planner: Planner
    time_limit_s: float
    seed: int
    say: Say


def promise_run(
    in_transaction: InTransaction,
    snapshot: InTransaction,
    *,
    run_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
    planner: Planner = plan_apart,
    seed: int = 0,
    on_progress: Say | None = None,
) -> RunOutcome:
    """Every due order of the run that can be is promised, and the others know why not; nobody is charged.

    A run whose plan was cut off goes on behind it. A run that was promised before plans what was short anew.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: it is closed or cancelled.
        InvalidInputError: the data make no problem; the run collects again, and its note names the row.
    """
    plan_no = in_transaction(lambda session: _begin(session, run_id, actor))
    say = on_progress or (lambda _: None)
    work = _Work(
        in_transaction, snapshot, run_id, plan_no, actor, policy, planner, policy.autoship_plan_s, seed, say
    )
    skipped = 0
    try:
        for round_no in range(1, ROUNDS + 1):
            if not in_transaction(partial(_is_planned, work=work, round_no=round_no)):
                _plan(work, round_no)
                crash_point("autoship_planned")
            _carry_out(work, round_no)
            skipped += in_transaction(partial(_skipped, work=work, round_no=round_no))
    except RunGoneError:
        return RunOutcome(run_id, 0, 0, skipped, is_finished=False)
    except InvalidInputError as error:
        in_transaction(partial(_give_up_plan, work=work, why=error.message))
        raise
    return in_transaction(partial(_finish, work=work, skipped=skipped))


def _begin(session: Session, run_id: uuid.UUID, actor: Actor) -> int:
    """The run is being planned; returns the number of the plan, that of the one cut off if there is one."""
    run = get_run(session, run_id=run_id, lock=True)
    require_state(run, AutoshipRunState.COLLECTING, *WITH_PROMISES, deed="planning")
    if run.state is AutoshipRunState.PLANNING:
        return int(run.plans)
    chunks.wait_again(session, run_id=run_id)
    move_run(
        session,
        run_id=run_id,
        to=AutoshipRunState.PLANNING,
        actor=actor,
        reason="planned and promised" if run.plans == 0 else "what was short is planned again",
        values={"plans": run.plans + 1, "planned_at": read_now(session), "note": "", "progress": {}},
    )
    return int(run.plans) + 1


def _is_planned(session: Session, *, work: _Work, round_no: int) -> bool:
    return chunks.is_round_planned(session, run_id=work.run_id, plan_no=work.plan_no, round_no=round_no)


def _skipped(session: Session, *, work: _Work, round_no: int) -> int:
    return chunks.count_skipped(session, run_id=work.run_id, plan_no=work.plan_no, round_no=round_no)


def _plan(work: _Work, round_no: int) -> None:
    """The plan of the round stands in chunks."""
    is_gone = False

    def listen(progress: Progress) -> None:
        nonlocal is_gone
        is_gone = not _tell(
            work,
            step="planning",
            round=round_no,
            stage=str(progress.stage),
            seconds=round(progress.seconds, 1),
            cost_minor=int(progress.cost_minor),
            bound_minor=int(progress.bound_minor),
        )

    _tell(work, step="reading", round=round_no)
    planned = plan_round(
        work.snapshot,
        run_id=work.run_id,
        policy=work.policy,
        planner=work.planner,
        time_limit_s=work.time_limit_s if round_no == 1 else max(1.0, work.time_limit_s / LATER_SHARE),
        seed=work.seed,
        on_progress=listen,
        should_stop=lambda: is_gone,
    )
    work.in_transaction(partial(_keep_plan, work=work, round_no=round_no, planned=planned))


def _keep_plan(session: Session, *, work: _Work, round_no: int, planned: PlannedRound) -> None:
    run = get_run(session, run_id=work.run_id, lock=True)
    if run.state is not AutoshipRunState.PLANNING or run.plans != work.plan_no:
        raise RunGoneError
    if _is_planned(session, work=work, round_no=round_no):
        return  # Another worker was quicker; its plan is as good.
    chunks.explain_dues(session, reasons=planned.short)
    dues = [due.as_json() for due in planned.planned]
    chunks.write_chunks(
        session,
        run_id=work.run_id,
        plan_no=work.plan_no,
        round_no=round_no,
        chunks=[dues[first : first + ORDERS_A_CHUNK] for first in range(0, len(dues), ORDERS_A_CHUNK)],
    )
    report = {
        **run.report,
        f"round_{round_no}": {
            "waiting": planned.waiting,
            "planned": len(planned.planned),
            "short": len(planned.short),
            **planned.figures,
        },
    }
    session.connection().execute(sa.update(RUN).where(RUN.c.id == work.run_id).values(report=report))


def _carry_out(work: _Work, round_no: int) -> None:
    find = partial(chunks.list_open_chunks, run_id=work.run_id, plan_no=work.plan_no, round_no=round_no)
    numbers = work.in_transaction(find)
    for place, number in enumerate(numbers):
        work.in_transaction(
            partial(
                promise_chunk,
                run_id=work.run_id,
                plan_no=work.plan_no,
                round_no=round_no,
                number=number,
                actor=work.actor,
            )
        )
        crash_point("autoship_chunk_promised")
        if place % 10 == 0:
            _tell(work, step="promising", round=round_no, done=place + 1, of=len(numbers))


def _tell(work: _Work, **progress: Any) -> bool:  # noqa: ANN401 - plain JSON values
    """Others can read how far the run is; returns whether it is still being planned."""
    work.say(progress)
    state = work.in_transaction(lambda session: note_progress(session, run_id=work.run_id, progress=progress))
    return state is AutoshipRunState.PLANNING


def _give_up_plan(session: Session, *, work: _Work, why: str) -> None:
    """The run is as it was before the plan that could not be made, and says why."""
    run = get_run(session, run_id=work.run_id, lock=True)
    if run.state is not AutoshipRunState.PLANNING:
        return
    chunks.forget_chunks(session, run_id=work.run_id)
    was_promised = run.promised_at is not None
    if was_promised:
        chunks.leave_short(session, run_id=work.run_id)
    move_run(
        session,
        run_id=work.run_id,
        to=AutoshipRunState.PROMISED if was_promised else AutoshipRunState.COLLECTING,
        actor=work.actor,
        reason=why,
        values={"note": why, "progress": {}},
    )


def _finish(session: Session, *, work: _Work, skipped: int) -> RunOutcome:
    run = get_run(session, run_id=work.run_id, lock=True)
    if run.state is not AutoshipRunState.PLANNING or run.plans != work.plan_no:
        return RunOutcome(work.run_id, 0, 0, skipped, is_finished=False)
    short = chunks.leave_short(session, run_id=work.run_id)
    chunks.forget_chunks(session, run_id=work.run_id)
    now = read_now(session)
    promised = count_outcomes(session, run_ids=[work.run_id])[work.run_id].get(DueOutcome.PROMISED, 0)
    move_run(
        session,
        run_id=work.run_id,
        to=AutoshipRunState.PROMISED,
        actor=work.actor,
        reason=f"{promised} promised, {short} short",
        values={
            "promised_at": now,
            "charge_by": now + timedelta(hours=work.policy.autoship_charge_hours),
            "progress": {},
            "report": {**run.report, "skipped": skipped},
        },
    )
    record(
        session,
        actor=work.actor,
        deed="autoship.promised",
        object_kind="autoship_run",
        object_id=work.run_id,
        detail={"promised": promised, "short": short, "skipped": skipped},
    )
    release_kept_back(session, run_id=work.run_id)
    return RunOutcome(work.run_id, promised, short, skipped, is_finished=True)
