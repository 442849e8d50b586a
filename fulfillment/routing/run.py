"""One run of the planner: what is known so far, and the steps that find out more."""

import math
import time
from collections.abc import Callable

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray
from fulfillment.routing.ascent import Ascent
from fulfillment.routing.finishing import backlog_of, prices_from, scarce_rows
from fulfillment.routing.greedy import fill, settle
from fulfillment.routing.opening import shortage_prices, simple_plans
from fulfillment.routing.plan import Assignment, Plan, Prices, Progress, Stage
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.problem import Problem
from fulfillment.routing.refining import Refiner
from fulfillment.routing.starting import Start, assignment_from
from fulfillment.routing.usage import Meter

FIRST_STEPS = 30
# Up to so many orders share one linear program, which finds the remaining cuts sooner.
MOST_TOGETHER = 12_000
CUT_STEPS = 20
CUT_STEP = 0.7
CUT_ABOVE = 1.001
AGAIN_STEPS = 8
INTEGER_GAP = 5e-5
FINISHING_SHARE = 0.07
FINISHING_S = 0.15
CHOICE_SPREAD = 0.06
CHOICE_MOST = 10
LEAST_CERTAINTY = 0.3


class Run:
    """One run of the planner: the best plan and the best bound so far, and the clock."""

    def __init__(
        self,
        problem: Problem,
        *,
        time_limit_s: float,
        seed: int = 0,
        workers: int = 1,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
        on_better: Callable[[Assignment, Prices], None] | None = None,
    ) -> None:
        self.began = time.monotonic()
        self.problem = problem
        self.time_limit_s = time_limit_s
        self.seed = seed
        self.workers = workers
        self.on_progress = on_progress
        self.should_stop = should_stop
        self.on_better = on_better
        self.pricer = Pricer(problem)
        self.meter = Meter(problem, self.pricer.tariff)
        self.assignment = Assignment.empty(problem)
        self.order_cost = self.meter.order_costs(self.assignment)
        self.cost = int(self.order_cost.sum())
        self.bound = 0.0
        self.prices = Prices.zero(problem)
        self.stage = Stage.FREE
        self.first_plan_seconds = 0.0
        self.first_plan_minor = 0
        self.fill_s = 0.0
        self.orders_priced = 0
        self.history: list[tuple[float, int, int]] = []

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self.began

    @property
    def gap(self) -> int:
        """Minor units between the best plan and the bound; zero is proof."""
        return max(self.cost - self.whole_bound, 0)

    @property
    def whole_bound(self) -> int:
        """Costs are whole, so the bound may be rounded up; the allowance covers the rounding of sums."""
        return math.ceil(self.bound - 1e-9 * abs(self.bound) - 1e-6)

    def go_on(self) -> bool:
        """There is time left beside what finishing takes, and nobody asked to stop."""
        finishing = min(FINISHING_SHARE * self.time_limit_s, FINISHING_S + self.fill_s)
        is_over = self.seconds >= self.time_limit_s - finishing
        return not is_over and not (self.should_stop and self.should_stop())

    def report(self, stage: str) -> None:
        """The state goes into the history and to whoever listens."""
        self.history.append((self.seconds, self.cost, self.whole_bound))
        if self.on_progress:
            self.on_progress(Progress(stage, self.seconds, self.cost, self.whole_bound))

    def offer(self, assignment: Assignment) -> bool:
        """The assignment replaces the best plan where it is cheaper."""
        order_cost = self.meter.order_costs(assignment)
        cost = int(order_cost.sum())
        if cost >= self.cost and self.first_plan_seconds:
            return False
        self.first_plan_seconds = self.first_plan_seconds or self.seconds
        self.first_plan_minor = self.first_plan_minor or cost
        self.assignment, self.order_cost, self.cost = assignment.copy(), order_cost, cost
        if self.on_better:
            self.on_better(self.assignment, self.prices)
        return True

    def free(self) -> None:
        """Every order at no price: a bound, and where nothing is overdrawn the proven optimum."""
        self.free_plan = Priced.blank(self.problem)
        self.pricer.price(self.pricer.rows(None), self.free_plan)
        self.bound = float(self.free_plan.floor.sum())
        self.free_entries = self.meter.entries(self.free_plan.assignment)
        self.free_use = self.meter.used(self.free_entries)
        if (self.free_use <= self.meter.limits).all():
            self.offer(self.free_plan.assignment)
        self.report("free")

    def price(self, start: Start | None) -> Ascent:
        """First plans, and prices with cuts; the ascent can go on from there."""
        has_plan = bool(self.first_plan_seconds)
        # The simple rules come first: filling orders of many groups can take longer than the time there is.
        if self.go_on():
            for assignment in simple_plans(self.problem):
                self.offer(assignment)
        if not has_plan:
            self.fill(None)
        if start is not None:
            self._take_start(start)
        self.report("first plan")
        self.stage = Stage.PRICED
        ascent = Ascent(self.pricer, self.meter, self.free_plan)
        if start is not None and start.scarce:
            ascent.start_at(self.meter.flat_prices(prices_from(self.problem, start.scarce)))
        else:
            ascent.start_at(self.meter.flat_prices(shortage_prices(self.problem)))
        self._climb(ascent, FIRST_STEPS)
        self.fill_in_time(ascent.prices)
        self.report("prices")
        if not self.go_on():
            return ascent
        ascent.cut()
        ascent.step, ascent.above = CUT_STEP, CUT_ABOVE
        self._climb(ascent, CUT_STEPS)
        self.fill_in_time(ascent.prices)
        self.report("cuts")
        return ascent

    def price_again(self, prices: Prices) -> Ascent:
        """Prices from those of a larger problem of which this one is a part."""
        ascent = Ascent(self.pricer, self.meter, self.free_plan)
        ascent.start_at(self.meter.flat_prices(prices))
        ascent.above = CUT_ABOVE
        self._climb(ascent, AGAIN_STEPS)
        ascent.cut()
        self._climb(ascent, AGAIN_STEPS)
        return ascent

    def refine(self, refiner: Refiner, *, rounds: int, easy: float) -> None:
        """Linear programs, a rounded plan, and the integer program where the gap left is below `easy`."""
        self.sharpen(refiner, rounds=rounds)
        if self.gap > easy * self.cost or not self.go_on():
            return
        refiner.take_incumbent(self.assignment)
        refiner.spread(CHOICE_SPREAD, CHOICE_MOST)
        found = refiner.choose(self.seconds_left(), gap=INTEGER_GAP)
        if found is not None:
            self.offer(found)
        self.report("integer")

    def sharpen(self, refiner: Refiner, *, rounds: int) -> None:
        """Linear programs raise the bound, and their optimum is rounded to a plan."""
        refiner.sharpen(self.seconds_left, lambda: float(self.cost), rounds=rounds)
        self.take_bound(refiner.ascent)
        self.fill_in_time(refiner.ascent.prices, refiner.proposed, refiner.certainty)
        self.report("linear")

    def _climb(self, ascent: Ascent, steps: int) -> None:
        ascent.climb(steps, float(self.cost), self.go_on, lambda _: None)
        self.take_bound(ascent)

    def take_bound(self, ascent: Ascent) -> None:
        """The bound and the prices are the best the ascent has."""
        self.bound = max(self.bound, ascent.bound)
        self.prices = self.meter.shaped_prices(ascent.prices)
        self.orders_priced = int(ascent.touched(ascent.prices).sum())

    def seconds_left(self) -> float:
        """Zero where nothing more may be begun."""
        return self.time_limit_s - self.seconds if self.go_on() else 0.0

    def fill_in_time(
        self,
        prices: FloatArray,
        proposed: Assignment | None = None,
        certainty: FloatArray | None = None,
    ) -> None:
        """As `fill`, unless that would not be ready in time."""
        if self.seconds_left() > self.fill_s:
            self.fill(prices, proposed, certainty)

    def fill(
        self,
        prices: FloatArray | None,
        proposed: Assignment | None = None,
        certainty: FloatArray | None = None,
    ) -> None:
        """A plan by these prices: what is proposed as far as it fits, the surest first, then the rest.

        A plan to start from is always heard.
        """
        began = self.seconds
        plan = self.free_plan.copy()
        left = self.meter.limits[: self.meter.real_rows].copy()
        rank = self.rank()
        open_orders = np.ones(self.problem.orders, dtype=bool)
        if proposed is not None and certainty is not None:
            plan.assignment.warehouse[:] = proposed.warehouse
            plan.assignment.parcel[:] = proposed.parcel
            surest = np.empty_like(rank)
            surest[np.lexsort((rank, -certainty))] = np.arange(len(rank))
            wanted = certainty > LEAST_CERTAINTY
            open_orders = ~settle(self.meter, proposed, wanted=wanted, rank=surest, left=left)
        fill(self.pricer, self.meter, prices=prices, rank=rank, open_orders=open_orders, plan=plan, left=left)
        self.offer(plan.assignment)
        self.fill_s = max(self.fill_s, self.seconds - began)

    def rank(self) -> IntArray:
        """The orders in the sequence they are served: by priority, then as given."""
        rank = np.empty(self.problem.orders, dtype=np.int64)
        rank[np.lexsort((np.arange(self.problem.orders), -self.problem.priority))] = np.arange(
            self.problem.orders
        )
        return rank

    def _take_start(self, start: Start) -> None:
        """What of the start still fits is a plan, its gaps filled by the rule."""
        assignment = assignment_from(self.problem, start.warehouse_of)
        self.fill(None, assignment, self._allowed(assignment).astype(np.float64))

    def _allowed(self, assignment: Assignment) -> BoolArray:
        """The orders whose every group is sent from a warehouse not barred to it."""
        place = np.maximum(assignment.warehouse, 0)
        is_barred = self.problem.bar[np.arange(self.problem.groups), place] > 0
        bad = np.bincount(
            self.problem.order_of_group, is_barred | (assignment.warehouse < 0), self.problem.orders
        )
        return np.asarray(bad == 0)

    def finish(self) -> Plan:
        """The best plan with everything a reader asks of it."""
        used = self.meter.used(self.meter.entries(self.assignment))
        self.report("done")
        return Plan(
            assignment=self.assignment,
            order_cost_minor=self.order_cost,
            cost_minor=self.cost,
            bound_minor=min(self.whole_bound, self.cost),
            prices=self.prices,
            scarce=scarce_rows(self.problem, self.prices, used),
            backlog=backlog_of(self.problem, self.assignment, used),
            stage=Stage.PROVEN if self.gap == 0 else self.stage,
            seconds=self.seconds,
            first_plan_seconds=self.first_plan_seconds,
            first_plan_minor=self.first_plan_minor,
            orders_priced=self.orders_priced,
            history=tuple(self.history),
        )
