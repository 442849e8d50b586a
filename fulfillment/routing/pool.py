"""The plans of single orders worth choosing among, as columns of a program."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fulfillment.routing.alternatives import Ways
from fulfillment.routing.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    SmallArray,
    WordArray,
    concatenated_ranges,
)
from fulfillment.routing.plan import Assignment
from fulfillment.routing.usage import Entries, Meter, Sendings


@dataclass(frozen=True, eq=False)
class Columns:
    """All columns so far, in the order they came."""

    order: IntArray  # [column]
    cost: FloatArray  # [column]
    entries: Entries  # the owner is the column
    sent: Sendings  # the owner is the column


class Pool:
    """Columns without doubles. Whoever adds plans hands over a whole assignment and the orders meant."""

    def __init__(self, meter: Meter, seed: int) -> None:
        self.meter = meter
        self.problem = meter.problem
        rng = np.random.default_rng(seed)
        # A plan is known by the sum of random words of its (group, warehouse, parcel): doubles sum alike.
        self.words = rng.integers(0, 2**63, self.problem.groups, dtype=np.uint64) | np.uint64(1)
        self.known = np.zeros(0, dtype=np.uint64)
        self.order = np.zeros(0, dtype=np.int64)
        self.cost = np.zeros(0)
        self.sent = Sendings(*(np.zeros(0, dtype=np.int64) for _ in range(4)))

    def __len__(self) -> int:
        return len(self.order)

    def names(self, assignment: Assignment) -> WordArray:
        """One word per order that tells its plan."""
        return np.add.reduceat(
            self._words(slice(None), assignment.warehouse, assignment.parcel), self.problem.group_start[:-1]
        )

    def _words(self, groups: IntArray | slice, warehouse: SmallArray, parcel: SmallArray) -> WordArray:
        place = (warehouse.astype(np.int64) + 2) * 1024 + parcel.astype(np.int64) + 2
        mixed = place.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        return self.words[groups] * mixed

    def add(self, assignment: Assignment, orders: BoolArray) -> int:
        """The plans of the orders marked become columns where they are new; returns how many were."""
        names = self.names(assignment)
        chosen = np.flatnonzero(orders & ~np.isin(names, self.known))
        if not len(chosen):
            return 0
        is_new = np.zeros(self.problem.orders, dtype=bool)
        is_new[chosen] = True
        sent = self.meter.sendings(assignment, is_new)
        column = np.cumsum(is_new) - 1
        staying = np.where(assignment.warehouse < 0, self.problem.unfilled_minor, 0)
        self._append(
            chosen,
            names[chosen],
            Sendings(column[sent.owner], sent.group, sent.warehouse, sent.parcel),
            np.bincount(self.problem.order_of_group, staying, self.problem.orders)[chosen],
        )
        return len(chosen)

    def add_ways(self, ways: Iterable[Ways]) -> None:
        """These plans become columns where they are new."""
        batches = [self._distinct(way) for way in ways]
        if not batches:
            return
        names = np.concatenate([own for _, own in batches])
        is_new = ~np.isin(names, self.known)
        ends = np.cumsum([len(own) for _, own in batches])[:-1]
        found = [
            way.some(np.flatnonzero(chosen))
            for (way, _), chosen in zip(batches, np.split(is_new, ends), strict=True)
        ]
        offset = np.cumsum([0, *(len(way.order) for way in found)])
        sent = [way.sendings(start) for way, start in zip(found, offset, strict=False)]
        staying = [
            np.where(way.warehouse < 0, self.problem.unfilled_minor[way.groups], 0).sum(axis=1)
            for way in found
        ]
        self._append(
            np.concatenate([way.order for way in found]),
            names[is_new],
            Sendings(
                np.concatenate([one.owner for one in sent]),
                np.concatenate([one.group for one in sent]),
                np.concatenate([one.warehouse for one in sent]),
                np.concatenate([one.parcel for one in sent]),
            ),
            np.concatenate(staying),
        )

    def _distinct(self, way: Ways) -> tuple[Ways, WordArray]:
        """The same plan is found once by each of its parcels."""
        names = self._words(way.groups, way.warehouse, way.parcel).sum(axis=1, dtype=np.uint64)
        distinct, first = np.unique(names, return_index=True)
        return way.some(first), distinct

    def _append(
        self, order: IntArray, names: WordArray, sent: Sendings, staying: IntArray | FloatArray
    ) -> None:
        """New columns; the owner in `sent` counts from the first of them."""
        cost = self.meter.sending_costs(sent, len(order)) + staying
        self.sent = Sendings(
            np.concatenate([self.sent.owner, sent.owner + len(self)]),
            np.concatenate([self.sent.group, sent.group]),
            np.concatenate([self.sent.warehouse, sent.warehouse]),
            np.concatenate([self.sent.parcel, sent.parcel]),
        )
        self.order = np.concatenate([self.order, order])
        self.cost = np.concatenate([self.cost, np.rint(cost)])
        self.known = np.concatenate([self.known, names])

    def keep(self, chosen: BoolArray) -> None:
        """Only the marked columns stay."""
        number = np.cumsum(chosen) - 1
        is_kept = chosen[self.sent.owner]
        self.sent = Sendings(
            number[self.sent.owner[is_kept]],
            self.sent.group[is_kept],
            self.sent.warehouse[is_kept],
            self.sent.parcel[is_kept],
        )
        self.order, self.cost, self.known = self.order[chosen], self.cost[chosen], self.known[chosen]

    def columns(self) -> Columns:
        """Everything a program needs; cuts added since are counted."""
        return Columns(self.order, self.cost, self.meter.uses(self.sent), self.sent)

    def write(self, columns: IntArray, into: Assignment) -> None:
        """The plans of these columns, one per order, replace those of their orders."""
        orders = self.order[columns]
        starts = self.problem.group_start[orders]
        groups = concatenated_ranges(starts, self.problem.group_start[orders + 1] - starts)
        into.warehouse[groups] = -1
        into.parcel[groups] = -1
        is_chosen = np.zeros(len(self), dtype=bool)
        is_chosen[columns] = True
        picked = is_chosen[self.sent.owner]
        into.warehouse[self.sent.group[picked]] = self.sent.warehouse[picked]
        into.parcel[self.sent.group[picked]] = self.sent.parcel[picked]
