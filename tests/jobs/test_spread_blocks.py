"""Blocks of a plan solved by real workers, and a plan that ends whatever becomes of them."""

import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pipe
from queue import SimpleQueue
from typing import TypeVar

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
from fulfillment.routing.blocks import BlockTask, BlockTurns, solve_block
from fulfillment.routing.crew import LocalCrew
from fulfillment.routing.pipe import Message, Wire
from fulfillment.routing.plan import Assignment
from fulfillment.routing.run import Run
from fulfillment.routing.spreading import SpreadCrew
from fulfillment.routing.watching import Watch
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from tests.jobs.conftest import Jobs, Programs

Task = TypeVar("Task")
Answer = TypeVar("Answer")
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


class Recorder:
    """A crew that solves nothing and remembers what it was asked."""

    workers = 3

    def __init__(self) -> None:
        self.tasks: list[BlockTask] = []

    def solve(
        self, work: Callable[[Task, float], Answer | None], tasks: list[Task], seconds: float
    ) -> list[Answer | None]:
        assert work is solve_block
        assert seconds > 0
        self.tasks = self.tasks or [task for task in tasks if isinstance(task, BlockTask)]
        return [None] * len(tasks)


@pytest.fixture(scope="module")
def tasks() -> list[BlockTask]:
    """Three blocks of one plan that has only been priced so far."""
    problem = make_instance(orders=500, warehouses=5, skus=100, seed=3, tightness=0.5)
    run = Run(problem, time_limit_s=LIMIT_S)
    run.free()
    crew = Recorder()
    BlockTurns(run, run.price(None), crew, block=80).improve(0)
    assert len(crew.tasks) == 3
    return crew.tasks


@pytest.fixture(scope="module")
def answers(tasks: list[BlockTask]) -> list[Assignment | None]:
    """What one process alone answers."""
    found = [solve_block(task, LIMIT_S) for task in tasks]
    assert any(found)
    return found


@pytest.fixture
def plan_id(in_transaction: InTransaction) -> uuid.UUID:
    made = new_id()
    in_transaction(
        lambda session: begin_plan(session, plan_id=made, trigger="test", orders=500, now=read_now(session))
    )
    return made


def require_same(found: list[Assignment | None], expected: list[Assignment | None]) -> None:
    """Every block has the same answer, down to the parcel."""
    for one, other in zip(found, expected, strict=True):
        assert (one is None) is (other is None)
        if one is not None and other is not None:
            assert (one.warehouse == other.warehouse).all()
            assert (one.parcel == other.parcel).all()


SolveWith = Callable[[float], None]


@pytest.fixture
def solve_with(
    tasks: list[BlockTask],
    answers: list[Assignment | None],
    plan_id: uuid.UUID,
    in_transaction: InTransaction,
) -> SolveWith:
    """The planner's crew and its caller talk through a pipe; the answers are those of one process alone."""

    def solve_with(wait_s: float) -> None:
        ours, theirs = (Wire(end) for end in Pipe())
        heard: SimpleQueue[Message] = SimpleQueue()
        found: list[Assignment | None] = []

        def listen() -> None:
            with suppress(EOFError):
                while message := theirs.hear():
                    heard.put(message)

        def solve() -> None:
            found.extend(SpreadCrew(theirs, heard, LocalCrew(1), 3).solve(solve_block, tasks, LIMIT_S))

        threading.Thread(target=listen, daemon=True).start()
        planner = threading.Thread(target=solve)
        planner.start()
        board = Polite(in_transaction, plan_id, 3, 100, wait_s=wait_s)
        watch = Watch(LIMIT_S, lambda _: None, lambda: False, board)
        message: Message | None = None
        while planner.is_alive() or message is not None:
            message = ours.hear(0.05)
            if message is not None:
                watch.share(message, ours)
            watch.pass_on(ours)
        require_same(found, answers)

    return solve_with


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


def test_a_planner_alone_solves_every_block_itself(solve_with: SolveWith, engine: Engine) -> None:
    solve_with(0.0)

    assert set(solvers(engine)) == {"planner"}


def test_workers_answer_as_the_planner_would(solve_with: SolveWith, programs: Programs, jobs: Jobs) -> None:
    start(programs, jobs, "worker", "worker", "bell")

    solve_with(15.0)

    assert set(solvers(jobs.engine)) - {"planner"}
    with jobs.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM route_block")).scalar_one() == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_wave_ends_though_a_worker_does_not_answer(
    solve_with: SolveWith, programs: Programs, jobs: Jobs, number: signal.Signals
) -> None:
    worker, _ = start(programs, jobs, "worker", "bell")

    def strike() -> None:
        jobs.wait_until(lambda: is_in_work_elsewhere(jobs.engine))
        worker.send_signal(number)

    striker = threading.Thread(target=strike)
    striker.start()
    solve_with(5.0)
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
