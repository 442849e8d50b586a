"""The routing problem as arrays with named axes: what is to be sent, from where, and what each way costs."""

from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cached_property

import numpy as np

from fulfillment.core.errors import InvalidInputError
from fulfillment.routing.arrays import BoolArray, ByteArray, IntArray

NO_DUE_DATE = 1_000_000
UNLIMITED = 2**40
MOST_MINOR = 2**31 - 1


class Bar(IntEnum):
    """Why a group may not leave from a warehouse whatever the stock; OPEN where it may."""

    OPEN = 0
    NO_ZONE = 1
    CLOSED = 2
    PINNED = 3
    BANNED = 4


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything the planner knows. Money is whole minor units, weight grams, time whole days from today.

    A group is an order line, a kit, or the share of a line too big for any one warehouse; its items leave
    in one parcel or not at all. The groups of order `o` are `group_start[o]:group_start[o + 1]`, the items
    of group `g` are `item_start[g]:item_start[g + 1]`. Stock is cumulative over shelf-life classes:
    `stock[class, sku, warehouse]` counts the units that last at least that class, so row 0 is the total.
    """

    order_ids: tuple[str, ...]
    warehouse_codes: tuple[str, ...]
    skus: tuple[str, ...]
    destinations: tuple[str, ...]
    group_start: IntArray  # [order + 1]
    destination: IntArray  # [order] row of zone
    priority: IntArray  # [order] higher is served first
    due_days: IntArray  # [order] NO_DUE_DATE where nothing was promised
    late_minor: IntArray  # [order] cost of one day late
    is_ship_complete: BoolArray  # [order]
    line: IntArray  # [group] position of its line in the order as given
    line_share: IntArray  # [group] units of that line in this group
    weight_g: IntArray  # [group]
    dim_weight_g: IntArray  # [group] dimensional weight
    unfilled_minor: IntArray  # [group] cost of leaving it in the backlog
    shelf_class: IntArray  # [group] least remaining life it accepts
    bar: ByteArray  # [group, warehouse] a Bar
    item_start: IntArray  # [group + 1]
    item_sku: IntArray  # [item]
    item_qty: IntArray  # [item]
    stock: IntArray  # [class, sku, warehouse] units that last at least the class
    kept_back: IntArray  # [sku, warehouse] units of it not to be spent
    capacity: IntArray  # [warehouse] parcels that can still leave, UNLIMITED where nothing binds
    handling_minor: IntArray  # [warehouse] per unit
    pack_minor: IntArray  # [warehouse] per parcel
    ready_days: IntArray  # [warehouse] 1 where today's cut-off has passed
    zone: IntArray  # [destination, warehouse] row of rate_minor, -1 where nothing goes there
    transit_days: IntArray  # [destination, warehouse]
    weight_limit_g: IntArray  # [step] heaviest parcel of the step, ascending
    rate_minor: IntArray  # [zone, step]
    split_minor: int  # each parcel of an order after its first

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def orders(self) -> int:
        """How many orders."""
        return len(self.order_ids)

    @property
    def groups(self) -> int:
        """How many groups."""
        return len(self.line)

    @property
    def warehouses(self) -> int:
        """How many warehouses."""
        return len(self.warehouse_codes)

    @cached_property
    def available(self) -> IntArray:
        """`available[class, sku, warehouse]`: stock less what is kept back, never below zero."""
        return np.asarray(np.maximum(self.stock - self.kept_back[None, :, :], 0))

    @cached_property
    def order_of_group(self) -> IntArray:
        """`order_of_group[group]`."""
        return np.repeat(np.arange(self.orders, dtype=np.int64), np.diff(self.group_start))

    @cached_property
    def group_of_item(self) -> IntArray:
        """`group_of_item[item]`."""
        return np.repeat(np.arange(self.groups, dtype=np.int64), np.diff(self.item_start))

    @cached_property
    def units(self) -> IntArray:
        """`units[group]`: pieces to be handled."""
        sums = np.concatenate([[0], np.cumsum(self.item_qty)])
        units: IntArray = sums[self.item_start[1:]] - sums[self.item_start[:-1]]
        return units

    @cached_property
    def order_rows(self) -> dict[str, int]:
        """Position of each order by its id."""
        return {name: row for row, name in enumerate(self.order_ids)}


def _require(fault: BoolArray | np.bool, names: tuple[str, ...], what: str) -> None:
    """Every entry of `fault` is false, or the first true one is named.

    Raises:
        InvalidInputError: naming the row and its fault.
    """
    rows = np.flatnonzero(np.atleast_1d(fault))
    if len(rows):
        row = int(rows[0])
        raise InvalidInputError(f"{names[row]}: {what}.", row=names[row], rows=len(rows))


def check_problem(problem: Problem) -> None:
    """The arrays fit one another and hold no value that would make a plan meaningless.

    Raises:
        InvalidInputError: naming the first faulty row.
    """
    orders = tuple(f"Order {name}" for name in problem.order_ids)
    owners = [orders[row] for row in problem.order_of_group]
    lines = tuple(f"{owner}, line {line + 1}" for owner, line in zip(owners, problem.line, strict=True))
    items = tuple(lines[group] for group in problem.group_of_item)
    warehouses = tuple(f"Warehouse {code}" for code in problem.warehouse_codes)
    skus = tuple(f"SKU {sku}" for sku in problem.skus)
    _require(np.diff(problem.group_start) < 1, orders, "it has no line")
    _require(problem.late_minor < 0, orders, "the cost of a late day is negative")
    _require(problem.weight_g <= 0, lines, "the weight is zero or negative")
    _require(problem.dim_weight_g < 0, lines, "the dimensional weight is negative")
    _require(problem.unfilled_minor < 0, lines, "the cost of leaving it unfilled is negative")
    _require(problem.shelf_class >= len(problem.stock), lines, "no stock is kept by this shelf-life class")
    _require(np.diff(problem.item_start) < 1, lines, "it holds nothing")
    _require(problem.item_qty <= 0, items, "the quantity is zero or negative")
    _require((problem.stock < 0).any(axis=(0, 2)), skus, "a stock quantity is negative")
    _require(
        (np.diff(problem.stock, axis=0) > 0).any(axis=(0, 2)), skus, "a longer-dated stock exceeds its total"
    )
    _require((problem.kept_back < 0).any(axis=1), skus, "the quantity kept back is negative")
    for name in ("capacity", "handling_minor", "pack_minor", "ready_days"):
        _require(getattr(problem, name) < 0, warehouses, f"{name.replace('_', ' ')} is negative")
    _check_rates(problem)


def _check_rates(problem: Problem) -> None:
    """The weight steps rise, every zone has its rates and no price or time is negative.

    Raises:
        InvalidInputError: naming the step or zone.
    """
    zones = tuple(f"Zone row {row}" for row in range(len(problem.rate_minor)))
    places = tuple(f"Destination {name}" for name in problem.destinations)
    if not len(problem.weight_limit_g) or (np.diff(problem.weight_limit_g, prepend=0) <= 0).any():
        raise InvalidInputError("The weight limits of the rates must rise from above zero.", row="rates")
    _require((problem.rate_minor < 0).any(axis=1), zones, "a rate is negative")
    _require((problem.zone >= len(problem.rate_minor)).any(axis=1), places, "a zone has no rate")
    _require((problem.transit_days < 0).any(axis=1), places, "a transit time is negative")
    if problem.split_minor < 0:
        raise InvalidInputError("The cost of a split is negative.", row="terms")
