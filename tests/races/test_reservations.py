from collections.abc import Callable
from functools import partial
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import OutOfStockError
from fulfillment.store.session import in_transaction
from fulfillment.warehouse.reservations import (
    ReservationRequest,
    move_reservation,
    reserve_many,
    reserve_units,
)
from tests.races.crowds import run_together
from tests.warehouse.halls import build_hall, list_products, stock

CLIENTS = 16


def reserved(engine: Engine) -> dict[tuple[str, str], tuple[int, int]]:
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT warehouse_code, sku, sellable, reserved FROM availability"))
        return {(row.warehouse_code, row.sku): (row.sellable, row.reserved) for row in rows}


def open_stock(engine: Engine, *, codes: tuple[str, ...], skus: tuple[str, ...], qty: int) -> None:
    def work(session: Session) -> None:
        list_products(session, *skus)
        for code in codes:
            hall = build_hall(session, code=code)
            for sku in skus:
                stock(session, hall["A-1"], sku, qty)

    in_transaction(engine, work)


def wish(engine: Engine, units: dict[str, int]) -> bool:
    """Whether the reservation was made; attempts=1, so that a deadlock would be an error."""

    def work(session: Session) -> None:
        reserve_units(session, warehouse_code="CHI", units=units)

    try:
        in_transaction(engine, work, attempts=1)
    except OutOfStockError:
        return False
    return True


@pytest.mark.parametrize("is_multi_line", [False, True])
def test_sixteen_clients_promise_exactly_what_there_is(engine: Engine, is_multi_line: bool) -> None:
    open_stock(engine, codes=("CHI",), skus=("SOAP", "OIL"), qty=500)

    def client(seed: int) -> int:
        order: dict[str, int] = {"SOAP": 1, "OIL": 1} if is_multi_line else {"SOAP": 1}
        return sum(wish(engine, order) for _ in range(60 + seed * 0))

    accepted = run_together([partial(client, seed) for seed in range(CLIENTS)])

    assert sum(count for count in accepted if isinstance(count, int)) == 500
    assert reserved(engine)["CHI", "SOAP"] == (500, 500)
    assert reserved(engine)["CHI", "OIL"] == (500, 500 if is_multi_line else 0)


def test_orders_that_name_hot_articles_in_any_order_never_deadlock(engine: Engine) -> None:
    skus = tuple(f"S{number:02d}" for number in range(12))
    open_stock(engine, codes=("CHI",), skus=skus, qty=10_000)

    def client(seed: int) -> int:
        random = Random(seed)
        return sum(wish(engine, dict.fromkeys(random.sample(skus, 5), 1)) for _ in range(30))

    accepted = run_together([partial(client, seed) for seed in range(8)])

    assert accepted == [30] * 8
    assert sum(count for _, count in reserved(engine).values()) == 8 * 30 * 5


def test_reservations_that_move_between_warehouses_are_neither_lost_nor_doubled(engine: Engine) -> None:
    open_stock(engine, codes=("CHI", "RNO"), skus=("OIL", "SOAP"), qty=40)
    for _ in range(40):
        wish(engine, {"SOAP": 1, "OIL": 1})

    def move(session: Session, *, source: str, target: str) -> None:
        move_reservation(
            session,
            from_warehouse_code=source,
            to_warehouse_code=target,
            units={"SOAP": 1, "OIL": 1},
        )

    def client(seed: int) -> None:
        random = Random(seed)
        for _ in range(25):
            source, target = random.sample(["CHI", "RNO"], 2)
            # A refusal is an answer too: a warehouse had nothing to give or nothing left to promise.
            work = partial(move, source=source, target=target)
            with_refusal(partial(in_transaction, engine, work, attempts=1))

    outcomes = run_together([partial(client, seed) for seed in range(8)])

    assert outcomes == [None] * 8
    counts = reserved(engine)
    for sku in "SOAP", "OIL":
        assert counts["CHI", sku][1] + counts["RNO", sku][1] == 40


def with_refusal(deed: Callable[[], None]) -> None:
    try:
        deed()
    except Exception as error:
        if type(error).__name__ not in {"ConflictError", "OutOfStockError"}:
            raise


def test_a_batch_and_single_orders_share_the_stock_exactly(engine: Engine) -> None:
    open_stock(engine, codes=("CHI",), skus=("SOAP", "OIL"), qty=100)

    def batch() -> int:
        requests = [ReservationRequest(str(n), "CHI", {"OIL": 1, "SOAP": 1}) for n in range(80)]
        refused = in_transaction(engine, partial(reserve_many, requests=requests), attempts=1)
        return 80 - len(refused)

    def single() -> int:
        return sum(wish(engine, {"SOAP": 1, "OIL": 1}) for _ in range(20))

    accepted = run_together([batch, single, single, single])

    assert sum(count for count in accepted if isinstance(count, int)) == 100
    assert reserved(engine)["CHI", "SOAP"] == (100, 100)
