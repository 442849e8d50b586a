"""The plans of each order that cost little more than its best one, as choices for a program.

The best plan at a few price vectors is not enough to choose among: where two orders want the last units, one
of them has to take its second or third best plan. For every subset of the groups and every warehouse, the
recursion of `kernel` gives the cheapest plan that holds exactly this parcel; those near the best are listed.
For an order of one group that is every plan there is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, SmallArray
from fulfillment.routing.kernel import Recursion, subsets_of
from fulfillment.routing.plan import NOWHERE
from fulfillment.routing.pricing import MOST_EXACT_GROUPS, Pricer, Rows
from fulfillment.routing.usage import Sendings

HELD = 0


@dataclass(frozen=True, eq=False)
class Ways:
    """Plans of orders with the same number of groups; an order comes as often as it has plans."""

    order: IntArray  # [way]
    groups: IntArray  # [way, group]
    warehouse: SmallArray  # [way, group]
    parcel: SmallArray  # [way, group]

    def some(self, at: IntArray) -> "Ways":
        """The plans at these places."""
        return Ways(self.order[at], self.groups[at], self.warehouse[at], self.parcel[at])

    def sendings(self, first: int) -> Sendings:
        """What leaves; the owner is the place of the plan, counted from `first`."""
        owner, place = np.nonzero(self.warehouse >= 0)
        return Sendings(
            owner + first,
            self.groups[owner, place],
            self.warehouse[owner, place].astype(np.int64),
            self.parcel[owner, place].astype(np.int64),
        )


def near_best(pricer: Pricer, rows: Rows, orders: BoolArray, *, within: float, most: int) -> Iterator[Ways]:
    """Up to `most` plans of each marked order that cost at most `within` more than its best at these prices.

    Orders too wide for the exact recursion have none.
    """
    for bucket, part in pricer.parts(orders):
        if bucket.size > MOST_EXACT_GROUPS:
            continue
        recursion = pricer.recursion(bucket, part, rows)
        block, warehouse, place = _cheapest(recursion, within, most)
        chosen, parcel = _unfold(recursion, block, warehouse, place)
        yield Ways(
            order=bucket.orders[part][place],
            groups=bucket.groups[part][place],
            warehouse=chosen.astype(np.int16),
            parcel=in_sequence(parcel),
        )


def _cheapest(recursion: Recursion, within: float, most: int) -> tuple[IntArray, IntArray, IntArray]:
    """`(subset, warehouse, order)` of the parcels whose best plans are near the order's best.

    Subset 0 stands for sending nothing.
    """
    full = len(recursion.best) - 1
    rest = full - np.arange(1, full + 1)
    total = np.empty_like(recursion.cost)
    total[1:] = recursion.cost[1:] + (recursion.completed[rest] - recursion.split)[:, None, :]
    total[0] = np.inf
    total[0, 0] = recursion.unfilled.sum(axis=0)
    flat = total.reshape(-1, total.shape[2])
    cell, order = np.nonzero(flat <= flat.min(axis=0) + within)
    value = flat[cell, order]
    sequence = np.lexsort((value, order))
    cell, order = cell[sequence], order[sequence]
    first = np.searchsorted(order, order, side="left")
    kept = np.arange(len(order)) - first < most
    cell, order = cell[kept], order[kept]
    return cell // total.shape[1], cell % total.shape[1], order


def _unfold(
    recursion: Recursion, block: IntArray, warehouse: IntArray, order: IntArray
) -> tuple[IntArray, IntArray]:
    """`warehouse` and `parcel[way, group]`: the parcel given, and the best that can be made of the rest."""
    tables = subsets_of(recursion.size)
    completed = recursion.completed
    held = tables.member[block]
    place = np.where(held, warehouse[:, None], NOWHERE)
    parcel = np.where(held, HELD, NOWHERE)
    left = np.where(block > 0, len(recursion.best) - 1 - block, 0)
    ways = np.flatnonzero(left)
    number = HELD
    while len(ways):
        number += 1
        rest, at = left[ways], order[ways]
        stays = _staying_group(recursion, completed, rest, at)
        goes = ways[stays < 0]
        left[ways[stays >= 0]] ^= 1 << stays[stays >= 0]
        taken = recursion.first_block(left[goes], order[goes])
        source = recursion.cost[taken, :, order[goes]].argmin(axis=1)
        members = tables.member[taken]
        place[goes] = np.where(members, source[:, None], place[goes])
        parcel[goes] = np.where(members, number, parcel[goes])
        left[goes] ^= taken
        ways = ways[left[ways] > 0]
    return place, parcel


def _staying_group(recursion: Recursion, completed: FloatArray, rest: IntArray, order: IntArray) -> IntArray:
    """A group that a best completion of the rest leaves behind, or -1 where it sends all of it."""
    found = np.full(len(rest), NOWHERE, dtype=np.int64)
    is_open = completed[rest, order] < recursion.best[rest, order]
    for group in range(recursion.size):
        bit = 1 << group
        without = np.where(rest & bit, rest ^ bit, 0)
        matches = completed[without, order] + recursion.unfilled[group, order] == completed[rest, order]
        found[is_open & (rest & bit > 0) & matches & (found < 0)] = group
    return found


def in_sequence(parcel: IntArray) -> SmallArray:
    """`parcel[way, group]` numbered in the order of their first groups, as the kernel numbers them."""
    size = parcel.shape[1]
    same = parcel[:, :, None] == parcel[:, None, :]
    leader = same.argmax(axis=2)
    is_leader = (leader == np.arange(size)[None, :]) & (parcel >= 0)
    number = np.cumsum(is_leader, axis=1) - 1
    renumbered = np.take_along_axis(number, leader, axis=1)
    return np.where(parcel >= 0, renumbered, NOWHERE).astype(np.int16)
