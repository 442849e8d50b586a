"""Follows a planner's process: what it says is remembered, passed on, and waited for only as agreed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from fulfillment.routing.block_files import from_bytes, to_bytes
from fulfillment.routing.finishing import backlog_of, scarce_rows
from fulfillment.routing.pipe import Better, Letter, Message, PlannerTask, Wire
from fulfillment.routing.plan import Plan, Progress, Stage
from fulfillment.routing.planned import Ending, Helpers
from fulfillment.routing.problem import Problem
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter

GRACE = 0.1
"""Share of the time limit after which a planner that has not ended is killed."""

LEAST_GRACE_S = 0.5
STARTING_S = 60.0
"""An interpreter that takes longer to begin than this never will."""

BEAT_S = 0.2
PROGRESS_EVERY_S = 1.0


@dataclass
class Watch:
    """Follows a planner's process and remembers the best it said."""

    time_limit_s: float
    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    helpers: Helpers | None = None
    wave: int = field(default=0, init=False)
    blocks: list[bytes] = field(default_factory=list, init=False)
    better: Better | None = field(default=None, init=False)
    progress: Progress = field(default=Progress("starting", 0.0, 0, 0), init=False)
    done: dict[str, Any] = field(default_factory=dict, init=False)
    began: float = field(default_factory=time.monotonic, init=False)
    has_begun: bool = field(default=False, init=False)
    told: float = field(default=0.0, init=False)

    @property
    def seconds(self) -> float:
        """Since the planner began, or was made."""
        return time.monotonic() - self.began

    def follow(self, wire: Wire, task: PlannerTask) -> Ending:
        """How the process ended, or why it must."""
        wire.say(Letter.TASK, to_bytes(task))
        try:
            while not self.is_late():
                if self.should_stop():
                    return Ending.STOPPED
                message = wire.hear(BEAT_S)
                if message is not None:
                    self.take(message)
                    self.share(message, wire)
                if self.done:
                    return Ending.FINISHED
                self.beat()
                self.pass_on(wire)
        except EOFError:
            return Ending.CRASHED
        return Ending.KILLED

    def is_late(self) -> bool:
        """The process has had its time and the grace after it."""
        if not self.has_begun:
            return self.seconds > STARTING_S
        return self.seconds > self.time_limit_s + max(GRACE * self.time_limit_s, LEAST_GRACE_S)

    def take(self, message: Message) -> None:
        """What the message says is known."""
        letter, values, content = message
        if letter is Letter.BEGUN:
            self.began, self.has_begun = time.monotonic(), True
        elif letter is Letter.BETTER:
            self.better = from_bytes(Better, content)
        elif letter is Letter.PROGRESS:
            self.progress = Progress(**values)
            self.told = 0.0
        elif letter is Letter.DONE:
            self.done = values

    def share(self, message: Message, wire: Wire) -> None:
        """What the planner says to its helpers has reached them."""
        letter, values, content = message
        if self.helpers is None:
            return
        if letter is Letter.BLOCK:
            self.blocks.append(content)
            if len(self.blocks) == values["of"]:
                self.helpers.share(self.blocks, values["seconds"])
                self.wave, self.blocks = values["wave"], []
        elif letter is Letter.NEXT:
            wire.say(Letter.NEXT, wave=self.wave, number=self.helpers.claim())
        elif letter is Letter.SOLVED:
            self.helpers.put(values["number"], content)
        elif letter is Letter.OVER:
            self.helpers.end_wave()

    def pass_on(self, wire: Wire) -> None:
        """What helpers have answered has reached the planner."""
        for number, answer in self.helpers.answers() if self.helpers else ():
            wire.say(Letter.SOLVED, answer, wave=self.wave, number=number)

    def beat(self) -> None:
        """Whoever listens has heard of the latest step, or for a second's silence that it goes on."""
        if time.monotonic() - self.told >= PROGRESS_EVERY_S:
            self.told = time.monotonic()
            self.on_progress(replace(self.progress, seconds=self.seconds))

    def plan_of(self, problem: Problem) -> Plan | None:
        """The last plan sent, measured anew, with the last bound proved."""
        if self.better is None:
            return None
        assignment, prices = self.better.assignment, self.better.prices
        meter = Meter(problem, ParcelTariff(problem))
        order_cost = meter.order_costs(assignment)
        cost = int(order_cost.sum())
        bound = min(self.done.get("bound_minor", self.progress.bound_minor), cost)
        used = meter.used(meter.entries(assignment))
        stage = Stage(self.done.get("stage", Stage.PRICED))
        return Plan(
            assignment=assignment,
            order_cost_minor=order_cost,
            cost_minor=cost,
            bound_minor=bound,
            prices=prices,
            scarce=scarce_rows(problem, prices, used),
            backlog=backlog_of(problem, assignment, used),
            stage=Stage.PROVEN if bound == cost else stage,
            seconds=self.seconds,
            first_plan_seconds=self.done.get("first_plan_seconds", 0.0),
            orders_priced=self.done.get("orders_priced", 0),
            history=tuple((each[0], each[1], each[2]) for each in self.done.get("history", ())),
        )
