"""Measure the planner on one instance, beside the first-fit rules of other systems."""

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fulfillment.routing.checking import check_plan
from fulfillment.routing.peers import RULES, measure, plan_by_rule
from fulfillment.routing.plan import Progress
from fulfillment.routing.planner import plan
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.problem import Problem
from fulfillment.routing.usage import Meter

BYTES_PER_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """How to run the planner."""

    time_limit_s: float = 600.0
    seed: int = 0
    workers: int = 1
    has_peers: bool = True


def run_routing_bench(
    problem: Problem, options: BenchOptions, on_progress: Callable[[Progress], None] | None = None
) -> dict[str, object]:
    """What the planner reached on the problem, and what the rules of others cost on it.

    `contested_share` is the share of units that find their free choice overdrawn; `peak_mb` is the most
    memory this process and, added to it, its largest worker ever held; `cpu_seconds` are of all of them.
    """
    before = _cpu_seconds()
    best = plan(
        problem,
        time_limit_s=options.time_limit_s,
        seed=options.seed,
        workers=options.workers,
        on_progress=on_progress,
    )
    cpu_seconds = _cpu_seconds() - before
    peak_mb = _peak_mb()
    meter = Meter(problem, Pricer(problem, cache_cells=0).tariff)
    shares = measure(problem, best.assignment, meter)
    result: dict[str, object] = {
        "orders": problem.orders,
        "lines": problem.groups,
        "warehouses": problem.warehouses,
        "skus": len(problem.skus),
        "contested_share": round(_contested_share(problem, meter), 4),
        "gap": best.gap,
        "bound": best.bound_minor,
        "cost": best.cost_minor,
        "stage": best.stage.value,
        "seconds": round(best.seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "first_plan_seconds": round(best.first_plan_seconds, 3),
        "peak_mb": round(peak_mb, 1),
        "priced_share": round(best.orders_priced / max(problem.orders, 1), 4),
        "split_share": round(shares.split_share, 5),
        "unfilled_share": round(shares.unfilled_share, 5),
        "faults": check_plan(problem, best),
        "history": [
            {"seconds": round(seconds, 3), "cost": cost, "bound": bound}
            for seconds, cost, bound in best.history
        ],
    }
    if options.has_peers:
        result["peers"] = {rule: _peer(problem, rule, meter, best.cost_minor) for rule in RULES}
    return result


def _peer(problem: Problem, rule: str, meter: Meter, cost: int) -> dict[str, float]:
    found = measure(problem, plan_by_rule(problem, rule), meter)
    return {
        "cost_ratio": round(found.cost_minor / max(cost, 1), 4),
        "split_share": round(found.split_share, 5),
        "unfilled_share": round(found.unfilled_share, 5),
    }


def _contested_share(problem: Problem, meter: Meter) -> float:
    """Units asked of overdrawn stock beyond what it holds, when every order takes its free choice."""
    pricer = Pricer(problem, cache_cells=0)
    free = Priced.blank(problem)
    pricer.price(pricer.rows(None), free)
    used = meter.used(meter.entries(free.assignment))[: problem.stock[0].size]
    excess = np.maximum(used - meter.limits[: problem.stock[0].size], 0)
    return float(excess.sum() / max(used.sum(), 1))


def _cpu_seconds() -> float:
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _peak_mb() -> float:
    """Linux counts in kilobytes, macOS in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_maxrss for usage in usages) * unit / BYTES_PER_MB
