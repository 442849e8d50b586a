"""Blocks of a plan as jobs: any worker on any host may solve them, and the planner takes what nobody takes.

A worker that dies is replaced: its lease runs out and the sweeper gives the job to another, or the planner,
once it has nothing else to do and the block takes much longer than others did, solves it as well. The first
answer counts.
"""

import time
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sqlmodel import Session

from fulfillment.core.job_kinds import SOLVE_ROUTE_BLOCK
from fulfillment.orders.route_blocks import (
    answer_block,
    close_blocks,
    find_open_block,
    list_answers,
    offer_blocks,
)
from fulfillment.routing.apart import solve_apart
from fulfillment.store.job_claims import Claim, FencedError, claim_job, finish_job
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction

LOOK_EVERY_S: Final = 0.25
PATIENCE: Final = 2.0
"""A block that takes so many times as long as the slowest answered one is solved here as well."""

LEAST_PATIENCE_S: Final = 2.0
LEASE_MARGIN_S: Final = 5.0
PRIORITY: Final = 10
"""A plan waits for its blocks, so they go before other jobs."""

PLANNER: Final = "planner"


@dataclass
class _Offered:
    """One block of the present wave."""

    job_id: uuid.UUID
    claim: Claim | None = None
    is_taken_twice: bool = False


@dataclass
class JobBoard:
    """The planner's side: blocks are written down for all workers, and their answers read."""

    in_transaction: InTransaction
    plan_id: uuid.UUID
    spread: int
    spread_from: int
    first: int = field(default=0, init=False)
    offered: int = field(default=0, init=False)
    open: dict[int, _Offered] = field(default_factory=dict, init=False)
    shared_at: float = field(default=0.0, init=False)
    until: float = field(default=0.0, init=False)
    slowest_s: float | None = field(default=None, init=False)
    looked_at: float = field(default=0.0, init=False)

    def share(self, tasks: list[bytes], seconds: float) -> None:
        """Any worker may solve these blocks; each is a job."""
        # Never a number twice: the worker of an earlier wave may still come with its answer.
        self.first, self.offered = self.offered, self.offered + len(tasks)
        self.shared_at = time.monotonic()
        self.until = self.shared_at + seconds

        def work(session: Session) -> list[uuid.UUID]:
            offer_blocks(session, plan_id=self.plan_id, first=self.first, tasks=tasks, seconds=seconds)
            return [
                enqueue(
                    session,
                    kind=SOLVE_ROUTE_BLOCK,
                    payload={"plan_id": str(self.plan_id), "number": number},
                    key=f"{self.plan_id}:{number}",
                    priority=PRIORITY,
                )
                for number in range(self.first, self.first + len(tasks))
            ]

        jobs = self.in_transaction(work)
        self.open = {number: _Offered(job_id) for number, job_id in enumerate(jobs)}

    def claim(self) -> int | None:
        """A block nobody works on; else one that takes too long elsewhere, once; else None."""
        lease_s = max(self.until - time.monotonic(), 0.0) + LEASE_MARGIN_S
        for number, offered in self.open.items():
            if offered.claim is not None:
                continue
            take = partial(claim_job, job_id=offered.job_id, lease_s=lease_s, worker=PLANNER)
            offered.claim = self.in_transaction(take)
            if offered.claim is not None:
                return number
        return self._late_block()

    def put(self, number: int, answer: bytes) -> None:
        """The planner has solved this block itself; where somebody was faster, theirs counts."""
        offered = self.open.pop(number, None)
        if offered is None:
            return
        self._note_speed()

        def work(session: Session) -> None:
            answer_block(session, plan_id=self.plan_id, number=self.first + number, answer=answer)
            if offered.claim is not None:
                finish_job(session, claim=offered.claim, result={"solved_by": PLANNER})

        try:
            self.in_transaction(work)
        except FencedError:
            # The job was given to another worker meanwhile; the answer here is as good as any.
            return

    def answers(self) -> list[tuple[int, bytes]]:
        """What workers have answered since the last look."""
        if not self.open or time.monotonic() - self.looked_at < LOOK_EVERY_S:
            return []
        self.looked_at = time.monotonic()
        numbers = [self.first + number for number in self.open]
        read = partial(list_answers, plan_id=self.plan_id, numbers=numbers)
        found = [(number - self.first, answer) for number, answer in self.in_transaction(read)]
        for number, _ in found:
            del self.open[number]
            self._note_speed()
        return found

    def end_wave(self) -> None:
        """Late answers are ignored, and the jobs that bring them end."""
        self.open = {}
        self.in_transaction(partial(close_blocks, plan_id=self.plan_id))

    def _note_speed(self) -> None:
        self.slowest_s = time.monotonic() - self.shared_at

    def _late_block(self) -> int | None:
        """A block that has been with others for much longer than any took, and not been taken here before."""
        waited = time.monotonic() - self.shared_at
        usual = (self.until - self.shared_at) / 2 if self.slowest_s is None else PATIENCE * self.slowest_s
        if waited < max(LEAST_PATIENCE_S, usual):
            return None
        for number, offered in self.open.items():
            if not offered.is_taken_twice:
                offered.is_taken_twice = True
                return number
        return None


def solve_offered_block(in_transaction: InTransaction, *, plan_id: uuid.UUID, number: int) -> bool | None:
    """The block has an answer; False where another came first, None where none is of use or none was found.

    Solved in a process of its own that is killed by the block's time.
    """
    block = in_transaction(partial(find_open_block, plan_id=plan_id, number=number))
    if block is None:
        return None
    answer = solve_apart(block.task, block.seconds_left)
    if answer is None:
        return None
    return in_transaction(partial(answer_block, plan_id=plan_id, number=number, answer=answer))
