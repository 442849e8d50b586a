"""The four distribution centers of the made-up company, their bins, and what stands in them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from fulfillment.core.addresses import Address
from fulfillment.core.places import locate
from fulfillment.simulation.made_up import Article, StockedUnits
from fulfillment.warehouse.layout import NewBin, lay_out_bins
from fulfillment.warehouse.setup import NewWarehouse

DAYS_PER_MONTH = 30
LOTS_PER_ARTICLE = 2
OLD_LOT_SHARE = 0.125
LEAST_DEMAND = 12
USUAL_COVER = 3.0
SCARCE_COVER = 0.55
"""Units on hand for one unit of two weeks' demand."""


@dataclass(frozen=True)
class MadeUpLot:
    """Units made together; an article without shelf life has one lot without a name."""

    name: str
    expires_on: date | None


@dataclass(frozen=True)
class Site:
    """One center: its share of the stock, the parcels it can send a day, and cents of handling for each."""

    code: str
    town: str
    street: str
    state: str
    zip: str
    time_zone: str
    stock_share: float
    parcels_a_day: int
    handling_minor: int


SITES = (
    Site("US-CMH", "Columbus", "1875 Distribution Drive", "OH", "43217", "America/New_York", 0.32, 900, 95),
    Site("US-DFW", "Dallas", "4400 Logistics Parkway", "TX", "75241", "America/Chicago", 0.26, 800, 88),
    Site("US-RNO", "Reno", "1201 Warehouse Way", "NV", "89506", "America/Los_Angeles", 0.24, 700, 102),
    Site("US-ATL", "McDonough", "310 Industrial Boulevard", "GA", "30253", "America/New_York", 0.18, 600, 90),
)

ZONES = {"A": (4, 10, 3), "C": (3, 10, 3), "S": (1, 10, 3), "H": (1, 4, 1), "B": (2, 12, 3)}
"""Aisles, bays and levels: fast movers, cosmetics, sales aids, hazardous goods in a cabinet, and bulk."""


def make_warehouses() -> tuple[NewWarehouse, ...]:
    """The four centers: north-east, south, west and south-east."""
    return tuple(_make_warehouse(site) for site in SITES)


def make_bins() -> tuple[NewBin, ...]:
    """The bins of one center; all four are built alike."""
    return tuple(
        bin_
        for zone, (aisles, bays, levels) in ZONES.items()
        for bin_ in lay_out_bins(zone=zone, aisles=aisles, bays=bays, levels=levels)
    )


def stock_halls(
    random: Random,
    *,
    articles: Sequence[Article],
    demand: Mapping[str, int],
    bins: Sequence[NewBin],
    today: date,
) -> tuple[StockedUnits, ...]:
    """Each article in each center: a share of three times its demand, in two lots, one bin a lot.

    Some articles are scarce, so that routing and backorders have something to do; one lot in eight is near
    its end, so that the rule of remaining shelf life has, too.
    """
    stocked = [article for article in articles if not article.parts]
    scarce = set(random.sample(range(len(stocked)), k=max(1, len(stocked) // 12)))
    lots = [make_lots(random, article, today) for article in stocked]
    units: list[StockedUnits] = []
    for site in SITES:
        free = {zone: [bin_ for bin_ in bins if bin_.zone == zone] for zone in ZONES}
        for place, article in enumerate(stocked):
            wanted = max(demand.get(article.product.sku, 0), LEAST_DEMAND)
            cover = SCARCE_COVER if place in scarce else USUAL_COVER
            total = math.ceil(wanted * cover * site.stock_share)
            for lot, qty in _share_out(total, lots[place]):
                bin_ = _take_bin(free, article.zone)
                units.append(
                    StockedUnits(site.code, bin_.code, article.product.sku, qty, lot.name, lot.expires_on)
                )
    return tuple(units)


def make_lots(random: Random, article: Article, today: date) -> tuple[MadeUpLot, ...]:
    """The lots of an article, the same in every center; a name says article, year, week and batch."""
    if not article.shelf_months:
        return (MadeUpLot("", None),)
    lots = []
    shelf_days = article.shelf_months * DAYS_PER_MONTH
    for batch in range(1, LOTS_PER_ARTICLE + 1):
        age = random.randrange(2, 20) * 7 + (batch - 1) * 60
        if random.random() < OLD_LOT_SHARE:
            age = shelf_days - article.product.min_remaining_days - 10
        made_on = today - timedelta(days=age)
        year, week, _ = made_on.isocalendar()
        name = f"{article.product.sku.replace('-', '')}{year % 100:02d}{week:02d}{batch}"
        lots.append(MadeUpLot(name, made_on + timedelta(days=shelf_days)))
    return tuple(lots)


def _share_out(total: int, lots: Sequence[MadeUpLot]) -> list[tuple[MadeUpLot, int]]:
    """The units by lot; lots that would get none are left out."""
    shares = [total // len(lots) + (1 if place < total % len(lots) else 0) for place in range(len(lots))]
    return [(lot, share) for lot, share in zip(lots, shares, strict=True) if share]


def _take_bin(free: dict[str, list[NewBin]], zone: str) -> NewBin:
    """The next free bin of the zone, or of the bulk zone where that is full."""
    return (free[zone] or free["B"]).pop(0)


def _make_warehouse(site: Site) -> NewWarehouse:
    address = locate(
        Address(
            company=f"Distribution Center {site.town}",
            street1=site.street,
            city=site.town,
            state=site.state,
            zip=site.zip,
            phone="+1 555 0100",
            email=f"{site.code.lower()}@example.com",
        )
    )
    assert address.latitude is not None, "the ZIPs of the centers are real"
    assert address.longitude is not None, "the ZIPs of the centers are real"
    return NewWarehouse(
        code=site.code,
        name=site.town,
        address=address,
        latitude=address.latitude,
        longitude=address.longitude,
        time_zone=site.time_zone,
        daily_parcel_capacity=site.parcels_a_day,
        handling_minor=site.handling_minor,
    )
