"""A made-up company of any size for the autoship bench: halls, stock, and due orders at real US ZIP codes."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

import numpy as np
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.products import save_products
from fulfillment.catalog.specifications import NewProduct
from fulfillment.core.addresses import Address
from fulfillment.core.places import Place, list_places
from fulfillment.flows.enter_autoships import DueRow
from fulfillment.orders.requests import LineRequest, OrderRequest
from fulfillment.routing.arrays import IntArray
from fulfillment.shipping.terms import DistanceBand, RateTable, add_rate_card, save_zones
from fulfillment.store.actors import Actor
from fulfillment.store.bulk import copy_rows
from fulfillment.store.session import InTransaction
from fulfillment.warehouse.layout import NewBin
from fulfillment.warehouse.setup import NewWarehouse, add_bins, create_warehouse
from fulfillment.warehouse.tables import Availability

BENCH: Final = Actor(kind="system", id="bench", name="Bench")
LINES_SHARE: Final = (0.45, 0.25, 0.15, 0.10, 0.05)
QTY_SHARE: Final = (0.75, 0.2, 0.05)
POPULARITY: Final = -0.7
STOCKED_AT: Final = 0.6
"""The share of warehouses that keep an SKU."""

CARRIER: Final = "usps"
BANDS_KM: Final = (80, 241, 483, 966, 1_609, 2_253, 2_897, 20_100)
STEP_G: Final = 454
STEPS: Final = 70

FIRST_DAY: Final = date(2020, 1, 1)
SUBSCRIPTION_DAYS: Final = 2_000
PRIORITY: Final = 5

# What a hall holds came from the supplier in one movement, as the books want it.
_POST_STOCK = (
    """
    INSERT INTO lot (sku, lot, state) SELECT sku, '', 'sellable' FROM product ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO balance (location_id, sku, lot, is_outside, qty, claimed)
    SELECT l.id, a.sku, '', false, a.sellable, 0
    FROM availability a JOIN location l ON l.warehouse_code = a.warehouse_code AND l.kind = 'bin'
    """,
    """
    INSERT INTO balance (location_id, sku, lot, is_outside, qty, claimed)
    SELECT l.id, a.sku, '', true, -sum(a.sellable), 0
    FROM availability a CROSS JOIN location l WHERE l.kind = 'supplier' GROUP BY l.id, a.sku
    """,
    """
    INSERT INTO movement (moved_at, sku, lot, qty, from_location_id, to_location_id, reason, subject_kind,
        subject_id, posting_key, actor, serials)
    SELECT now(), a.sku, '', a.sellable, s.id, l.id, 'receipt', 'bench', a.warehouse_code,
        'bench:' || a.warehouse_code || ':' || a.sku, 'system:bench', '[]'
    FROM availability a JOIN location l ON l.warehouse_code = a.warehouse_code AND l.kind = 'bin'
    CROSS JOIN location s WHERE s.kind = 'supplier'
    """,
    "ANALYZE",
)


@dataclass(frozen=True)
class Demand:
    """What is wanted and what there is."""

    warehouses: int
    places: tuple[Place, ...]
    popularity: tuple[float, ...]
    line_start: IntArray  # [order + 1]
    sku: IntArray  # [line]
    qty: IntArray  # [line]
    place: IntArray  # [order]
    age_days: IntArray  # [order] of the subscription
    stock: IntArray  # [sku, warehouse]
    weight_g: IntArray  # [sku]

    @property
    def lines(self) -> int:
        """All lines of all due orders."""
        return len(self.sku)

    def due_rows(self) -> list[DueRow]:
        """The list the shop would send."""
        return [self._due_row(number) for number in range(len(self.place))]

    def _due_row(self, number: int) -> DueRow:
        lines = range(int(self.line_start[number]), int(self.line_start[number + 1]))
        place = self.places[int(self.place[number])]
        request = OrderRequest(
            source="bench",
            source_ref=f"SUB-{number}",
            currency="USD",
            ship_to=address_at(place, f"Buyer {number}"),
            lines=tuple(LineRequest(sku_name(int(self.sku[n])), int(self.qty[n]), 1_000) for n in lines),
            priority=PRIORITY,
        )
        since = FIRST_DAY + timedelta(days=int(self.age_days[number]))
        return DueRow(f"SUB-{number}", request, since)


def make_demand(orders: int, warehouses: int, skus: int, tightness: float, seed: int) -> Demand:
    """Due orders with popular and rare SKUs, and stock that lies unevenly; the same for the same seed."""
    rng = np.random.default_rng(seed)
    popularity = rng.permutation(np.arange(1, skus + 1, dtype=np.float64) ** POPULARITY)
    popularity /= popularity.sum()
    counts = np.minimum(rng.choice(np.arange(1, len(LINES_SHARE) + 1), size=orders, p=LINES_SHARE), skus)
    starts = np.concatenate([[0], np.cumsum(counts)])
    sku = rng.choice(skus, size=int(starts[-1]), p=popularity)
    qty = rng.choice(np.arange(1, len(QTY_SHARE) + 1), size=len(sku), p=QTY_SHARE)
    wanted = np.bincount(sku, qty, skus)
    shares = rng.dirichlet(np.ones(warehouses), skus) * (rng.random((skus, warehouses)) < STOCKED_AT)
    shares[np.arange(skus), rng.integers(0, warehouses, skus)] += 1.0 / warehouses
    shares /= shares.sum(axis=1, keepdims=True)
    # A third beside the run's own share is there for the single orders of the day.
    total = np.maximum(wanted, 1.0) / tightness * rng.lognormal(0.0, 0.25, skus) + 5
    found = list_places()
    chosen = rng.choice(len(found), size=min(3_000, len(found)), replace=False)
    places = tuple(found[row] for row in chosen.tolist())
    return Demand(
        warehouses=warehouses,
        places=places,
        popularity=tuple(popularity.tolist()),
        line_start=starts,
        sku=sku,
        qty=qty,
        place=rng.integers(0, len(places), orders),
        age_days=rng.integers(0, SUBSCRIPTION_DAYS, orders),
        stock=np.floor(total[:, None] * shares + rng.random((skus, warehouses))).astype(np.int64),
        weight_g=np.minimum(rng.lognormal(5.8, 0.8, skus), 8_000).astype(np.int64) + 20,
    )


def build_company(in_transaction: InTransaction, demand: Demand) -> None:
    """The company stands in the books with its halls, products, prices and stock."""
    in_transaction(_save_terms)
    for first in range(0, len(demand.weight_g), 500):
        in_transaction(partial(_save_products, demand=demand, first=first, last=first + 500))
    for number in range(demand.warehouses):
        in_transaction(partial(_build_hall, place=demand.places[number], code=hall_code(number)))
    in_transaction(partial(_fill_halls, demand=demand))
    for statement in _POST_STOCK:
        in_transaction(partial(_execute, statement=statement))


def sku_name(number: int) -> str:
    """The SKU of this number."""
    return f"SKU-{number:05}"


def hall_code(number: int) -> str:
    """The warehouse of this number."""
    return f"W{number:02}"


def address_at(place: Place, name: str) -> Address:
    """A house in this place."""
    return Address(
        name=name,
        street1="1 Main St",
        city=place.city,
        state=place.state,
        zip=place.zip,
        email=f"{name.replace(' ', '.').lower()}@example.com",
        latitude=place.latitude,
        longitude=place.longitude,
    )


def _save_terms(session: Session) -> None:
    """Prices with the shape of published tariffs: dearer by distance, weight and step."""
    bands = [
        DistanceBand(CARRIER, "US", zone, max_km, 1 + zone // 2) for zone, max_km in enumerate(BANDS_KM, 1)
    ]
    save_zones(session, bands=bands, divisors=[], actor=BENCH)
    rows = tuple(
        (zone, STEP_G * step, 640 + 34 * (zone - 1) + (step - 1) * (30 + 12 * (zone - 1)))
        for zone in range(1, len(BANDS_KM) + 1)
        for step in range(1, STEPS + 1)
    )
    table = RateTable(CARRIER, "usps_ground_advantage", "US", "USD", FIRST_DAY, "made up", rows)
    add_rate_card(session, table=table, actor=BENCH)


def _save_products(session: Session, *, demand: Demand, first: int, last: int) -> None:
    products = [
        NewProduct(
            sku_name(number),
            f"Product {number}",
            1_000,
            "USD",
            weight_g=int(demand.weight_g[number]),
            volumes={"BV": 500},
        )
        for number in range(first, min(last, len(demand.weight_g)))
    ]
    save_products(session, products=products, actor=BENCH)


def _build_hall(session: Session, *, place: Place, code: str) -> None:
    create_warehouse(
        session,
        warehouse=NewWarehouse(
            code, f"Hall {code}", address_at(place, code), place.latitude, place.longitude, place.time_zone
        ),
        actor=BENCH,
    )
    planned = [NewBin(f"{code}-1", zone="A", aisle="A-1", walk_rank=1)]
    add_bins(session, warehouse_code=code, bins=planned, actor=BENCH)


def _fill_halls(session: Session, *, demand: Demand) -> None:
    rows = (
        (hall_code(hall), sku_name(sku), int(demand.stock[sku, hall]), 0, 0)
        for sku, hall in np.argwhere(demand.stock > 0).tolist()
    )
    copy_rows(
        session,
        table=Availability,
        columns=["warehouse_code", "sku", "sellable", "reserved", "kept_back"],
        rows=rows,
    )


def _execute(session: Session, *, statement: str) -> None:
    session.connection().execute(sa.text(statement))
