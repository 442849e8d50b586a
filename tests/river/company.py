"""A small company for tests of the whole river: two halls, four articles, all they need to ship."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlmodel import Session

from fulfillment.catalog.products import save_products
from fulfillment.catalog.specifications import NewProduct
from fulfillment.core.addresses import Address
from fulfillment.core.policy import CompanyPolicy
from fulfillment.orders.kinds import OnShortage, TenderKind
from fulfillment.orders.requests import LineRequest, OrderRequest, TenderRequest
from fulfillment.returns.rules_book import load_packs
from fulfillment.shipping.cartons import STANDARD_CARTONS, save_cartons
from fulfillment.shipping.terms import add_rate_card, save_zones
from fulfillment.simulation.tariffs import make_shipping_terms
from fulfillment.store.clock import read_now
from fulfillment.warehouse.layout import NewBin
from fulfillment.warehouse.setup import NewWarehouse, add_bins, create_warehouse
from tests.warehouse.halls import ANA, stock

POLICY: Final = CompanyPolicy(
    postage_quiet_s=0, postage_pending_s=0, postage_void_poll_s=0, refund_look_up_s=0, postage_lookups=2
)
HALLS: Final = {"BOS": (42.36, -71.06, "MA", "02110"), "CHI": (41.88, -87.63, "IL", "60661")}
BINS: Final = ("A-1", "A-2", "A-3")
SKUS: Final = ("CREAM", "OIL", "SOAP", "TEA")
PRICE_MINOR: Final = 1_000
HOMES: Final = tuple(
    Address("Eva Long", "", "2 Oak St", "", city, state, zip_code, "US", "", "eva@example.com")
    for city, state, zip_code in (("Chicago", "IL", "60601"), ("Boston", "MA", "02110"))
)


def found_company(session: Session, *, qty: int) -> None:
    """Both halls hold `qty` of each article: TEA in three lots in three bins, the others in one bin each."""
    save_products(
        session,
        products=[
            NewProduct(
                sku,
                f"Product {sku}",
                PRICE_MINOR,
                "USD",
                weight_g=200,
                length_mm=90,
                width_mm=60,
                height_mm=40,
                volumes={"BV": 750},
            )
            for sku in SKUS
        ],
        actor=ANA,
    )
    save_cartons(session, cartons=STANDARD_CARTONS, actor=ANA)
    terms = make_shipping_terms()
    save_zones(session, bands=terms.bands, divisors=terms.divisors, actor=ANA)
    for table in terms.rates:
        add_rate_card(session, table=table, actor=ANA)
    load_packs(session)
    for code in HALLS:
        bins = _build(session, code)
        for place, sku in zip(BINS, ("CREAM", "OIL", "SOAP"), strict=True):
            if qty:
                stock(session, bins[place], sku, qty)
        _stock_lots(session, bins, qty)


def _build(session: Session, code: str) -> dict[str, uuid.UUID]:
    latitude, longitude, state, zip_code = HALLS[code]
    address = Address(name="Hall", street1="1 Main St", city="X", state=state, zip=zip_code)
    hall = NewWarehouse(code, code, address, latitude, longitude, "America/New_York")
    create_warehouse(session, warehouse=hall, actor=ANA)
    planned = [NewBin(name, zone="A", aisle="A-1", walk_rank=rank) for rank, name in enumerate(BINS, 1)]
    return add_bins(session, warehouse_code=code, bins=planned, actor=ANA)


def _stock_lots(session: Session, bins: dict[str, uuid.UUID], qty: int) -> None:
    today = read_now(session).date()
    shares = (qty - 2 * (qty // 3), qty // 3, qty // 3)
    for number, (place, share) in enumerate(zip(BINS, shares, strict=True), start=1):
        expires_on = today + timedelta(days=100 * number)
        if share:
            stock(session, bins[place], "TEA", share, lot=f"T{number}", expires_on=expires_on)


def wish(
    ref: str,
    units: dict[str, int],
    *,
    on_shortage: OnShortage = OnShortage.SPLIT,
    provider: str = "sandbox",
    home: int = 0,
    **given: object,
) -> OrderRequest:
    """An order for these units, paid in full by card."""
    lines = tuple(LineRequest(sku, qty, PRICE_MINOR) for sku, qty in units.items())
    total_minor = sum(line.paid_minor for line in lines)
    request = OrderRequest(
        source="river",
        source_ref=ref,
        currency="USD",
        ship_to=HOMES[home],
        lines=lines,
        tenders=(TenderRequest(TenderKind.CARD, total_minor, provider, f"ch_{ref}"),),
        on_shortage=on_shortage,
    )
    return replace(request, **given)  # type: ignore[arg-type]  # the keywords are those of OrderRequest
