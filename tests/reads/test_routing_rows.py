import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.ban_book import NewBan, add_ban
from fulfillment.core.errors import InvalidInputError
from fulfillment.flows.release_wave import release_wave
from fulfillment.orders.kinds import OnShortage, OrderKind
from fulfillment.reads.routing_base import BaseKeeper
from fulfillment.reads.routing_rows import problem_of, read_routing_rows
from fulfillment.reads.unreleased import UnreleasedOrder, UnreleasedUnits, list_unreleased
from fulfillment.reads.warehouse_days import Taken, read_taken, warehouse_row
from fulfillment.routing.rows import BanRow, RateRow, StockRow
from fulfillment.shipping.terms import DistanceBand, RateTable, add_rate_card, save_zones
from fulfillment.store.clock import read_now
from fulfillment.warehouse.reservations import keep_back
from tests.flows.test_promise_order import accept
from tests.warehouse.halls import ANA, NOON, build_hall, list_products, stock


@pytest.fixture
def hall(session: Session) -> dict[str, uuid.UUID]:
    bins = build_hall(session)
    list_products(session, "TEA", "OIL")
    return bins


def order_of(
    *lines: tuple[str, int],
    state: str = "IL",
    zip_code: str = "60661",
    **given: Any,  # noqa: ANN401 - fields of any type
) -> UnreleasedOrder:
    ids = [uuid.uuid4() for _ in lines]
    units = tuple(
        UnreleasedUnits(line, line, sku, qty, None) for line, (sku, qty) in zip(ids, lines, strict=True)
    )
    plain = UnreleasedOrder(
        uuid.uuid4(), "US", zip_code, 41.9, -87.6, 5, None, OnShortage.SPLIT, False, None, units, state=state
    )
    return replace(plain, **given)


def test_what_orders_hold_is_theirs_and_what_is_kept_back_never_takes_it(
    session: Session, hall: dict[str, uuid.UUID]
) -> None:
    stock(session, hall["A-1"], "TEA", 5)
    accept(session, ("TEA", 4))
    keep_back(session, deltas={("CHI", "TEA"): 9})

    rows = read_routing_rows(session, orders=list_unreleased(session), now=NOON)

    assert rows.stock == [StockRow("CHI", "TEA", 4)]


def test_a_runs_own_orders_may_take_what_is_kept_back(session: Session, hall: dict[str, uuid.UUID]) -> None:
    stock(session, hall["A-1"], "TEA", 5)
    keep_back(session, deltas={("CHI", "TEA"): 3})
    orders = [order_of(("TEA", 1))]

    single = read_routing_rows(session, orders=orders, now=NOON)
    run = read_routing_rows(session, orders=orders, now=NOON, may_take_kept_back=True)

    assert (single.stock, run.stock) == ([StockRow("CHI", "TEA", 2)], [StockRow("CHI", "TEA", 5)])


def test_stock_is_told_apart_by_class_only_where_an_order_needs_it(
    session: Session, hall: dict[str, uuid.UUID]
) -> None:
    now = read_now(session)
    today: date = now.date()
    stock(session, hall["A-1"], "TEA", 5, lot="SOON", expires_on=today + timedelta(days=10))
    stock(session, hall["A-2"], "TEA", 3, lot="LATE", expires_on=today + timedelta(days=40))
    stock(session, hall["A-1"], "OIL", 2)
    accept(session, ("TEA", 2), kind=OrderKind.AUTOSHIP)
    ordinary = [order_of(("TEA", 1), ("OIL", 1))]
    demanding = [order_of(("TEA", 1), shelf_days=30), *ordinary]

    plain = read_routing_rows(session, orders=ordinary, now=now)
    nested = read_routing_rows(session, orders=demanding, now=now)
    unreleased = read_routing_rows(session, orders=list_unreleased(session), now=now)

    assert plain.stock == [StockRow("CHI", "OIL", 2), StockRow("CHI", "TEA", 6)]
    assert nested.stock == [
        StockRow("CHI", "OIL", 2),
        StockRow("CHI", "TEA", 5, shelf_class=0),
        StockRow("CHI", "TEA", 1, shelf_class=1),
    ]
    assert unreleased.stock == [
        StockRow("CHI", "TEA", 5, shelf_class=0),
        StockRow("CHI", "TEA", 3, shelf_class=1),
    ]
    assert [row.shelf_class for row in nested.orders] == [1, 0]


def test_a_ban_concerns_the_orders_to_its_places(session: Session, hall: dict[str, uuid.UUID]) -> None:
    add_ban(session, ban=NewBan("no", sku="TEA", country="US", state="WI", warehouse_code="CHI"), actor=ANA)
    near = order_of(("TEA", 1), ("OIL", 1))
    far = order_of(("TEA", 1), ("OIL", 1), state="WI")

    rows = read_routing_rows(session, orders=[near, far], now=NOON)

    assert rows.orders[0].destination != rows.orders[1].destination
    assert rows.bans == [BanRow("CHI", "TEA", rows.orders[1].destination)]
    assert problem_of(rows).bar.tolist() == [[0], [0], [4], [0]]


def test_what_rarely_changes_is_read_once_and_again_after_any_change(
    session: Session, hall: dict[str, uuid.UUID]
) -> None:
    keeper = BaseKeeper()
    day = NOON.date()
    first = keeper.get(session, on=day)

    assert keeper.get(session, on=day) is first
    add_ban(session, ban=NewBan("no", sku="TEA"), actor=ANA)
    second = keeper.get(session, on=day)
    assert len(second.bans.bans) == 1
    session.connection().execute(sa.text("UPDATE warehouse SET is_active = false"))
    third = keeper.get(session, on=day)
    assert third.active_codes == frozenset()
    assert keeper.get(session, on=day + timedelta(days=1)) is not third


def test_what_was_kept_for_a_minute_is_read_again(session: Session, hall: dict[str, uuid.UUID]) -> None:
    seconds = [0.0]
    keeper = BaseKeeper(clock=lambda: seconds[0])
    first = keeper.get(session, on=NOON.date())

    seconds[0] = 59.0
    assert keeper.get(session, on=NOON.date()) is first
    seconds[0] = 61.0
    assert keeper.get(session, on=NOON.date()) is not first


def test_a_single_order_needs_only_the_steps_up_to_its_weight(
    session: Session, hall: dict[str, uuid.UUID]
) -> None:
    table = RateTable(
        "van", "ground", "US", "USD", date(2026, 1, 1), "test", tuple((1, g, g) for g in (100, 250, 400, 900))
    )
    save_zones(session, bands=[DistanceBand("van", "US", 1, 20_000, 2)], divisors=(), actor=ANA)
    add_rate_card(session, table=table, actor=ANA)

    rows = read_routing_rows(session, orders=[order_of(("TEA", 2))], now=NOON)

    assert rows.rates == [
        RateRow("US van 1", 100, 100),
        RateRow("US van 1", 250, 250),
        RateRow("US van 1", 10**9, 1_800),
    ]


def test_an_article_that_left_the_catalog_is_named(session: Session, hall: dict[str, uuid.UUID]) -> None:
    with pytest.raises(InvalidInputError, match="SKU GONE is not in the catalog"):
        read_routing_rows(session, orders=[order_of(("GONE", 1))], now=NOON)


def test_a_measure_out_of_all_reason_is_cut_and_stops_no_order(
    session: Session, hall: dict[str, uuid.UUID]
) -> None:
    session.connection().execute(
        sa.text("UPDATE product SET length_mm = 2000000, width_mm = 2000000, height_mm = 2000000")
    )

    rows = read_routing_rows(session, orders=[order_of(("TEA", 2))], now=NOON)

    assert problem_of(rows).dim_weight_g.tolist() == [2 * 10**9]


def test_today_has_the_parcels_left_that_were_not_released_since_midnight_there(
    session: Session, hall: dict[str, uuid.UUID]
) -> None:
    session.connection().execute(
        sa.text("UPDATE warehouse SET daily_parcel_capacity = 10, time_zone = 'UTC', cutoff_at = '23:59:59'")
    )
    stock(session, hall["A-1"], "TEA", 5)
    for ref in ("A", "B"):
        accept(session, ("TEA", 1), ref=ref)
    now = read_now(session)
    base = BaseKeeper().get(session, on=now.date())
    before = read_taken(session, sites=base.sites, now=now)
    release_wave(session, warehouse_code="CHI", actor=ANA)

    after = read_taken(session, sites=base.sites, now=now)

    assert (before, after) == ({}, {"CHI": Taken(before_cutoff=2)})


@pytest.mark.parametrize(
    ("hour", "taken", "expected"),
    [
        (9, Taken(), (40, 0)),
        (9, Taken(before_cutoff=4), (36, 0)),
        (9, Taken(before_cutoff=10), (30, 1)),
        (15, Taken(before_cutoff=4, after_cutoff=3), (27, 1)),
    ],
)
@pytest.mark.usefixtures("hall")
def test_what_misses_todays_departure_leaves_a_day_later(
    session: Session, hour: int, taken: Taken, expected: tuple[int, int]
) -> None:
    session.connection().execute(
        sa.text("UPDATE warehouse SET daily_parcel_capacity = 10, time_zone = 'UTC', cutoff_at = :at"),
        {"at": time(14)},
    )
    [site] = BaseKeeper().get(session, on=NOON.date()).sites

    row = warehouse_row(site, now=datetime(2026, 3, 2, hour, tzinfo=UTC), taken=taken)

    assert (row.capacity, row.ready_days) == expected
