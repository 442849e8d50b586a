from collections import Counter
from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.flows.accept_order import AcceptedOrder, accept_order
from fulfillment.orders.kinds import OnShortage, OrderKind
from fulfillment.orders.route_plans import NewPrice, begin_plan, replace_prices
from fulfillment.store.clock import read_now
from fulfillment.store.session import in_transaction
from tests.flows.orders import POLICY, order_of
from tests.flows.test_route_orders import build_halls, zones_and_rates
from tests.races.crowds import run_together
from tests.river.books import require_sound_books
from tests.warehouse.halls import ANA, stock


def accept(engine: Engine, ref: str, kind: OrderKind) -> list[str | None]:
    """The warehouses of a new order of one TEA; attempts=1, so that a deadlock would be an error."""
    request = order_of(("TEA", 1), ref=ref, kind=kind, on_shortage=OnShortage.BACKORDER)
    work = partial(accept_order, request=request, actor=ANA, policy=POLICY)
    accepted: AcceptedOrder = in_transaction(engine, work, attempts=1)
    return [part.warehouse_code for part in accepted.parts]


@pytest.mark.parametrize("attempt", range(3))
def test_long_dated_units_are_promised_once_however_many_ask_at_once(engine: Engine, attempt: int) -> None:
    def open_stock(session: Session) -> None:
        bins = build_halls(session)
        today: date = read_now(session).date()
        stock(session, bins["CHI"], "TEA", 9, lot="SOON", expires_on=today + timedelta(days=20))
        stock(session, bins["CHI"], "TEA", 2, lot="LATE", expires_on=today + timedelta(days=200))

    in_transaction(engine, open_stock)
    clients = [
        partial(
            accept, engine, f"{attempt}-{number}", OrderKind.AUTOSHIP if number % 2 else OrderKind.STANDARD
        )
        for number in range(12)
    ]

    outcomes = run_together(clients)

    assert [each for each in outcomes if isinstance(each, Exception)] == []
    assert Counter(map(str, outcomes[1::2])) == {"['CHI']": 2, "[None]": 4}
    assert Counter(map(str, outcomes[::2])) == {"['CHI']": 6}
    require_sound_books(engine)


def test_prices_that_change_meanwhile_stop_nobody_and_sell_nothing_twice(engine: Engine) -> None:
    def open_stock(session: Session) -> None:
        bins = build_halls(session)
        zones_and_rates(session)
        for code in ("BOS", "CHI"):
            stock(session, bins[code], "TEA", 10)

    in_transaction(engine, open_stock)

    def set_prices(session: Session, price_minor: int) -> None:
        plan_id = sa.text("SELECT gen_random_uuid()")
        new = session.connection().execute(plan_id).scalar_one()
        begin_plan(session, plan_id=new, trigger="test", orders=0, now=read_now(session))
        prices = [NewPrice(code, "TEA", 0, price_minor, 1, 1) for code in ("BOS", "CHI")]
        replace_prices(session, plan_id=new, prices=prices)

    def change(turn: int) -> list[str | None]:
        for step in range(8):
            in_transaction(engine, partial(set_prices, price_minor=1_000 * (turn + step)))
        return []

    def buy(client: int) -> list[str | None]:
        return [
            place for number in range(5) for place in accept(engine, f"{client}-{number}", OrderKind.STANDARD)
        ]

    outcomes = run_together(
        [*(partial(change, turn) for turn in range(2)), *(partial(buy, n) for n in range(5))]
    )

    assert [each for each in outcomes if isinstance(each, Exception)] == []
    places = Counter(place for each in outcomes if isinstance(each, list) for place in each)
    assert places == {"BOS": 10, "CHI": 10, None: 5}
    require_sound_books(engine)
