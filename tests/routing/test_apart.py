"""The planner in a process of its own: what it finds, and what remains when it does not come back."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fulfillment.bench.routing_instances import make_instance
from fulfillment.core.errors import InvalidInputError
from fulfillment.routing import Progress, check_plan, plan
from fulfillment.routing.apart import Ending, plan_apart
from tests.routing.oracle import small_problem


def children_of(parent: int) -> list[int]:
    """The processes that this one started, as the kernel lists them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(entry.parent.name))
    return found


def once_there_is_a_plan(deed: Callable[[int], None]) -> Callable[[Progress], None]:
    """Does this to the planner's process as soon as it has a plan."""
    done: list[int] = []

    def listen(progress: Progress) -> None:
        if progress.stage not in {"starting", "free"} and not done:
            [planner] = set(children_of(os.getpid())) - before
            done.append(planner)
            deed(planner)

    before = set(children_of(os.getpid()))
    return listen


def is_gone(group: int) -> bool:
    """No process of this group is left."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_the_process_finds_what_the_planner_finds_here() -> None:
    problem = small_problem(3, capacity=2)

    found = plan_apart(problem, time_limit_s=20)

    here = plan(problem, time_limit_s=20)
    assert found.ending is Ending.FINISHED
    assert found.plan is not None
    assert (found.plan.assignment.warehouse == here.assignment.warehouse).all()
    assert (found.plan.cost_minor, found.plan.bound_minor) == (here.cost_minor, here.bound_minor)
    assert (found.plan.scarce, found.plan.backlog) == (here.scarce, here.backlog)
    assert found.plan.stage is here.stage


def test_a_planner_that_hangs_is_killed_after_its_limit_and_its_last_plan_is_used() -> None:
    problem = make_instance(orders=1_500, warehouses=5, skus=200, seed=4)
    hung: list[int] = []

    def hang(planner: int) -> None:
        os.kill(planner, signal.SIGSTOP)
        hung.append(planner)

    found = plan_apart(problem, time_limit_s=3, workers=2, on_progress=once_there_is_a_plan(hang))

    assert found.ending is Ending.KILLED
    assert found.plan is not None
    assert check_plan(problem, found.plan) == []
    assert 0 < found.plan.bound_minor <= found.plan.cost_minor
    assert is_gone(hung[0])


def test_a_planner_that_dies_leaves_its_last_plan_and_no_process() -> None:
    problem = make_instance(orders=1_500, warehouses=5, skus=200, seed=4)
    dead: list[int] = []

    def end(planner: int) -> None:
        os.kill(planner, signal.SIGKILL)
        dead.append(planner)

    found = plan_apart(problem, time_limit_s=60, workers=2, on_progress=once_there_is_a_plan(end))

    assert found.ending is Ending.CRASHED
    assert found.plan is not None
    assert check_plan(problem, found.plan) == []
    assert is_gone(dead[0])


def test_a_planner_that_dies_before_its_first_plan_leaves_none() -> None:
    problem = make_instance(orders=300, warehouses=5, skus=100, seed=4)
    before = set(children_of(os.getpid()))

    def end(_: Progress) -> None:
        for planner in set(children_of(os.getpid())) - before:
            os.kill(planner, signal.SIGKILL)

    found = plan_apart(problem, time_limit_s=60, on_progress=end)

    assert (found.plan, found.ending) == (None, Ending.CRASHED)


def test_whoever_says_stop_need_not_wait() -> None:
    problem = make_instance(orders=1_500, warehouses=5, skus=200, seed=4)
    heard: list[str] = []

    found = plan_apart(
        problem,
        time_limit_s=60,
        on_progress=lambda progress: heard.append(progress.stage),
        should_stop=lambda: "prices" in heard,
    )

    assert found.ending is Ending.STOPPED
    assert found.plan is not None
    assert check_plan(problem, found.plan) == []


class NobodyElse:
    """Offers every block to nobody, so that the planner solves it."""

    spread = 3
    spread_from = 60

    def __init__(self) -> None:
        self.free: list[int] = []
        self.solved: list[int] = []
        self.waves = 0

    def share(self, tasks: list[bytes], seconds: float) -> None:
        assert seconds > 0
        self.free = list(range(len(tasks)))

    def claim(self) -> int | None:
        return self.free.pop(0) if self.free else None

    def put(self, number: int, answer: bytes) -> None:
        assert isinstance(answer, bytes)
        self.solved.append(number)

    def answers(self) -> list[tuple[int, bytes]]:
        return []

    def end_wave(self) -> None:
        self.waves += 1


def test_a_planner_with_nobody_to_help_makes_a_sound_plan_of_blocks() -> None:
    problem = make_instance(orders=400, warehouses=5, skus=60, seed=3, tightness=0.9)
    helpers = NobodyElse()

    found = plan_apart(problem, time_limit_s=15, helpers=helpers)

    assert found.plan is not None
    assert check_plan(problem, found.plan) == []
    assert (helpers.waves > 0) is bool(helpers.solved)


def test_the_planner_ends_with_the_one_who_started_it() -> None:
    problem = make_instance(orders=1_500, warehouses=5, skus=200, seed=4)
    reading, writing = os.pipe()
    caller = os.fork()
    if caller == 0:

        def tell(planner: int) -> None:
            os.write(writing, f"{planner}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

        plan_apart(problem, time_limit_s=60, on_progress=once_there_is_a_plan(tell))
    os.waitpid(caller, 0)
    os.close(writing)

    with os.fdopen(reading) as told:
        planner = int(told.readline())

    assert is_gone(planner)


@pytest.mark.parametrize(("limit", "workers"), [(0.0, 1), (-1.0, 1), (float("nan"), 1), (1.0, 0)])
def test_a_limit_that_is_none_is_refused(limit: float, workers: int) -> None:
    with pytest.raises(InvalidInputError):
        plan_apart(small_problem(1), time_limit_s=limit, workers=workers)
