import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.catalog.ban_book import NewBan
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.apply_plan import Outcome
from fulfillment.flows.ban_shipping import ban_shipping
from fulfillment.flows.fill_backorders import fill_backorders
from fulfillment.flows.route_orders import route_orders
from fulfillment.orders.kinds import OnShortage, OrderKind
from fulfillment.reads.audit import audit_books
from fulfillment.routing.apart import plan_here
from fulfillment.store.session import InTransaction, read_only
from tests.flows.orders import POLICY, order_of
from tests.flows.test_route_orders import build_halls, zones_and_rates
from tests.warehouse.halls import ANA, stock


@pytest.fixture
def halls(in_transaction: InTransaction) -> dict[str, uuid.UUID]:
    """Empty halls in Boston and Chicago, with zones and rates."""

    def build(session: Session) -> dict[str, uuid.UUID]:
        bins = build_halls(session)
        zones_and_rates(session)
        return bins

    return in_transaction(build)


def accept(in_transaction: InTransaction, ref: str, *lines: tuple[str, int], **given: Any) -> None:  # noqa: ANN401 - the keywords of OrderRequest
    request = order_of(*lines, ref=ref, **given)
    in_transaction(lambda session: accept_order(session, request=request, actor=ANA, policy=POLICY))


def receive(in_transaction: InTransaction, bin_id: uuid.UUID, sku: str, qty: int) -> None:
    in_transaction(lambda session: stock(session, bin_id, sku, qty))


def fill(engine: Engine, in_transaction: InTransaction) -> Outcome:
    return fill_backorders(in_transaction, lambda work: read_only(engine, work), actor=ANA)


def parts(engine: Engine) -> list[tuple[str, str | None, int, str]]:
    query = """
        SELECT o.source_ref, f.warehouse_code, sum(l.qty), f.reasons->>'rule'
        FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
        JOIN fulfillment_order_line l ON l.fulfillment_order_id = f.id
        WHERE f.state <> 'cancelled' GROUP BY 1, 2, 4 ORDER BY 1, 2
    """
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_the_most_urgent_is_filled_first_by_the_cheapest_way(
    engine: Engine, in_transaction: InTransaction, halls: dict[str, uuid.UUID]
) -> None:
    accept(in_transaction, "LATER", ("TEA", 2), priority=8)
    accept(in_transaction, "FIRST", ("TEA", 3), priority=1)
    receive(in_transaction, halls["BOS"], "TEA", 4)
    receive(in_transaction, halls["CHI"], "TEA", 3)

    outcome = fill(engine, in_transaction)

    assert (outcome.moved, outcome.skipped) == (2, 0)
    assert parts(engine) == [("FIRST", "CHI", 3, "stock_came_in"), ("LATER", "BOS", 2, "stock_came_in")]
    assert read_only(engine, audit_books).violations == 0


def test_what_was_promised_before_keeps_its_place_and_its_reasons(
    engine: Engine, in_transaction: InTransaction, halls: dict[str, uuid.UUID]
) -> None:
    receive(in_transaction, halls["BOS"], "TEA", 1)
    accept(in_transaction, "A", ("TEA", 1), ("OIL", 1))
    receive(in_transaction, halls["CHI"], "OIL", 1)

    fill(engine, in_transaction)

    assert parts(engine) == [("A", "BOS", 1, "cheapest_now"), ("A", "CHI", 1, "stock_came_in")]
    assert read_only(engine, audit_books).violations == 0


def test_an_order_that_waits_for_all_of_it_goes_on_waiting_for_less(
    engine: Engine, in_transaction: InTransaction, halls: dict[str, uuid.UUID]
) -> None:
    accept(in_transaction, "A", ("TEA", 3), on_shortage=OnShortage.BACKORDER)
    receive(in_transaction, halls["CHI"], "TEA", 2)

    assert fill(engine, in_transaction).moved == 0
    assert parts(engine) == [("A", None, 3, "out_of_stock")]


def test_stock_that_does_not_keep_long_enough_fills_no_autoship(
    engine: Engine, in_transaction: InTransaction, halls: dict[str, uuid.UUID]
) -> None:
    from_today = "SELECT CAST(now() AS date) + 10"
    accept(in_transaction, "A", ("TEA", 1), kind=OrderKind.AUTOSHIP)
    accept(in_transaction, "B", ("TEA", 1))

    def receive_short_dated(session: Session) -> None:
        soon = session.connection().execute(sa.text(from_today)).scalar_one()
        stock(session, halls["CHI"], "TEA", 5, lot="SOON", expires_on=soon)

    in_transaction(receive_short_dated)

    fill(engine, in_transaction)

    assert [row[:3] for row in parts(engine)] == [("A", None, 1), ("B", "CHI", 1)]


def test_a_ban_written_later_moves_what_was_promised_and_fills_nothing_against_it(
    engine: Engine, in_transaction: InTransaction, halls: dict[str, uuid.UUID]
) -> None:
    receive(in_transaction, halls["CHI"], "TEA", 1)
    receive(in_transaction, halls["BOS"], "TEA", 1)
    accept(in_transaction, "A", ("TEA", 1))
    accept(in_transaction, "B", ("OIL", 1))

    def ban(session: Session) -> None:
        for sku in ("TEA", "OIL"):
            ban_shipping(session, ban=NewBan("Chicago may not", sku=sku, warehouse_code="CHI"), actor=ANA)

    in_transaction(ban)
    receive(in_transaction, halls["CHI"], "OIL", 1)

    fill(engine, in_transaction)
    route_orders(
        in_transaction,
        lambda work: read_only(engine, work),
        trigger="test",
        actor=ANA,
        time_limit_s=10,
        planner=plan_here,
    )

    assert [row[:3] for row in parts(engine)] == [("A", "BOS", 1), ("B", None, 1)]
    assert read_only(engine, audit_books).violations == 0
