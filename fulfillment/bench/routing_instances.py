"""Made-up routing instances of any size and scarcity, the same for the same seed."""

import numpy as np

from fulfillment.routing.arrays import FloatArray, IntArray
from fulfillment.routing.problem import NO_DUE_DATE, Problem, check_problem

DESTINATIONS = 300
ZONES = 7
STEPS = 60
STEP_G = 500
LINES_SHARE = (0.45, 0.25, 0.13, 0.08, 0.04, 0.03, 0.01, 0.01)
QTY_SHARE = (0.75, 0.18, 0.05, 0.02)
LONG_DATED_SHARE = 0.15
SHIP_COMPLETE_SHARE = 0.1
DUE_SHARE = 0.3
PRIORITY_SHARE = 0.05
KIT_SHARE = 0.03
STOCK_EVENNESS = 1.0  # the parameter of the Dirichlet distribution over warehouses
UNFILLED_MINOR = 2_500
CAPACITY_SLACK = 1.4
DEFAULT_TIGHTNESS = 0.26  # 12 % of the units contested at 10,000 orders, 10 warehouses, 2,000 SKUs


def make_instance(
    *, orders: int, warehouses: int, skus: int, tightness: float = DEFAULT_TIGHTNESS, seed: int = 0
) -> Problem:
    """A problem with `tightness` units wanted per unit in stock, unevenly spread over the warehouses."""
    rng = np.random.default_rng(seed)
    zone, transit, nearest = _geography(rng, warehouses)
    popularity = np.arange(1, skus + 1, dtype=np.float64) ** -0.7
    popularity = rng.permutation(popularity / popularity.sum())
    lines = rng.choice(np.arange(1, len(LINES_SHARE) + 1), size=orders, p=LINES_SHARE)
    groups = int(lines.sum())
    order_of = np.repeat(np.arange(orders), lines)
    # A kit is a group of two or three items; its first item stands for an ordinary line as well.
    items_in = np.where(rng.random(groups) < KIT_SHARE, rng.integers(2, 4, groups), 1)
    items = int(items_in.sum())
    item_sku = _distinct_skus(rng, popularity, np.repeat(np.arange(groups), items_in), items)
    item_qty = np.repeat(rng.choice(np.arange(1, len(QTY_SHARE) + 1), size=groups, p=QTY_SHARE), items_in)
    item_start = np.concatenate([[0], np.cumsum(items_in)])
    unit_g = np.minimum(rng.lognormal(5.8, 0.8, skus), 8_000).astype(np.int64) + 20
    weight = np.add.reduceat(unit_g[item_sku] * item_qty, item_start[:-1])
    priority = (rng.random(orders) < PRIORITY_SHARE).astype(np.int64)
    stock = _stock(rng, item_sku, item_qty, shape=(skus, warehouses), tightness=tightness)
    place = rng.integers(0, DESTINATIONS, orders)
    demand = np.bincount(nearest[place], minlength=warehouses)
    problem = Problem(
        order_ids=tuple(f"O{row}" for row in range(orders)),
        warehouse_codes=tuple(f"W{row}" for row in range(warehouses)),
        skus=tuple(f"S{row}" for row in range(skus)),
        destinations=tuple(f"D{row}" for row in range(DESTINATIONS)),
        group_start=np.concatenate([[0], np.cumsum(lines)]),
        destination=place,
        priority=priority,
        due_days=np.where(rng.random(orders) < DUE_SHARE, rng.integers(2, 6, orders), NO_DUE_DATE),
        late_minor=150 * (1 + priority),
        is_ship_complete=rng.random(orders) < SHIP_COMPLETE_SHARE,
        line=np.arange(groups) - np.repeat(np.cumsum(lines) - lines, lines),
        line_share=item_qty[item_start[:-1]],
        weight_g=weight,
        dim_weight_g=(weight * rng.uniform(0.5, 1.6, groups)).astype(np.int64),
        unfilled_minor=(UNFILLED_MINOR * (1 + priority))[order_of],
        shelf_class=(rng.random(orders) < LONG_DATED_SHARE).astype(np.int64)[order_of],
        bar=np.where(rng.random((groups, warehouses)) < 0.01, 4, 0).astype(np.uint8),
        item_start=item_start,
        item_sku=item_sku,
        item_qty=item_qty,
        stock=stock,
        kept_back=np.zeros((skus, warehouses), dtype=np.int64),
        capacity=(CAPACITY_SLACK * (0.5 * demand + 0.5 * orders / warehouses)).astype(np.int64) + 1,
        handling_minor=rng.integers(20, 60, warehouses),
        pack_minor=rng.integers(60, 120, warehouses),
        ready_days=(rng.random(warehouses) < 0.2).astype(np.int64),
        zone=zone,
        transit_days=transit,
        weight_limit_g=STEP_G * np.arange(1, STEPS + 1),
        rate_minor=_rates(),
        split_minor=200,
    )
    check_problem(problem)
    return problem


def _geography(rng: np.random.Generator, warehouses: int) -> tuple[IntArray, IntArray, IntArray]:
    """`zone` and `transit_days[destination, warehouse]`, and the nearest warehouse of each destination."""
    places = rng.random((DESTINATIONS, 2)) * np.array([4_000.0, 2_000.0])
    sites = rng.random((warehouses, 2)) * np.array([4_000.0, 2_000.0])
    distance = np.hypot(*(places[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    zone = np.searchsorted(np.array([150, 400, 800, 1_300, 2_000, 2_800]), distance)
    return zone.astype(np.int64), 1 + zone * 2 // 3, distance.argmin(axis=1)


def _rates() -> IntArray:
    """`rate[zone, step]`: dearer and steeper with distance, as parcel tariffs are."""
    zone, step = np.arange(ZONES)[:, None], np.arange(STEPS)[None, :]
    return np.asarray(480 + 70 * zone + step * (22 + 11 * zone), dtype=np.int64)


def _distinct_skus(
    rng: np.random.Generator, popularity: FloatArray, group_of: IntArray, items: int
) -> IntArray:
    """An SKU for each item by popularity; a group that would hold one twice takes its neighbor instead."""
    sku = rng.choice(len(popularity), size=items, p=popularity)
    for shift in (1, 2):
        is_twin = np.zeros(items, dtype=bool)
        for back in (1, 2):
            is_twin[back:] |= (sku[back:] == sku[:-back]) & (group_of[back:] == group_of[:-back])
        sku = np.where(is_twin, (sku + shift) % len(popularity), sku)
    return sku.astype(np.int64)


def _stock(
    rng: np.random.Generator,
    item_sku: IntArray,
    item_qty: IntArray,
    *,
    shape: tuple[int, int],
    tightness: float,
) -> IntArray:
    """`stock[class, sku, warehouse]` in two shelf-life classes."""
    wanted = np.bincount(item_sku, item_qty, shape[0])
    shares = rng.dirichlet(np.full(shape[1], STOCK_EVENNESS), shape[0])
    total = (np.maximum(wanted, 1.0) / tightness * rng.lognormal(0.0, 0.4, shape[0]))[:, None] * shares
    units = np.floor(total + rng.random(shape)).astype(np.int64)
    return np.stack([units, rng.binomial(units, rng.uniform(0.3, 0.9, shape))])
