"""What an order file means for the day: how much of each article is wanted where, and what will come back."""

import csv
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from fulfillment.flows.import_file import ImportedFile, read_lookups
from fulfillment.imports.classifying import classify_rows
from fulfillment.imports.grouping import PlannedOrder, plan_orders
from fulfillment.imports.matching import PlannedReturn, match_returns
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.profile_files import load_profile
from fulfillment.imports.readers import read_table

BINS_PER_AISLE = 20
AISLES = 10


@dataclass(frozen=True)
class DayPlan:
    """Units wanted by (market, SKU), and the returns the file itself brings."""

    demand: Mapping[tuple[str, str], int]
    returns: tuple[PlannedReturn, ...]


def read_day(file: ImportedFile, *, profile_name: str) -> DayPlan:
    """The demand and the returns of an order file, read by the same rules as its import.

    Raises:
        NotFoundError: there is no such profile.
        InvalidInputError: the file cannot be read as the profile needs.
    """
    profile = load_profile(profile_name)
    mapping = profile.mapping_of(FileKind.ORDERS)
    table = read_table(
        file.content, encoding=profile.encoding, delimiter=profile.delimiter, sheet=profile.sheet
    )
    classified = classify_rows(table, mapping, lookups=read_lookups(mapping, file.beside))
    plan = plan_orders(classified, mapping)
    returns, _ = match_returns(plan.return_rows, plan.orders)
    return DayPlan(_demand(plan.orders), tuple(returns))


def make_stock_file(plan: DayPlan, *, warehouses: Mapping[str, str], stock_share: float, seed: int) -> bytes:
    """A stock file that holds this share of each article's demand, spread over its market's warehouses.

    `warehouses` is country by code. A share below one leaves some lines short. Every article has one bin in
    each warehouse; the bins fill the aisles in the order of the articles.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(["warehouse", "sku", "qty", "bin"])
    for place, ((market, sku), wanted) in enumerate(sorted(plan.demand.items())):
        codes = sorted(code for code, country in warehouses.items() if country == market)
        units = (
            ceil(wanted * stock_share) if stock_share >= 1 else int(wanted * stock_share + chance.random())
        )
        for code, qty in _spread(units, codes, chance):
            writer.writerow([code, sku, qty, _bin(place)])
    return output.getvalue().encode()


def _demand(orders: Iterable[PlannedOrder]) -> dict[tuple[str, str], int]:
    demand: dict[tuple[str, str], int] = {}
    for order in orders:
        market = order.header.country or order.header.market or "US"
        for line in order.lines:
            key = (market, line.sku)
            demand[key] = demand.get(key, 0) + line.qty
    return demand


def _spread(units: int, codes: Sequence[str], chance: random.Random) -> list[tuple[str, int]]:
    """Units dealt out at random, so that no warehouse has everything and none has nothing."""
    if not codes:
        return []
    dealt = dict.fromkeys(codes, 0)
    lot = max(1, units // (4 * len(codes)))
    while units > 0:
        taken = min(lot, units)
        dealt[chance.choice(codes)] += taken
        units -= taken
    return [(code, qty) for code, qty in dealt.items() if qty]


def _bin(place: int) -> str:
    aisle, slot = divmod(place, BINS_PER_AISLE)
    return f"{chr(ord('A') + aisle % AISLES)}{aisle // AISLES + 1:02d}-{slot + 1:02d}"
