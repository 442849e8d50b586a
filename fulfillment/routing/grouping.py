"""Orders brought together in blocks by what they compete for."""

import numpy as np

from fulfillment.routing.arrays import FloatArray, IntArray
from fulfillment.routing.problem import Problem
from fulfillment.routing.usage import Meter


class Grouping:
    """Sorts orders by scarce item or by region; the sequence of the sorts is shuffled by the seed."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.rng = np.random.default_rng(seed)

    def blocks(self, orders: IntArray, prices: FloatArray, turn: int, size: int) -> list[IntArray]:
        """The orders in blocks of at most `size`: by dearest item in even turns, by region in odd ones."""
        key = (self._items(prices) if turn % 2 == 0 else self._regions())[orders]
        sequence = orders[np.argsort(key, kind="stable")]
        count = -(-len(sequence) // size)
        return [np.sort(block) for block in np.array_split(sequence, count)] if count else []

    def _items(self, prices: FloatArray) -> IntArray:
        """`key[order]`: the item whose price, over all warehouses, weighs most in the order."""
        problem = self.problem
        dear = prices[: problem.stock.size].reshape(problem.stock.shape).sum(axis=(0, 2))
        weight = dear[problem.item_sku] * problem.item_qty
        owner = problem.order_of_group[problem.group_of_item]
        dearest = np.zeros(problem.orders, dtype=np.int64)
        sequence = np.argsort(weight, kind="stable")
        dearest[owner[sequence]] = problem.item_sku[sequence]
        return np.asarray(self.rng.permutation(len(problem.skus))[dearest])

    def _regions(self) -> IntArray:
        """`key[order]`: destinations of the same nearest warehouse stand together."""
        zone = self.problem.zone
        near = np.where(zone < 0, zone.max(initial=0) + 1, zone)
        places = np.lexsort((self.rng.random(len(near)), near.argmin(axis=1)))
        rank = np.empty(len(places), dtype=np.int64)
        rank[places] = np.arange(len(places))
        return np.asarray(rank[self.problem.destination])


def share_of_spare(meter: Meter, spare: IntArray, number: int, blocks: int) -> IntArray:
    """What block `number` of several solved side by side may use beyond its own.

    Stock and capacity are shared out; cuts follow from them, so every block has a cut's whole spare.
    """
    share = spare.copy()
    real = spare[: meter.real_rows]
    share[: meter.real_rows] = real // blocks + ((np.arange(len(real)) + number) % blocks < real % blocks)
    return share
