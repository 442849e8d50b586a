import uuid
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.parts_of_plan import parts_of
from fulfillment.flows.route_orders import RouteReport, route_orders
from fulfillment.orders.kinds import OnShortage
from fulfillment.reads.audit import audit_books
from fulfillment.reads.routing_rows import RoutedLine
from fulfillment.reads.unreleased import UnreleasedUnits
from fulfillment.shipping.terms import add_rate_card, save_zones
from fulfillment.simulation.tariffs import make_shipping_terms
from fulfillment.store.session import InTransaction, read_only
from fulfillment.warehouse.layout import NewBin
from fulfillment.warehouse.setup import NewWarehouse, add_bins, create_warehouse
from tests.flows.orders import HOME, POLICY, order_of
from tests.warehouse.halls import ANA, list_products, stock

BOSTON = replace(HOME, city="Boston", state="MA", zip="02110")
CHICAGO = HOME
PLACES = {"BOS": (42.36, -71.06, "MA", "02110"), "CHI": (41.88, -87.63, "IL", "60661")}


def build_halls(session: Session) -> dict[str, Any]:
    bins = {}
    for code, (latitude, longitude, state, zip_code) in PLACES.items():
        address = Address(name="Hall", street1="1 Main St", city="X", state=state, zip=zip_code)
        hall = NewWarehouse(code, code, address, latitude, longitude, "America/New_York")
        create_warehouse(session, warehouse=hall, actor=ANA)
        planned = [NewBin("A-1", zone="A", aisle="A-1", walk_rank=1)]
        bins[code] = add_bins(session, warehouse_code=code, bins=planned, actor=ANA)["A-1"]
    list_products(session, "TEA", "OIL")
    return bins


def route(engine: Engine, in_transaction: InTransaction, is_dry_run: bool = False) -> RouteReport:
    return route_orders(
        in_transaction,
        lambda work: read_only(engine, work),
        trigger="test",
        actor=ANA,
        time_limit_s=10,
        is_dry_run=is_dry_run,
    )


def places(session: Session) -> list[tuple[str, str | None, str, int]]:
    query = """
        SELECT o.source_ref, f.warehouse_code, f.state, l.qty FROM fulfillment_order f
        JOIN fulfillment_order_line l ON l.fulfillment_order_id = f.id AND l.qty > 0
        JOIN customer_order o ON o.id = f.order_id WHERE f.state <> 'cancelled' ORDER BY 1, 2
    """
    return [tuple(row) for row in session.connection().execute(sa.text(query))]


@pytest.fixture
def two_halls(in_transaction: InTransaction) -> dict[str, Any]:
    def build(session: Session) -> dict[str, Any]:
        bins = build_halls(session)
        zones_and_rates(session)
        return bins

    return in_transaction(build)


def zones_and_rates(session: Session) -> None:
    """The zones and prices of the made-up company: what is far costs more."""
    terms = make_shipping_terms()
    save_zones(session, bands=terms.bands, divisors=terms.divisors, actor=ANA)
    for table in terms.rates:
        add_rate_card(session, table=table, actor=ANA)


def test_two_orders_swap_the_last_units_that_each_took_from_the_other(
    engine: Engine, in_transaction: InTransaction, two_halls: dict[str, Any]
) -> None:
    def place(session: Session) -> None:
        stock(session, two_halls["CHI"], "TEA", 1)
        accept_order(session, request=order_of(("TEA", 1), ref="B", ship_to=BOSTON), actor=ANA, policy=POLICY)
        stock(session, two_halls["BOS"], "TEA", 1)
        accept_order(
            session, request=order_of(("TEA", 1), ref="C", ship_to=CHICAGO), actor=ANA, policy=POLICY
        )

    in_transaction(place)

    report = route(engine, in_transaction)

    assert (report.orders, report.moved, report.skipped) == (2, 2, 0)
    assert report.cost_after_minor < report.cost_before_minor
    assert in_transaction(places) == [("B", "BOS", "promised", 1), ("C", "CHI", "promised", 1)]
    assert read_only(engine, audit_books).violations == 0


def test_a_backorder_is_promised_once_its_stock_is_there(
    engine: Engine, in_transaction: InTransaction, two_halls: dict[str, Any]
) -> None:
    request = order_of(("TEA", 2), ("OIL", 1), ref="B", on_shortage=OnShortage.BACKORDER)
    in_transaction(lambda session: accept_order(session, request=request, actor=ANA, policy=POLICY))
    in_transaction(lambda session: stock(session, two_halls["BOS"], "TEA", 2))
    assert route(engine, in_transaction).moved == 0
    in_transaction(lambda session: stock(session, two_halls["BOS"], "OIL", 1))

    report = route(engine, in_transaction)

    assert report.moved == 1
    assert in_transaction(places) == [("B", "BOS", "promised", 2), ("B", "BOS", "promised", 1)]
    assert read_only(engine, audit_books).violations == 0


def test_a_dry_run_plans_and_writes_nothing(
    engine: Engine, in_transaction: InTransaction, two_halls: dict[str, Any]
) -> None:
    request = order_of(("TEA", 1), ref="B")
    in_transaction(lambda session: accept_order(session, request=request, actor=ANA, policy=POLICY))
    in_transaction(lambda session: stock(session, two_halls["BOS"], "TEA", 1))

    report = route(engine, in_transaction, is_dry_run=True)

    assert (report.plan_id, report.moved) == (None, 1)
    assert in_transaction(places) == [("B", None, "backordered", 1)]


def test_with_nothing_to_route_nothing_is_planned(engine: Engine, in_transaction: InTransaction) -> None:
    assert route(engine, in_transaction) == RouteReport.of_nothing()


def test_pieces_of_a_divided_line_that_all_have_to_wait_wait_with_all_their_units() -> None:
    line_id = uuid.uuid4()
    pieces = [
        RoutedLine((UnreleasedUnits(line_id, line_id, "TEA", qty, site),), is_kit=False)
        for qty, site in ((1, "EAST"), (2, "WEST"))
    ]

    [part] = parts_of(pieces, parcels=[])

    assert part.warehouse_code is None
    assert [(units.order_line_id, units.qty) for units in part.units] == [(line_id, 3)]
