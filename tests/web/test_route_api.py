"""Routing over the API: a run is stopped, its moves and prices are read, a warehouse is closed."""

import uuid
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.route_orders import route_orders
from fulfillment.orders.route_plans import NewPrice, begin_plan, replace_prices
from fulfillment.routing.apart import plan_here
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from tests.flows.orders import HOME, POLICY, order_of
from tests.flows.test_route_orders import BOSTON, build_halls, zones_and_rates
from tests.warehouse.halls import ANA, stock
from tests.web.test_floor_api import get, post
from tests.web.visitors import Program


@pytest.fixture
def planner(program: Callable[..., Program], in_transaction: InTransaction) -> Program:
    """A program of the planner's, and two orders that should swap their places."""

    def build(session: Session) -> None:
        bins = build_halls(session)
        zones_and_rates(session)
        accept = partial(accept_order, session, actor=ANA, policy=POLICY)
        stock(session, bins["CHI"], "TEA", 1)
        accept(request=order_of(("TEA", 1), ref="B", ship_to=BOSTON))
        stock(session, bins["BOS"], "TEA", 1)
        accept(request=order_of(("TEA", 1), ref="C", ship_to=HOME))

    in_transaction(build)
    return program("waves:write", "orders:read", "stock:read")


def route(in_transaction: InTransaction) -> uuid.UUID:
    report = route_orders(
        in_transaction, in_transaction, trigger="test", actor=ANA, time_limit_s=5, planner=plan_here
    )
    assert report.plan_id is not None
    return report.plan_id


def test_a_running_plan_is_stopped_and_an_ended_one_is_not(
    planner: Program, in_transaction: InTransaction
) -> None:
    running, ended = new_id(), route(in_transaction)
    begin = partial(begin_plan, plan_id=running, trigger="test", orders=2, now=in_transaction(read_now))
    in_transaction(begin)

    first = post(planner, f"route/plans/{running}/stop", {}, 202)
    second = post(planner, f"route/plans/{running}/stop", {}, 202)
    refused = post(planner, f"route/plans/{ended}/stop", {}, 409)

    assert (first["is_new"], second["is_new"]) == (True, False)
    assert "is applied; only a running plan can be stopped" in refused["detail"]
    assert get(planner, f"route/plans/{running}")["stop_asked_at"] is not None


def test_moves_are_listed_page_by_page_with_their_reasons(
    planner: Program, in_transaction: InTransaction
) -> None:
    plan_id = route(in_transaction)

    first = get(planner, f"route/plans/{plan_id}/moves?limit=1")
    second = get(planner, f"route/plans/{plan_id}/moves?limit=1&cursor={first['next_cursor']}")

    assert second["next_cursor"] is None
    moves = first["items"] + second["items"]
    assert [(move["outcome"], move["reason"]) for move in moves] == [("applied", "cheaper")] * 2
    assert {move["to_parts"][0]["warehouse"] for move in moves} == {"BOS", "CHI"}


def test_what_is_scarce_is_listed_with_its_price(planner: Program, in_transaction: InTransaction) -> None:
    plan_id = route(in_transaction)
    prices = [NewPrice("BOS", "", 0, 7, used=9, available=9), NewPrice("CHI", "TEA", 0, 400, 1, 1)]
    in_transaction(partial(replace_prices, plan_id=plan_id, prices=prices))

    items = get(planner, "route/prices")["items"]

    assert [(item["warehouse_code"], item["sku"], item["price_minor"]) for item in items] == [
        ("CHI", "TEA", 400),
        ("BOS", None, 7),
    ]


def test_a_closed_warehouse_asks_for_a_plan(planner: Program, in_transaction: InTransaction) -> None:
    forget = sa.text("DELETE FROM job WHERE kind = 'route_orders'")
    in_transaction(lambda session: session.connection().execute(forget))

    closed = post(planner, "warehouses/CHI/terms", {"is_active": False, "cutoff_at": "15:30"})
    missing = planner.call("POST", "/api/v1/warehouses/NIX/terms", json={"is_active": False})
    wrong = planner.call("POST", "/api/v1/warehouses/CHI/terms", json={"daily_parcel_capacity": -1})
    odd = planner.call("POST", "/api/v1/warehouses/CHI/terms", json={"cutoff_at": "25:00"})

    assert (closed["is_active"], closed["cutoff_at"]) == (False, "15:30")
    assert (missing.status_code, wrong.status_code, odd.status_code) == (404, 422, 422)
    triggers = sa.text("SELECT payload->>'trigger' FROM job WHERE kind = 'route_orders'")
    found = in_transaction(lambda session: list(session.connection().execute(triggers).scalars()))
    assert found == ["warehouse_changed"]
