"""Planners beside each other and the floor: moves are made once, and released things are never touched."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.flows.cancel_order import cancel_order
from fulfillment.flows.route_orders import RouteReport, route_orders
from fulfillment.orders.kinds import RoutePlanState
from fulfillment.routing.apart import plan_here
from fulfillment.store.session import InTransaction, read_only
from tests.races.crowds import run_together
from tests.river.books import require_sound_books
from tests.river.company import POLICY, found_company, wish
from tests.river.steps import River
from tests.warehouse.halls import ANA, BEN

T = TypeVar("T")
ORDERS = 120
"""Three transactions' worth of moves."""


@pytest.fixture
def river(in_transaction: InTransaction) -> River:
    """Orders of Bostonians that all stand in Chicago and may go home."""
    in_transaction(partial(found_company, qty=200))
    river = River(in_transaction)
    for number in range(ORDERS):
        river.order(wish(f"{number:03}", {"SOAP": 1}, home=1, pinned_warehouse_code="CHI"))
    unpin = sa.text("UPDATE customer_order SET pinned_warehouse_code = NULL")
    in_transaction(lambda session: session.connection().execute(unpin))
    return river


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def route(engine: Engine, in_transaction: InTransaction) -> RouteReport:
    return route_orders(
        in_transaction,
        partial(read_only, engine),
        trigger="race",
        actor=ANA,
        time_limit_s=20,
        planner=plan_here,
    )


class Interrupted:
    """Transactions, with something done by others as soon as the first moves are made."""

    def __init__(self, inner: InTransaction, engine: Engine, deed: Callable[[], None]) -> None:
        self.inner = inner
        self.engine = engine
        self.deed: Callable[[], None] | None = deed

    def __call__(self, work: Callable[[Session], T]) -> T:
        done = self.inner(work)
        moved = "SELECT count(*) FROM fulfillment_order WHERE warehouse_code = 'BOS'"
        if self.deed and rows(self.engine, moved) != [(0,)]:
            deed, self.deed = self.deed, None
            deed()
        return done


def test_what_is_released_or_cancelled_in_the_middle_of_applying_stays_as_it_is(
    engine: Engine, river: River
) -> None:
    def disturb() -> None:
        river.release("CHI", max_orders=10)
        [(order_id,)] = rows(
            engine,
            "SELECT order_id FROM fulfillment_order WHERE state = 'promised' AND warehouse_code = 'CHI' "
            "ORDER BY order_id DESC LIMIT 1",
        )
        river.in_transaction(
            partial(cancel_order, order_id=order_id, note="changed", actor=BEN, policy=POLICY)
        )

    report = route(engine, Interrupted(river.in_transaction, engine, disturb))

    assert (report.state, report.moved, report.skipped) == (RoutePlanState.APPLIED, ORDERS - 11, 11)
    assert rows(
        engine, "SELECT warehouse_code, state, count(*) FROM fulfillment_order GROUP BY 1, 2 ORDER BY 1, 2"
    ) == [("BOS", "promised", ORDERS - 11), ("CHI", "cancelled", 1), ("CHI", "released", 10)]
    outcomes = Counter(rows(engine, "SELECT outcome, reason FROM route_move"))
    assert outcomes == {("applied", "cheaper"): ORDERS - 11, ("skipped", "cheaper"): 11}
    # What was skipped may be moved by the next run, so this one is not taken for the state of things.
    assert rows(engine, "SELECT report ? 'fingerprint' FROM route_plan") == [(False,)]
    require_sound_books(engine)


def test_two_planners_at_once_move_each_order_once_and_leave_the_prices_of_one_plan(
    engine: Engine, river: River
) -> None:
    reports = run_together([partial(route, engine, river.in_transaction)] * 2)

    assert [each for each in reports if isinstance(each, Exception)] == []
    applied = rows(engine, "SELECT order_id, count(*) FROM route_move WHERE outcome = 'applied' GROUP BY 1")
    assert {count for _, count in applied} == {1}
    assert len(applied) == ORDERS
    told = rows(engine, "SELECT state, moved, skipped FROM route_plan")
    assert {state for state, _, _ in told} == {"applied"}
    assert sum(moved for _, moved, _ in told) == ORDERS
    assert len(rows(engine, "SELECT DISTINCT plan_id FROM row_price")) <= 1
    require_sound_books(engine)
