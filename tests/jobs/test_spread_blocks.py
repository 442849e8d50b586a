"""Blocks of a plan solved by real workers, and a plan that ends whatever becomes of them."""

import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from typing_extensions import override

from fulfillment.bench.routing_instances import make_instance
from fulfillment.core.ids import new_id
from fulfillment.core.job_kinds import SOLVE_ROUTE_BLOCK
from fulfillment.flows.spread_blocks import JobBoard, solve_offered_block
from fulfillment.orders.route_blocks import answer_block, find_open_block, list_answers, offer_blocks
from fulfillment.orders.route_plans import begin_plan
from fulfillment.routing import check_plan, plan
from fulfillment.routing.apart import Ending, plan_apart
from fulfillment.routing.plan import Plan
from fulfillment.routing.problem import Problem
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from tests.jobs.conftest import Jobs, Programs

SPREAD, SPREAD_FROM = 3, 150
LIMIT_S = 60.0
SOLVED = """
    SELECT claimed_by, count(*) FROM job WHERE kind = :kind AND state = 'done'
    AND (result->>'is_used' = 'true' OR result->>'solved_by' = 'planner') GROUP BY 1
"""
IN_WORK = """
    SELECT count(*) FROM job WHERE kind = :kind AND state = 'running' AND claimed_by <> 'planner'
"""


@dataclass
class Polite(JobBoard):
    """Leaves blocks to workers for a while before it takes any itself."""

    wait_s: float = 0.0

    @override
    def claim(self) -> int | None:
        return None if time.monotonic() - self.shared_at < self.wait_s else super().claim()


@pytest.fixture(scope="module")
def problem() -> Problem:
    return make_instance(orders=500, warehouses=5, skus=100, seed=3, tightness=0.4)


@pytest.fixture(scope="module")
def alone(problem: Problem) -> Plan:
    """The plan made by processes of this host."""
    return plan(problem, time_limit_s=LIMIT_S, most_together=SPREAD_FROM, block=SPREAD_FROM // 2, workers=2)


@pytest.fixture
def plan_id(in_transaction: InTransaction) -> uuid.UUID:
    made = new_id()
    in_transaction(
        lambda session: begin_plan(session, plan_id=made, trigger="test", orders=500, now=read_now(session))
    )
    return made


PlanWith = Callable[[float], Plan]


@pytest.fixture
def plan_with(problem: Problem, alone: Plan, plan_id: uuid.UUID, in_transaction: InTransaction) -> PlanWith:
    """The problem planned with whoever helps; sound, and as good within its gap as one made here alone."""

    def plan_with(wait_s: float) -> Plan:
        board = Polite(in_transaction, plan_id, SPREAD, SPREAD_FROM, wait_s=wait_s)
        planned = plan_apart(problem, time_limit_s=LIMIT_S, helpers=board)
        assert planned.ending is Ending.FINISHED
        assert planned.plan is not None
        assert check_plan(problem, planned.plan) == []
        apart = abs(planned.plan.cost_minor - alone.cost_minor)
        assert apart <= max(planned.plan.gap, alone.gap) * alone.cost_minor
        return planned.plan

    return plan_with


def solvers(engine: Engine) -> dict[str, int]:
    """How many blocks each process solved."""
    with engine.connect() as connection:
        found = connection.execute(sa.text(SOLVED), {"kind": SOLVE_ROUTE_BLOCK})
        return {row[0]: row[1] for row in found}


def is_in_work_elsewhere(engine: Engine) -> bool:
    """Whether a worker has a block."""
    with engine.connect() as connection:
        return bool(connection.execute(sa.text(IN_WORK), {"kind": SOLVE_ROUTE_BLOCK}).scalar_one())


def start(programs: Programs, jobs: Jobs, *roles: str) -> list["subprocess.Popen[bytes]"]:
    """Programs of these roles, ready for work."""
    started = [programs.start(role) for role in roles]

    def are_ready() -> bool:
        told = programs.log.read_text()
        return told.count("worker_started") + told.count("bell_leads") == len(roles)

    jobs.wait_until(are_ready)
    return started


def test_a_planner_alone_solves_every_block_itself(plan_with: PlanWith, engine: Engine) -> None:
    plan_with(0.0)

    assert set(solvers(engine)) == {"planner"}


def test_workers_solve_the_blocks_of_a_plan(plan_with: PlanWith, programs: Programs, jobs: Jobs) -> None:
    start(programs, jobs, "worker", "worker", "bell")

    plan_with(15.0)

    assert set(solvers(jobs.engine)) - {"planner"}
    with jobs.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM route_block")).scalar_one() == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_plan_ends_though_a_worker_does_not_answer(
    plan_with: PlanWith, programs: Programs, jobs: Jobs, number: signal.Signals
) -> None:
    worker, _ = start(programs, jobs, "worker", "bell")

    def strike() -> None:
        jobs.wait_until(lambda: is_in_work_elsewhere(jobs.engine))
        worker.send_signal(number)

    striker = threading.Thread(target=strike)
    striker.start()
    plan_with(5.0)
    striker.join()

    assert "planner" in solvers(jobs.engine)


def test_a_late_answer_is_ignored(in_transaction: InTransaction, plan_id: uuid.UUID) -> None:
    offer = partial(offer_blocks, plan_id=plan_id, first=0, tasks=[b"a", b"b", b"c"], seconds=60)
    in_transaction(offer)
    in_transaction(partial(offer_blocks, plan_id=plan_id, first=3, tasks=[b"d"], seconds=-1))

    first = in_transaction(partial(answer_block, plan_id=plan_id, number=1, answer=b"x"))
    second = in_transaction(partial(answer_block, plan_id=plan_id, number=1, answer=b"y"))

    assert (first, second) == (True, False)
    listed = in_transaction(partial(list_answers, plan_id=plan_id, numbers=[0, 1, 2]))
    assert listed == [(1, b"x")]
    left = [in_transaction(partial(find_open_block, plan_id=plan_id, number=each)) for each in range(5)]
    assert [block.task if block else None for block in left] == [b"a", None, b"c", None, None]


def test_a_block_that_is_no_longer_wanted_is_not_solved(
    in_transaction: InTransaction, plan_id: uuid.UUID
) -> None:
    assert solve_offered_block(in_transaction, plan_id=plan_id, number=7) is None


def test_a_task_that_is_none_is_answered_by_nobody(in_transaction: InTransaction, plan_id: uuid.UUID) -> None:
    in_transaction(partial(offer_blocks, plan_id=plan_id, first=0, tasks=[b"no block"], seconds=5))

    assert solve_offered_block(in_transaction, plan_id=plan_id, number=0) is None
