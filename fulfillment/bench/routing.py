"""Measure the planner on one instance, beside the first-fit rules of other systems."""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fulfillment.bench.routing_memory import MemoryPeak
from fulfillment.routing.checking import check_plan
from fulfillment.routing.explaining import price_one
from fulfillment.routing.peers import LINE_RULES, RULES, PeerResult, measure, plan_by_rule
from fulfillment.routing.plan import Plan, Progress
from fulfillment.routing.planner import plan
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.problem import Problem
from fulfillment.routing.usage import Meter

ACCEPTED = 1_000


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """How to run the planner. More than two workers were never measured."""

    time_limit_s: float = 300.0
    seed: int = 0
    workers: int = field(default_factory=cores)
    has_peers: bool = True


def run_routing_bench(
    problem: Problem, options: BenchOptions, on_progress: Callable[[Progress], None] | None = None
) -> dict[str, object]:
    """What the planner reached on the problem, and what the rules of others cost on it.

    `contested_share` is the share of units that find their free choice overdrawn; `peak_mb` is the most
    memory this process ever held and the most its workers held together; `cpu_seconds` are of all of them.
    """
    before = _cpu_seconds()
    with MemoryPeak() as memory:
        best = plan(
            problem,
            time_limit_s=options.time_limit_s,
            seed=options.seed,
            workers=options.workers,
            on_progress=on_progress,
        )
    cpu_seconds = _cpu_seconds() - before
    peak_mb = memory.mb
    meter = Meter(problem, Pricer(problem, cache_cells=0).tariff)
    shares = measure(problem, best.assignment, meter)
    result: dict[str, object] = {
        "orders": problem.orders,
        "lines": problem.groups,
        "warehouses": problem.warehouses,
        "skus": len(problem.skus),
        "workers": options.workers,
        "contested_share": round(_contested_share(problem, meter), 4),
        "gap": best.gap,
        "bound": best.bound_minor,
        "cost": best.cost_minor,
        "stage": best.stage.value,
        "seconds": round(best.seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "first_plan_seconds": round(best.first_plan_seconds, 3),
        "first_plan_cost": best.first_plan_minor,
        "peak_mb": round(peak_mb, 1),
        "priced_share": round(best.orders_priced / max(problem.orders, 1), 4),
        "split_share": round(shares.split_share, 5),
        "unfilled_share": round(shares.unfilled_share, 5),
        "acceptance_ms": acceptance_ms(problem, best, options.seed),
        "faults": check_plan(problem, best),
        "history": [
            {"seconds": round(seconds, 3), "cost": cost, "bound": bound}
            for seconds, cost, bound in best.history
        ],
    }
    if options.has_peers:
        found = peers(problem, meter)
        result["peers"] = {rule: _peer(peer, best.cost_minor) for rule, peer in found.items()}
        result["beats_every_rule_after_seconds"] = _beaten_after(best, found)
    return result


def peers(problem: Problem, meter: Meter) -> dict[str, PeerResult]:
    """Each rule's plan measured; rules that do the same with whole lines are run once."""
    known: dict[object, PeerResult] = {}
    for rule in RULES:
        deed = LINE_RULES.get(rule, rule)
        if deed not in known:
            known[deed] = measure(problem, plan_by_rule(problem, rule), meter)
    return {rule: known[LINE_RULES.get(rule, rule)] for rule in RULES}


def acceptance_ms(problem: Problem, best: Plan, seed: int) -> dict[str, float]:
    """What pricing one order under the plan's prices takes, over a sample of the orders."""
    rng = np.random.default_rng(seed)
    sample = rng.choice(problem.orders, min(ACCEPTED, problem.orders), replace=False)
    price_one(problem, problem.order_ids[int(sample[0])], best.prices)  # fills the tables made once
    taken = []
    for order in sample.tolist():
        began = time.perf_counter()
        price_one(problem, problem.order_ids[order], best.prices)
        taken.append(1_000 * (time.perf_counter() - began))
    return {"p50": round(float(np.median(taken)), 3), "p99": round(float(np.quantile(taken, 0.99)), 3)}


def _beaten_after(best: Plan, found: dict[str, PeerResult]) -> float | None:
    """When the plan at hand first cost less than that of every rule."""
    cheapest = min(peer.cost_minor for peer in found.values())
    return next((round(seconds, 3) for seconds, cost, _ in best.history if cost < cheapest), None)


def _peer(found: PeerResult, cost: int) -> dict[str, float]:
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
