"""The first-fit rules of other systems, to compare with.

Each rule is a sequence of warehouses for a line, or a choice for an order, applied in the order of arrival.
Lines are kept whole, and bars, shelf life, parcel capacity and ship-complete are respected, which is kind
to the peers. The rules are re-implemented from what the systems' sources do; with whole lines, some coincide.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from fulfillment.routing.greedy import fill
from fulfillment.routing.plan import NOWHERE, Assignment
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.problem import Problem
from fulfillment.routing.usage import Meter

NearestFirst = list[list[int]]


@dataclass(frozen=True, slots=True)
class PeerResult:
    """What a rule's plan costs, and its shares of split orders and unfilled lines."""

    cost_minor: int
    split_share: float
    unfilled_share: float


class Arrivals:
    """What is left while orders are placed one by one."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.left: list[int] = problem.available.ravel().tolist()
        self.capacity: list[int] = problem.capacity.tolist()
        self.is_open: list[list[bool]] = (problem.bar == 0).tolist()
        self.heaviest = int(problem.weight_limit_g[-1])
        self.weight: list[int] = problem.weight_g.tolist()
        self.dim_weight: list[int] = problem.dim_weight_g.tolist()
        self.place = [NOWHERE] * problem.groups
        self.needs = self._needs()
        first_rate = problem.rate_minor[np.maximum(problem.zone, 0), 0]
        self.nearest: NearestFirst = np.lexsort((problem.transit_days, first_rate), axis=1).tolist()
        self.destination: list[int] = problem.destination.tolist()

    def _needs(self) -> list[list[tuple[int, int]]]:
        """For each group the rows it draws on at warehouse 0, with quantities."""
        problem = self.problem
        needs: list[list[tuple[int, int]]] = [[] for _ in range(problem.groups)]
        per_class = len(problem.skus) * problem.warehouses
        columns = (problem.group_of_item.tolist(), problem.item_sku.tolist(), problem.item_qty.tolist())
        levels = problem.shelf_class.tolist()
        for group, sku, qty in zip(*columns, strict=True):
            needs[group] += [
                (level * per_class + sku * problem.warehouses, qty) for level in range(levels[group] + 1)
            ]
        return needs

    def near(self, group: int) -> list[int]:
        """The warehouses from the nearest to the farthest of the group's destination."""
        return self.nearest[self.destination[int(self.problem.order_of_group[group])]]

    def groups(self, order: int) -> range:
        """The groups of the order."""
        return range(int(self.problem.group_start[order]), int(self.problem.group_start[order + 1]))

    def boxes(self, groups: Iterable[int]) -> int:
        """How many boxes these groups fill together; none where there is nothing."""
        chosen = list(groups)
        grams = max(sum(self.weight[g] for g in chosen), sum(self.dim_weight[g] for g in chosen))
        return -(-grams // self.heaviest)

    def fits(self, group: int, warehouse: int) -> bool:
        """The group may leave from there and finds its units."""
        left = self.left
        return self.is_open[group][warehouse] and all(
            left[row + warehouse] >= qty for row, qty in self.needs[group]
        )

    def place_group(self, group: int, warehouse: int, before: list[int]) -> bool:
        """The group is placed if a parcel can still take it; `before` are the order's own already there."""
        more = self.boxes([*before, group]) - self.boxes(before)
        if self.capacity[warehouse] < more or not self.fits(group, warehouse):
            return False
        self.capacity[warehouse] -= more
        for row, qty in self.needs[group]:
            self.left[row + warehouse] -= qty
        self.place[group] = warehouse
        return True

    def withdraw(self, order: int) -> None:
        """Nothing of the order is placed."""
        sent: dict[int, list[int]] = {}
        for group in self.groups(order):
            if self.place[group] != NOWHERE:
                sent.setdefault(self.place[group], []).append(group)
        for warehouse, groups in sent.items():
            self.capacity[warehouse] += self.boxes(groups)
            for group in groups:
                self.place[group] = NOWHERE
                for row, qty in self.needs[group]:
                    self.left[row + warehouse] += qty


LineRule = Callable[[Arrivals, int], Iterable[int]]


def by_line(problem: Problem, sequence: LineRule, *, rejects_short: bool = False) -> list[int]:
    """Each line goes to the first warehouse of its sequence that takes it.

    With `rejects_short` an order with one line short sends nothing, as a ship-complete order always does.
    """
    arrivals = Arrivals(problem)
    for order in range(problem.orders):
        is_short = False
        at: dict[int, list[int]] = {}
        for group in arrivals.groups(order):
            for warehouse in sequence(arrivals, group):
                if arrivals.place_group(group, warehouse, at.get(warehouse, [])):
                    at.setdefault(warehouse, []).append(group)
                    break
            else:
                is_short = True
        if is_short and (rejects_short or problem.is_ship_complete[order]):
            arrivals.withdraw(order)
    return arrivals.place


def in_fixed_order(arrivals: Arrivals, _group: int) -> Iterable[int]:
    """The warehouses as they are configured."""
    return range(arrivals.problem.warehouses)


def fullest_first(arrivals: Arrivals, group: int) -> Iterable[int]:
    """The warehouses by free units of the line's item, most first."""
    row = arrivals.needs[group][0][0]
    return sorted(range(arrivals.problem.warehouses), key=lambda warehouse: -arrivals.left[row + warehouse])


def only_first(_arrivals: Arrivals, _group: int) -> Iterable[int]:
    """The first location of the channel and no other."""
    return (0,)


def nearest_first(arrivals: Arrivals, group: int) -> Iterable[int]:
    """The warehouses by distance."""
    return arrivals.near(group)


def only_nearest(arrivals: Arrivals, group: int) -> Iterable[int]:
    """One warehouse per order."""
    return arrivals.near(group)[:1]


def oldest_bin_first(arrivals: Arrivals, group: int) -> Iterable[int]:
    """A fixed sequence per item that has nothing to do with the order, as creation dates of bins have."""
    sku = arrivals.needs[group][0][0] // arrivals.problem.warehouses
    return bins_of(sku, arrivals.problem.warehouses)


@cache
def bins_of(sku: int, warehouses: int) -> list[int]:
    """The sequence of one item."""
    bins: list[int] = np.random.default_rng(sku).permutation(warehouses).tolist()
    return bins


def nearest_complete(problem: Problem) -> list[int]:
    """The nearest warehouse that can send everything, else the fewest parcels: the widest cover first."""
    arrivals = Arrivals(problem)
    for order in range(problem.orders):
        waiting = list(arrivals.groups(order))
        near = arrivals.nearest[arrivals.destination[order]]
        while waiting:
            cover = {w: sum(arrivals.fits(g, w) for g in waiting) for w in near if arrivals.capacity[w] > 0}
            best = max(cover, key=cover.__getitem__, default=NOWHERE)  # the nearest of equals, being first
            taken: list[int] = []
            for group in waiting:
                if best != NOWHERE and arrivals.place_group(group, best, taken):
                    taken.append(group)
            if not taken:
                break
            waiting = [group for group in waiting if group not in taken]
        if waiting and problem.is_ship_complete[order]:
            arrivals.withdraw(order)
    return arrivals.place


def cheapest_at_arrival(problem: Problem) -> Assignment:
    """Every order takes the cheapest plan left to it, the earlier first where two want the same units."""
    pricer = Pricer(problem)
    meter = Meter(problem, pricer.tariff)
    plan = Priced.blank(problem)
    rank = np.arange(problem.orders)
    everyone = np.ones(problem.orders, dtype=bool)
    fill(pricer, meter, prices=None, rank=rank, open_orders=everyone, plan=plan, left=meter.limits.copy())
    return plan.assignment


def one_parcel_each(problem: Problem, places: list[int]) -> Assignment:
    """The places as an assignment with one parcel per order and warehouse."""
    parcels: list[int] = []
    for order in range(problem.orders):
        number: dict[int, int] = {}
        for group in range(int(problem.group_start[order]), int(problem.group_start[order + 1])):
            place = places[group]
            parcels.append(NOWHERE if place == NOWHERE else number.setdefault(place, len(number)))
    return Assignment(np.array(places, dtype=np.int16), np.array(parcels, dtype=np.int16))


LINE_RULES: dict[str, tuple[LineRule, bool]] = {
    "saleor_order": (in_fixed_order, True),
    "saleor_highstock": (fullest_first, True),
    "solidus_spree": (in_fixed_order, False),
    "vendure": (in_fixed_order, False),
    "magento_priority": (in_fixed_order, False),
    "magento_distance": (nearest_first, False),
    "medusa": (only_first, False),
    "odoo": (only_nearest, False),
    "erpnext": (oldest_bin_first, False),
}
RULES = (*LINE_RULES, "nearest_complete", "cheapest_at_arrival")


def plan_by_rule(problem: Problem, rule: str) -> Assignment:
    """The assignment the rule makes.

    Raises:
        KeyError: where there is no such rule.
    """
    if rule == "cheapest_at_arrival":
        return cheapest_at_arrival(problem)
    if rule == "nearest_complete":
        return one_parcel_each(problem, nearest_complete(problem))
    sequence, rejects_short = LINE_RULES[rule]
    return one_parcel_each(problem, by_line(problem, sequence, rejects_short=rejects_short))


def measure(problem: Problem, assignment: Assignment, meter: Meter) -> PeerResult:
    """Cost, share of split orders among those that send anything, share of unfilled groups."""
    cost = int(meter.order_costs(assignment).sum())
    parcels = np.bincount(meter.parcels(meter.sendings(assignment)).order, minlength=problem.orders)
    sending = max(int((parcels > 0).sum()), 1)
    unfilled = int((assignment.warehouse == NOWHERE).sum())
    return PeerResult(cost, int((parcels > 1).sum()) / sending, unfilled / max(problem.groups, 1))
