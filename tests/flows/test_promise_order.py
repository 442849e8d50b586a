from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.ban_book import NewBan
from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.products import save_products, set_kit_contents
from fulfillment.catalog.specifications import NewProduct
from fulfillment.core.addresses import Address
from fulfillment.core.errors import ConflictError, NotFoundError, OutOfStockError
from fulfillment.core.ids import new_id
from fulfillment.core.states import OrderState
from fulfillment.flows.accept_order import AcceptedOrder, accept_order
from fulfillment.flows.ban_shipping import ban_shipping, switch_shipping_ban
from fulfillment.flows.hold_order import release_hold
from fulfillment.flows.release_wave import release_wave
from fulfillment.orders.kinds import OnShortage, OrderKind
from fulfillment.store.clock import read_now
from fulfillment.warehouse.layout import NewBin
from fulfillment.warehouse.reservations import keep_back
from fulfillment.warehouse.setup import NewWarehouse, add_bins, create_warehouse
from tests.flows.orders import HOME, POLICY, order_of
from tests.flows.test_route_orders import zones_and_rates
from tests.warehouse.halls import ANA, list_products, stock

BOSTON = replace(HOME, city="Boston", state="MA", zip="02110")
PLACES = {"BOS": (42.36, -71.06, "MA", "02110"), "CHI": (41.88, -87.63, "IL", "60661")}


@pytest.fixture
def halls(session: Session) -> dict[str, Any]:
    """Empty halls in Boston and Chicago, with zones and rates; TEA and OIL can be sold."""
    bins = {}
    for code, (latitude, longitude, state, zip_code) in PLACES.items():
        address = Address(name="Hall", street1="1 Main St", city="X", state=state, zip=zip_code)
        hall = NewWarehouse(code, code, address, latitude, longitude, "America/New_York")
        create_warehouse(session, warehouse=hall, actor=ANA)
        planned = [NewBin(name, zone="A", aisle="A-1", walk_rank=1) for name in ("A-1", "A-2")]
        bins[code] = add_bins(session, warehouse_code=code, bins=planned, actor=ANA)
    list_products(session, "TEA", "OIL")
    zones_and_rates(session)
    return bins


def accept(session: Session, *lines: tuple[str, int], ref: str = "S-1", **given: Any) -> AcceptedOrder:  # noqa: ANN401 - the keywords of OrderRequest
    return accept_order(session, request=order_of(*lines, ref=ref, **given), actor=ANA, policy=POLICY)


def places(accepted: AcceptedOrder) -> list[tuple[str | None, list[tuple[str, int]]]]:
    return [(part.warehouse_code, [(u.sku, u.qty) for u in part.units]) for part in accepted.parts]


def rows(session: Session, query: str) -> list[Any]:
    return [tuple(row) for row in session.connection().execute(sa.text(query))]


def reasons(session: Session, ref: str = "S-1") -> list[dict[str, Any]]:
    query = """
        SELECT f.reasons FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
        WHERE o.source_ref = :ref ORDER BY f.number
    """
    return list(session.connection().execute(sa.text(query), {"ref": ref}).scalars())


def set_price(session: Session, code: str, sku: str, price_minor: int, shelf_class: int = 0) -> None:
    plan_id = new_id()
    session.connection().execute(
        sa.text(
            "INSERT INTO route_plan (id, state, trigger, is_trial, changes, started_at, progress, orders, "
            "moved, skipped, cost_before_minor, cost_after_minor, bound_minor, report, beat_at) VALUES "
            "(:id, 'applied', 'test', false, '[]', now(), '{}', 0, 0, 0, 0, 0, 0, '{}', now())"
        ),
        {"id": plan_id},
    )
    session.connection().execute(
        sa.text("INSERT INTO row_price VALUES (:code, :sku, :level, :price, 1, 1, :id)"),
        {"code": code, "sku": sku, "level": shelf_class, "price": price_minor, "id": plan_id},
    )


def test_the_nearer_warehouse_serves_and_the_other_is_named_with_what_it_costs_more(
    session: Session, halls: dict[str, Any]
) -> None:
    stock(session, halls["BOS"]["A-1"], "TEA", 5)
    stock(session, halls["CHI"]["A-1"], "TEA", 5)

    accepted = accept(session, ("TEA", 2), ship_to=BOSTON)

    assert places(accepted) == [("BOS", [("TEA", 2)])]
    [told] = reasons(session)
    chosen, other = told["alternatives"]
    assert told["rule"] == "cheapest_now"
    assert (chosen["warehouses"], chosen["is_chosen"]) == (["BOS"], True)
    assert (other["warehouses"], other["is_chosen"], other["ruled_out_by"]) == (["CHI"], False, [])
    assert other["cost_minor"] > chosen["cost_minor"] > 0
    assert rows(session, "SELECT cost_minor FROM fulfillment_order") == [(chosen["cost_minor"],)]


def test_the_last_unit_near_a_customer_is_not_spent_on_another(
    session: Session, halls: dict[str, Any]
) -> None:
    stock(session, halls["BOS"]["A-1"], "TEA", 1)
    stock(session, halls["CHI"]["A-1"], "TEA", 1)
    set_price(session, "BOS", "TEA", 10_000)

    first = accept(session, ("TEA", 1), ref="A", ship_to=BOSTON)
    second = accept(session, ("TEA", 1), ref="B", ship_to=BOSTON)

    assert [places(each) for each in (first, second)] == [
        [("CHI", [("TEA", 1)])],
        [("BOS", [("TEA", 1)])],
    ]
    [told] = reasons(session, "A")
    [scarce] = told["alternatives"][1]["ruled_out_by"]
    assert (scarce["reason"], scarce["warehouse"], scarce["price_minor"]) == ("dearer", "BOS", 7_500)
    [paid] = reasons(session, "B")
    assert paid["prices"] == [
        {"warehouse": "BOS", "sku": "TEA", "shelf_class": 0, "units": 1, "price_minor": 7_500}
    ]


def test_a_price_steers_and_never_leaves_an_order_waiting(session: Session, halls: dict[str, Any]) -> None:
    stock(session, halls["BOS"]["A-1"], "TEA", 9)
    set_price(session, "BOS", "TEA", 2_000_000_000)

    accepted = accept(session, ("TEA", 9))

    assert places(accepted) == [("BOS", [("TEA", 9)])]


def test_a_line_no_warehouse_has_whole_is_divided_among_them(session: Session, halls: dict[str, Any]) -> None:
    stock(session, halls["BOS"]["A-1"], "TEA", 4)
    stock(session, halls["CHI"]["A-1"], "TEA", 3)

    accepted = accept(session, ("TEA", 6), on_shortage=OnShortage.BACKORDER)

    assert sorted(places(accepted), key=str) == [("BOS", [("TEA", 4)]), ("CHI", [("TEA", 2)])]


def test_lines_of_one_article_are_divided_as_one(session: Session, halls: dict[str, Any]) -> None:
    stock(session, halls["CHI"]["A-1"], "TEA", 5)

    accepted = accept(session, ("TEA", 3), ("TEA", 3))

    assert places(accepted) == [("CHI", [("TEA", 3), ("TEA", 2)]), (None, [("TEA", 1)])]


def test_an_order_that_ships_complete_leaves_from_one_warehouse_or_waits(
    session: Session, halls: dict[str, Any]
) -> None:
    stock(session, halls["BOS"]["A-1"], "TEA", 1)
    stock(session, halls["CHI"]["A-1"], "OIL", 1)

    waits = accept(session, ("TEA", 1), ("OIL", 1), ref="A", ships_complete=True)
    stock(session, halls["CHI"]["A-1"], "TEA", 1)
    leaves = accept(session, ("TEA", 1), ("OIL", 1), ref="B", ships_complete=True)

    assert places(waits) == [(None, [("TEA", 1), ("OIL", 1)])]
    assert places(leaves) == [("CHI", [("TEA", 1), ("OIL", 1)])]


def test_the_parts_of_a_kit_leave_together_or_not_at_all(session: Session, halls: dict[str, Any]) -> None:
    kit = NewProduct("SET", "Set", 2_000, "USD", kind=ProductKind.KIT)
    save_products(session, products=[kit], actor=ANA)
    set_kit_contents(session, kit_sku="SET", parts={"TEA": 1, "OIL": 2}, actor=ANA)
    stock(session, halls["BOS"]["A-1"], "TEA", 9)
    stock(session, halls["CHI"]["A-1"], "OIL", 9)

    apart = accept(session, ("SET", 1), ref="A")
    stock(session, halls["BOS"]["A-1"], "OIL", 2)
    together = accept(session, ("SET", 1), ref="B")

    assert places(apart) == [(None, [("OIL", 2), ("TEA", 1)])]
    assert places(together) == [("BOS", [("OIL", 2), ("TEA", 1)])]


def test_a_pinned_order_takes_what_its_warehouse_has_and_waits_for_the_rest(
    session: Session, halls: dict[str, Any]
) -> None:
    stock(session, halls["BOS"]["A-1"], "TEA", 2)
    stock(session, halls["CHI"]["A-1"], "TEA", 9)

    accepted = accept(session, ("TEA", 5), pinned_warehouse_code="BOS")

    assert places(accepted) == [("BOS", [("TEA", 2)]), (None, [("TEA", 3)])]
    barred = [way["ruled_out_by"][0]["reason"] for way in reasons(session)[0]["alternatives"][1:]]
    assert barred == ["barred", "short"]


def test_what_no_warehouse_has_is_told_with_what_each_has(session: Session, halls: dict[str, Any]) -> None:
    stock(session, halls["CHI"]["A-1"], "TEA", 2)

    accept(session, ("TEA", 5), on_shortage=OnShortage.BACKORDER)

    [told] = reasons(session)
    assert told["rule"] == "out_of_stock"
    short = [
        (ruling["warehouse"], ruling["needed"], ruling["left"])
        for way in told["alternatives"]
        for ruling in way["ruled_out_by"]
    ]
    assert sorted(short) == [("BOS", 5, 0), ("CHI", 5, 2)]


def test_units_kept_back_for_autoships_are_not_promised_to_others(
    session: Session, halls: dict[str, Any]
) -> None:
    stock(session, halls["CHI"]["A-1"], "TEA", 5)
    keep_back(session, deltas={("CHI", "TEA"): 4})

    accepted = accept(session, ("TEA", 2))

    assert places(accepted) == [("CHI", [("TEA", 1)]), (None, [("TEA", 1)])]


def test_an_autoship_is_promised_only_units_that_keep_its_days_longer(
    session: Session, halls: dict[str, Any]
) -> None:
    today: date = read_now(session).date()
    stock(session, halls["CHI"]["A-1"], "TEA", 5, lot="SOON", expires_on=today + timedelta(days=29))
    stock(session, halls["CHI"]["A-2"], "TEA", 2, lot="LATE", expires_on=today + timedelta(days=31))

    ordinary = accept(session, ("TEA", 1), ref="A")
    autoship = accept(session, ("TEA", 3), ref="B", kind=OrderKind.AUTOSHIP)
    another = accept(session, ("TEA", 1), ref="C", kind=OrderKind.AUTOSHIP)
    rest = accept(session, ("TEA", 9), ref="D")

    assert places(ordinary) == [("CHI", [("TEA", 1)])]
    assert places(autoship) == [("CHI", [("TEA", 2)]), (None, [("TEA", 1)])]
    assert places(another) == [(None, [("TEA", 1)])]
    assert places(rest) == [("CHI", [("TEA", 4)]), (None, [("TEA", 5)])]
    ruling = reasons(session, "C")[0]["alternatives"][0]["ruled_out_by"][0]
    assert (ruling["reason"], ruling["shelf_class"]) == ("short", 1)


def test_a_wave_finds_the_long_dated_units_that_were_promised(
    session: Session, halls: dict[str, Any]
) -> None:
    today: date = read_now(session).date()
    stock(session, halls["CHI"]["A-1"], "TEA", 2, lot="SOON", expires_on=today + timedelta(days=10))
    stock(session, halls["CHI"]["A-2"], "TEA", 2, lot="LATE", expires_on=today + timedelta(days=90))
    accept(session, ("TEA", 2), ref="A", priority=9)
    accept(session, ("TEA", 2), ref="B", kind=OrderKind.AUTOSHIP, priority=1)

    wave = release_wave(session, warehouse_code="CHI", actor=ANA)

    assert (wave.orders, wave.short) == (2, ())
    taken = """
        SELECT o.source_ref, t.lot, t.qty FROM pick_task t
        JOIN fulfillment_order f ON f.id = t.fulfillment_order_id JOIN customer_order o ON o.id = f.order_id
        ORDER BY 1
    """
    assert rows(session, taken) == [("A", "SOON", 2), ("B", "LATE", 2)]


def test_an_order_may_ask_for_longer_than_its_kind_is_granted(
    session: Session, halls: dict[str, Any]
) -> None:
    today: date = read_now(session).date()
    stock(session, halls["CHI"]["A-1"], "TEA", 5, lot="SOON", expires_on=today + timedelta(days=89))

    accepted = accept(session, ("TEA", 1), shelf_days=75)

    assert places(accepted) == [(None, [("TEA", 1)])]


def test_a_banned_warehouse_is_passed_over_and_named(session: Session, halls: dict[str, Any]) -> None:
    stock(session, halls["BOS"]["A-1"], "TEA", 9)
    stock(session, halls["CHI"]["A-1"], "TEA", 9)
    ban = NewBan("Boston has no licence for tea", sku="TEA", country="US", state="MA", warehouse_code="BOS")
    ban_shipping(session, ban=ban, actor=ANA)

    accepted = accept(session, ("TEA", 1), ship_to=BOSTON)

    assert places(accepted) == [("CHI", [("TEA", 1)])]
    [told] = reasons(session)
    assert told["alternatives"][1]["ruled_out_by"] == [
        {"reason": "barred", "warehouse": "BOS", "sku": "TEA", "bar": 4}
    ]


def test_an_order_that_no_warehouse_may_send_is_held_until_the_rule_changes(
    session: Session, halls: dict[str, Any]
) -> None:
    stock(session, halls["CHI"]["A-1"], "TEA", 9)
    ban = NewBan("Massachusetts forbids it", sku="TEA", country="US", state="MA")
    ban_id = ban_shipping(session, ban=ban, actor=ANA)

    accepted = accept(session, ("TEA", 1), ship_to=BOSTON)

    assert accepted.state is OrderState.HELD
    assert accepted.hold is not None
    assert (accepted.hold.code, accepted.hold.released_by) == ("ban", "supervisor")
    assert accepted.hold.note == "No warehouse may send TEA to Boston, MA, US: Massachusetts forbids it."
    with pytest.raises(ConflictError, match="cannot go on"):
        release_hold(session, order_id=accepted.order_id, note="x", actor=ANA, policy=POLICY)
    switch_shipping_ban(session, ban_id=ban_id, is_active=False, actor=ANA)
    [part] = release_hold(session, order_id=accepted.order_id, note="x", actor=ANA, policy=POLICY)
    assert part.warehouse_code == "CHI"


def test_a_change_of_the_book_asks_for_a_plan(session: Session) -> None:
    query = sa.text("SELECT payload->>'trigger' FROM job WHERE kind = 'route_orders'")
    list_products(session, "TEA")

    ban_shipping(session, ban=NewBan("Fragile", sku="TEA", country="US"), actor=ANA)

    assert session.connection().execute(query).scalars().all() == ["bans_changed"]


def test_a_ban_on_a_part_holds_the_kit(session: Session, halls: dict[str, Any]) -> None:
    kit = NewProduct("SET", "Set", 2_000, "USD", kind=ProductKind.KIT)
    save_products(session, products=[kit], actor=ANA)
    set_kit_contents(session, kit_sku="SET", parts={"TEA": 1, "OIL": 2}, actor=ANA)
    ban_shipping(session, ban=NewBan("No oil by air", sku="OIL", to_military=True), actor=ANA)
    military = replace(HOME, city="APO", state="AE", zip="09012")

    accepted = accept(session, ("SET", 1), ship_to=military)

    assert accepted.hold is not None
    assert accepted.hold.note == (
        "No warehouse may send OIL to the military address APO, AE, US: No oil by air."
    )


def test_a_ban_that_names_an_unknown_warehouse_is_refused(session: Session) -> None:
    with pytest.raises(NotFoundError, match="There is no warehouse MOON"):
        ban_shipping(session, ban=NewBan("x", warehouse_code="MOON"), actor=ANA)


def test_a_place_nobody_knows_and_a_country_without_rates_are_served_all_the_same(
    session: Session, halls: dict[str, Any]
) -> None:
    stock(session, halls["CHI"]["A-1"], "TEA", 9)
    military = replace(HOME, city="APO", state="AE", zip="09012")
    abroad = replace(HOME, city="Toronto", state="ON", zip="M5V 2T6", country="CA")

    there = accept(session, ("TEA", 1), ref="A", ship_to=military)
    further = accept(session, ("TEA", 1), ref="B", ship_to=abroad, market="CA")

    assert [places(each) for each in (there, further)] == [[("CHI", [("TEA", 1)])]] * 2


def test_refuse_names_what_is_missing_and_reserves_nothing(session: Session, halls: dict[str, Any]) -> None:
    stock(session, halls["CHI"]["A-1"], "TEA", 2)

    with pytest.raises(OutOfStockError, match="3 of TEA"), session.begin_nested():
        accept(session, ("TEA", 3), on_shortage=OnShortage.REFUSE)

    assert rows(session, "SELECT sum(reserved) FROM availability") == [(0,)]
