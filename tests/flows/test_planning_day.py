from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.flows.route_orders import route_orders
from fulfillment.routing.apart import plan_here
from fulfillment.store.session import InTransaction
from tests.warehouse.halls import ANA
from tests.web.desk_stories import open_house, place


def parts(engine: Engine) -> list[Any]:
    query = """
        SELECT f.warehouse_code, l.qty FROM fulfillment_order f
        JOIN fulfillment_order_line l ON l.fulfillment_order_id = f.id AND l.qty > 0
        WHERE f.state <> 'cancelled' ORDER BY 2
    """
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


@pytest.mark.parametrize("handling_minor", [0, 10])
def test_the_many_units_that_are_promised_are_not_left_waiting_to_save_their_handling(
    engine: Engine, in_transaction: InTransaction, handling_minor: int
) -> None:
    in_transaction(open_house)
    place(in_transaction, ("SOAP", 103))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE warehouse SET handling_minor = :each"), {"each": handling_minor})

    route_orders(in_transaction, in_transaction, trigger="test", actor=ANA, time_limit_s=5, planner=plan_here)

    assert parts(engine) == [(None, 3), ("CHI", 100)]
