"""Plain rows as numbers; every faulty row is refused by its name."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fulfillment.core.errors import InvalidInputError
from fulfillment.routing.arrays import IntArray
from fulfillment.routing.problem import MOST_MINOR
from fulfillment.routing.rows import ProductRow, RateRow, StockRow, WarehouseRow, ZoneRow

DEEPEST_KIT = 20


def whole(value: object, row: str, what: str, *, least: int = 0) -> int:
    """The value as a whole number of at least `least`.

    Raises:
        InvalidInputError: naming the row, where it is missing, NaN, broken, too small or absurdly large.
    """
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise InvalidInputError(
            f"{row}: {what} is {number!r}, not a number. Give a whole number of at least {least}.", row=row
        )
    if not math.isfinite(number) or number != int(number):
        raise InvalidInputError(
            f"{row}: {what} is {number!r}, not a whole number. Give one of at least {least}.", row=row
        )
    if not least <= number <= MOST_MINOR:
        raise InvalidInputError(
            f"{row}: {what} is {number}. Give a whole number from {least} to {MOST_MINOR}.", row=row
        )
    return int(number)


def position(places: Mapping[str, int], name: str, row: str, what: str) -> int:
    """Where `name` stands.

    Raises:
        InvalidInputError: naming the row, where the name is not known.
    """
    found = places.get(name)
    if found is None:
        raise InvalidInputError(
            f"{row}: {what} {name!r} is not known. Correct the name, or add the row it refers to.", row=row
        )
    return found


def positions(names: Iterable[str], what: str) -> dict[str, int]:
    """Each name's position.

    Raises:
        InvalidInputError: where a name comes twice.
    """
    found: dict[str, int] = {}
    for row, name in enumerate(names):
        if name in found:
            raise InvalidInputError(
                f"{what} {name}: it is given twice (rows {found[name] + 1} and {row + 1}). Remove one.",
                row=name,
            )
        found[name] = row
    return found


@dataclass(frozen=True, slots=True)
class Goods:
    """One SKU as it is picked: its stocked parts with their number in one unit, and the unit's weights."""

    parts: tuple[tuple[int, int], ...]
    weight_g: int
    dim_weight_g: int


class Shelf:
    """The products, with kits taken apart down to what is stocked."""

    def __init__(self, products: Sequence[ProductRow]) -> None:
        self.rows = {row.sku: row for row in products}
        positions((row.sku for row in products), "Product")
        stocked = [row.sku for row in products if not row.components]
        self.skus = tuple(stocked)
        self.sku_rows = {sku: row for row, sku in enumerate(stocked)}
        self.goods = {row.sku: self._goods(row) for row in products}

    def _goods(self, product: ProductRow) -> Goods:
        row = f"Product {product.sku}"
        parts: dict[str, int] = {}
        self._take_apart(product, 1, parts, (product.sku,))
        return Goods(
            parts=tuple(sorted((self.sku_rows[sku], qty) for sku, qty in parts.items())),
            weight_g=whole(product.weight_g, row, "the weight", least=1),
            dim_weight_g=whole(product.dim_weight_g, row, "the dimensional weight"),
        )

    def _take_apart(
        self, product: ProductRow, times: int, parts: dict[str, int], path: tuple[str, ...]
    ) -> None:
        if not product.components:
            parts[product.sku] = parts.get(product.sku, 0) + times
            return
        row = f"Product {path[0]}"
        for sku, qty in product.components:
            if sku in path or len(path) > DEEPEST_KIT:
                raise InvalidInputError(
                    f"{row}: the kit contains itself ({' → '.join((*path, sku))}). "
                    f"Take {sku} out of the components of {path[-1]}.",
                    row=row,
                )
            if sku not in self.rows:
                raise InvalidInputError(
                    f"{row}: component {sku!r} is not known. Add it to the products, or correct the name.",
                    row=row,
                )
            each = whole(qty, row, f"the number of {sku}", least=1)
            self._take_apart(self.rows[sku], times * each, parts, (*path, sku))


@dataclass(slots=True)
class Groups:
    """The columns of the groups while they grow."""

    starts: list[int] = field(default_factory=lambda: [0])
    orders: list[int] = field(default_factory=list)
    skus: list[str] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    share: list[int] = field(default_factory=list)
    weight_g: list[int] = field(default_factory=list)
    dim_weight_g: list[int] = field(default_factory=list)
    unfilled_minor: list[int] = field(default_factory=list)
    shelf_class: list[int] = field(default_factory=list)
    item_starts: list[int] = field(default_factory=lambda: [0])
    item_sku: list[int] = field(default_factory=list)
    item_qty: list[int] = field(default_factory=list)

    def add(
        self, goods: Goods, *, order: int, sku: str, line: int, qty: int, unfilled: int, shelf_class: int
    ) -> None:
        """One more group, of `qty` units of these goods."""
        self.orders.append(order)
        self.skus.append(sku)
        self.line.append(line)
        self.share.append(qty)
        self.weight_g.append(goods.weight_g * qty)
        self.dim_weight_g.append(goods.dim_weight_g * qty)
        self.unfilled_minor.append(unfilled)
        self.shelf_class.append(shelf_class)
        for part, each in goods.parts:
            self.item_sku.append(part)
            self.item_qty.append(each * qty)
        self.item_starts.append(len(self.item_sku))


def shares_of_line(qty: int, most: Sequence[int]) -> list[int]:
    """The quantity as one share where some warehouse holds it whole, else cut along the largest stocks.

    What no warehouse holds is the last share, so that the rest can leave and the backlog shows what is short.
    """
    if qty <= max(most, default=0):
        return [qty]
    shares = []
    for held in sorted(most, reverse=True):
        if qty and held:
            shares.append(min(held, qty))
            qty -= shares[-1]
    return [*shares, qty] if qty else shares


def read_stock(
    stock: Iterable[StockRow], shelf: Shelf, codes: Mapping[str, int], classes: int
) -> tuple[IntArray, IntArray]:
    """`stock[class, sku, warehouse]` summed over the classes above, and `kept_back[sku, warehouse]`."""
    units = np.zeros((classes, len(shelf.skus), len(codes)), dtype=np.int64)
    kept_back = np.zeros((len(shelf.skus), len(codes)), dtype=np.int64)
    for number, entry in enumerate(stock, start=1):
        row = f"Stock row {number} (warehouse {entry.warehouse}, SKU {entry.sku})"
        sku = position(shelf.sku_rows, entry.sku, row, "stocked SKU")
        warehouse = position(codes, entry.warehouse, row, "warehouse")
        level = whole(entry.shelf_class, row, "the shelf-life class")
        if level >= classes:
            raise InvalidInputError(f"{row}: shelf-life class {level} is above {classes - 1}.", row=row)
        units[: level + 1, sku, warehouse] += whole(entry.qty, row, "the quantity")
        kept_back[sku, warehouse] += whole(entry.kept_back, row, "the quantity kept back")
    return units, kept_back


@dataclass(frozen=True, slots=True)
class Tariff:
    """Rates and zones as arrays; a row of `rate_minor` is one zone of one rate card."""

    weight_limit_g: IntArray
    rate_minor: IntArray
    zone: IntArray
    transit_days: IntArray
    destinations: dict[str, int]


def read_tariff(
    zones: Sequence[ZoneRow], rates: Sequence[RateRow], warehouses: Sequence[WarehouseRow]
) -> Tariff:
    """The rate of every zone at every weight step, a card's missing step priced as its next heavier one."""
    limits = sorted(
        {whole(rate.up_to_g, f"Rate row {n}", "the weight", least=1) for n, rate in enumerate(rates, 1)}
    )
    cards = positions(dict.fromkeys(f"{rate.rate_card}\n{rate.zone}" for rate in rates), "Zone")
    table = np.full((len(cards), len(limits)), -1, dtype=np.int64)
    for number, rate in enumerate(rates, start=1):
        card = cards[f"{rate.rate_card}\n{rate.zone}"]
        table[card, limits.index(rate.up_to_g)] = whole(rate.price_minor, f"Rate row {number}", "the price")
    for step in reversed(range(len(limits) - 1)):
        table[:, step] = np.where(table[:, step] < 0, table[:, step + 1], table[:, step])
    for name, card in cards.items():
        if table[card, -1] < 0:
            shown = " / ".join(name.split("\n"))
            raise InvalidInputError(
                f"Rates {shown}: no price for {limits[-1]} g, the heaviest step.", row=shown
            )
    codes = {row.code: number for number, row in enumerate(warehouses)}
    places = {name: number for number, name in enumerate(dict.fromkeys(zone.destination for zone in zones))}
    zone_of = np.full((len(places), len(codes)), -1, dtype=np.int64)
    transit = np.zeros_like(zone_of)
    for number, zone in enumerate(zones, start=1):
        row = f"Zone row {number} ({zone.warehouse} to {zone.destination})"
        column = position(codes, zone.warehouse, row, "warehouse")
        card_name = warehouses[column].rate_card
        if f"{card_name}\n{zone.zone}" not in cards:
            raise InvalidInputError(
                f"{row}: zone {zone.zone!r} has no rate on card {card_name!r}. Add its rates.", row=row
            )
        zone_of[places[zone.destination], column] = cards[f"{card_name}\n{zone.zone}"]
        transit[places[zone.destination], column] = whole(zone.transit_days, row, "the transit time")
    return Tariff(np.array(limits, dtype=np.int64), table, zone_of, transit, places)
