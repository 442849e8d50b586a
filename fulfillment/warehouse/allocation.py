"""Which bins and lots serve which promises: first expired, first out, and no more stops than needed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from fulfillment.warehouse.kinds import NO_LOT


@dataclass(frozen=True)
class BinStock:
    """Units of one lot in one bin that no pick task has claimed, and where along the walk the bin is."""

    location_id: uuid.UUID
    bin_code: str
    sku: str
    free: int
    lot: str = NO_LOT
    expires_on: date | None = None
    zone: str = ""
    aisle: str = ""
    walk_rank: int = 0


@dataclass(frozen=True)
class Demand:
    """Units that one line of a fulfillment order was promised and that have no pick task yet.

    They may not expire before `good_on`; None takes any that may be sold.
    """

    fulfillment_order_id: uuid.UUID
    line_id: uuid.UUID
    sku: str
    qty: int
    good_on: date | None = None


@dataclass(frozen=True)
class Take:
    """Units of one bin's lot for one line."""

    demand: Demand
    stock: BinStock
    qty: int


@dataclass(frozen=True)
class Allocation:
    """What is taken where, and what the fulfillment orders lack that cannot be served whole."""

    takes: tuple[Take, ...]
    missing: Mapping[uuid.UUID, tuple[Demand, ...]]


def may_leave(expires_on: date | None, *, today: date, min_remaining_days: int) -> bool:
    """Whether units with this expiry still have the shelf life a buyer is owed on the day they leave.

    Goods with zero days owed may leave up to and on the day they expire.
    """
    return expires_on is None or expires_on >= good_on(today=today, owed_days=min_remaining_days)


def good_on(*, today: date, owed_days: int) -> date:
    """The day on which units that leave today must not have expired yet."""
    return today + timedelta(days=owed_days)


def allocate(demands: Sequence[Demand], *, stock: Sequence[BinStock]) -> Allocation:
    """Each fulfillment order, in the order given, gets all its units or none of them.

    The lot that expires first goes first. Within one expiry date the bin that covers the rest of the demand
    with the fewest units over comes first, so that bins empty and lines need one stop; then the walk decides.
    Whoever needs long-dated units takes the shortest-dated of those that last long enough; what was promised
    class by class is then always found, because units that serve fewer demands are used first.
    """
    pools: dict[str, list[BinStock]] = {}
    for bin_stock in stock:
        if bin_stock.free > 0:
            pools.setdefault(bin_stock.sku, []).append(bin_stock)
    takes: list[Take] = []
    missing: dict[uuid.UUID, tuple[Demand, ...]] = {}
    for order_id, order_demands in _by_order(demands).items():
        trial = {d.sku: list(pools.get(d.sku, ())) for d in order_demands}
        order_takes = [take for demand in order_demands for take in _serve(demand, trial[demand.sku])]
        lacking = _lacking(order_demands, order_takes)
        if lacking:
            missing[order_id] = lacking
            continue
        pools.update(trial)
        takes.extend(order_takes)
    return Allocation(tuple(takes), missing)


def _by_order(demands: Sequence[Demand]) -> dict[uuid.UUID, list[Demand]]:
    grouped: dict[uuid.UUID, list[Demand]] = {}
    for demand in demands:
        grouped.setdefault(demand.fulfillment_order_id, []).append(demand)
    return grouped


def _serve(demand: Demand, pool: list[BinStock]) -> list[Take]:
    """Take from the pool, which is changed, until the demand is met or nothing fits it any more."""
    takes = []
    rest = demand.qty
    while rest:
        fitting = [place for place, held in enumerate(pool) if _lasts(held, demand)]
        if not fitting:
            break
        best = min(fitting, key=lambda place: _preference(pool[place], rest))
        chosen = pool[best]
        qty = min(rest, chosen.free)
        takes.append(Take(demand, chosen, qty))
        rest -= qty
        if qty == chosen.free:
            pool.pop(best)
        else:
            pool[best] = replace(chosen, free=chosen.free - qty)
    return takes


def _lasts(stock: BinStock, demand: Demand) -> bool:
    return demand.good_on is None or stock.expires_on is None or stock.expires_on >= demand.good_on


def _preference(stock: BinStock, rest: int) -> tuple[object, ...]:
    covers = stock.free >= rest
    surplus = stock.free - rest if covers else -stock.free
    walk = (stock.zone, stock.aisle, stock.walk_rank, stock.bin_code, stock.lot)
    return (stock.expires_on or date.max, not covers, surplus, *walk)


def _lacking(demands: Sequence[Demand], takes: Sequence[Take]) -> tuple[Demand, ...]:
    taken: dict[uuid.UUID, int] = {}
    for take in takes:
        taken[take.demand.line_id] = taken.get(take.demand.line_id, 0) + take.qty
    return tuple(
        replace(demand, qty=demand.qty - taken.get(demand.line_id, 0))
        for demand in demands
        if taken.get(demand.line_id, 0) < demand.qty
    )
