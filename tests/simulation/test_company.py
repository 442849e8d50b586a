from collections import Counter
from datetime import date

import pytest

from fulfillment.catalog.kinds import HazardClass, ProductKind
from fulfillment.catalog.kits import require_no_cycle
from fulfillment.catalog.specifications import check_product
from fulfillment.core.addresses import find_address_problem
from fulfillment.core.barcodes import is_gtin
from fulfillment.core.places import find_place
from fulfillment.distributors.genealogy import order_by_upline
from fulfillment.distributors.tables import MemberKind
from fulfillment.orders.kinds import OrderKind
from fulfillment.orders.requests import check_order_request
from fulfillment.simulation.company import make_company
from fulfillment.simulation.made_up import MadeUpCompany
from fulfillment.warehouse.layout import check_bins

TODAY = date(2026, 11, 27)


@pytest.fixture(scope="module")
def company() -> MadeUpCompany:
    return make_company(seed=1, today=TODAY)


def test_the_same_seed_and_day_give_the_same_company(company: MadeUpCompany) -> None:
    assert make_company(seed=1, today=TODAY) == company
    assert make_company(seed=2, today=TODAY) != company


def test_sixty_articles_can_be_stocked_sold_and_scanned(company: MadeUpCompany) -> None:
    products = [check_product(article.product) for article in company.articles]

    assert len(products) == 60
    assert all(is_gtin(product.gtin or "") for product in products)
    assert len({product.gtin for product in products}) == 60
    assert Counter(product.kind for product in products) == {
        ProductKind.GOODS: 49,
        ProductKind.SALES_AID: 9,
        ProductKind.KIT: 2,
    }
    [perfume] = [product for product in products if product.hazard_class]
    assert (perfume.hazard_class, perfume.is_limited_quantity) == (HazardClass.FLAMMABLE_LIQUID, True)


def test_kits_hold_articles_that_exist_and_never_themselves(company: MadeUpCompany) -> None:
    skus = {article.product.sku for article in company.articles}
    kits = {article.product.sku: article.parts for article in company.articles if article.parts}

    assert len(kits) == 2
    assert all(set(parts) <= skus for parts in kits.values())
    for kit_sku in kits:
        require_no_cycle(kit_sku, contents=kits)


def test_every_lot_stands_in_a_bin_of_its_own_with_one_expiry_date(company: MadeUpCompany) -> None:
    check_bins(company.bins["US-CMH"])
    codes = {bin_.code for bin_ in company.bins["US-CMH"]}
    expiries: dict[tuple[str, str], set[date | None]] = {}

    assert len(company.warehouses) == 4
    assert all(units.bin_code in codes and units.qty > 0 for units in company.stock)
    assert len({(units.warehouse_code, units.bin_code) for units in company.stock}) == len(company.stock)
    for units in company.stock:
        expiries.setdefault((units.sku, units.lot), set()).add(units.expires_on)
    assert all(len(dates) == 1 for dates in expiries.values())


def test_members_live_at_real_zips_and_stand_in_two_trees(company: MadeUpCompany) -> None:
    kinds = Counter(member.kind for member in company.members)
    uplines = {member.number: member.uplines for member in company.members}
    by_number = {member.number: member for member in company.members}
    ordered, in_circle = order_by_upline(uplines)

    assert kinds[MemberKind.DISTRIBUTOR] == 400
    assert kinds[MemberKind.PREFERRED] + kinds[MemberKind.RETAIL] == 1500
    assert in_circle == []
    assert len(ordered) == 1900
    assert sum(not names for names in uplines.values()) == 1
    assert 20 < sum(member.sponsor_number != member.enroller_number for member in company.members) < 200
    for member in company.members:
        assert find_place(member.address.zip) is not None
        assert find_address_problem(member.address) is None
        for number in member.uplines:
            assert by_number[number].kind is MemberKind.DISTRIBUTOR
            assert by_number[number].joined_on <= member.joined_on


def test_two_weeks_of_orders_are_well_formed_and_paid(company: MadeUpCompany) -> None:
    for order in company.orders:
        check_order_request(order)
        assert sum(tender.captured_minor for tender in order.tenders) == order.total_minor

    kinds = Counter(order.kind for order in company.orders)
    assert kinds[OrderKind.AUTOSHIP] > 100
    assert kinds[OrderKind.ENROLLMENT] > 5
    assert kinds[OrderKind.STANDARD] > 250
    assert len({(order.source, order.source_ref) for order in company.orders}) == len(company.orders)


def test_some_orders_have_something_for_a_person_to_decide(company: MadeUpCompany) -> None:
    wrong = [order for order in company.orders if find_address_problem(order.ship_to)]
    held = [order for order in company.orders if order.hold_code]

    assert 0 < len(wrong) < 20
    assert 0 < len(held) < 30


def test_the_last_week_of_a_month_is_busier(company: MadeUpCompany) -> None:
    by_day = Counter(
        order.ordered_at.date()
        for order in company.orders
        if order.ordered_at and order.kind is not OrderKind.AUTOSHIP and order.ordered_at.hour >= 10
    )

    assert by_day[date(2026, 11, 25)] > 1.5 * by_day[date(2026, 11, 18)]


def test_rates_rise_with_zone_and_weight(company: MadeUpCompany) -> None:
    for table in company.shipping.rates:
        prices = {(zone, grams): price for zone, grams, price in table.rows}
        weights = sorted({grams for _, grams in prices})
        assert len(prices) == len(table.rows)
        for zone in range(1, 9):
            by_weight = [prices[zone, grams] for grams in weights]
            assert by_weight == sorted(by_weight)
        for grams in weights:
            by_zone = [prices[zone, grams] for zone in range(1, 9)]
            assert by_zone == sorted(by_zone)


def test_divisors_change_on_the_day_the_carrier_says(company: MadeUpCompany) -> None:
    usps = {
        divisor.valid_from: divisor.cm3_per_kg
        for divisor in company.shipping.divisors
        if divisor.carrier == "usps"
    }

    assert usps[date(2026, 7, 12)] == 5022
    assert max(usps.values()) == 5997
