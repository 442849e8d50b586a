import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, FulfillmentError, OutOfStockError
from fulfillment.flows.accept_order import AcceptedOrder, accept_order
from fulfillment.flows.cancel_order import cancel_order
from fulfillment.flows.fill_backorders import fill_backorders
from fulfillment.flows.hold_order import hold_order
from fulfillment.flows.route_orders import RouteReport, route_orders
from fulfillment.orders.kinds import OnShortage
from fulfillment.store.idempotency import Answer, answer_once
from fulfillment.store.session import in_transaction, read_only
from tests.races.crowds import run_together
from tests.river.books import require_sound_books
from tests.river.company import POLICY, SKUS, found_company, wish
from tests.river.steps import River
from tests.warehouse.halls import ANA, BEN, build_hall, list_products, stock

CLIENTS = 16
ORDERS_A_CLIENT = 60


def scalar(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(sa.text(query)).scalar_one()
        return found


def errors_of(outcomes: list[object]) -> list[object]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def place(engine: Engine, ref: str, units: dict[str, int], *, attempts: int = 1, **given: object) -> bool:
    """Whether the order was accepted; attempts=1, so that a deadlock would be an error."""
    request = wish(ref, units, on_shortage=OnShortage.REFUSE, **given)  # type: ignore[arg-type]
    try:
        in_transaction(
            engine, partial(accept_order, request=request, actor=ANA, policy=POLICY), attempts=attempts
        )
    except OutOfStockError:
        return False
    return True


def test_of_960_orders_for_500_units_exactly_500_are_accepted(engine: Engine) -> None:
    """Reliability M8: check-then-write accepted 517 to 960 of them."""

    def open_stock(session: Session) -> None:
        hall = build_hall(session)
        list_products(session, "SOAP")
        stock(session, hall["A-1"], "SOAP", 500)

    in_transaction(engine, open_stock)

    def client(number: int) -> int:
        return sum(place(engine, f"{number}-{each}", {"SOAP": 1}) for each in range(ORDERS_A_CLIENT))

    accepted = run_together([partial(client, number) for number in range(CLIENTS)])

    assert errors_of(list(accepted)) == []
    assert sum(count for count in accepted if isinstance(count, int)) == 500
    assert scalar(engine, "SELECT sellable - reserved FROM availability WHERE sku = 'SOAP'") == 0
    assert scalar(engine, "SELECT count(*) FROM customer_order") == 500
    require_sound_books(engine)


def test_orders_whose_lines_stand_in_any_order_never_deadlock(engine: Engine) -> None:
    """Reliability M9: taken in the client's order, 89 of 120 such transactions died."""
    skus = tuple(f"S{number:02d}" for number in range(12))

    def open_stock(session: Session) -> None:
        hall = build_hall(session)
        list_products(session, *skus)
        for sku in skus:
            stock(session, hall["A-1"], sku, 1_000)

    in_transaction(engine, open_stock)

    def client(seed: int) -> int:
        random = Random(seed)
        carts = [dict.fromkeys(random.sample(skus, 5), 1) for _ in range(15)]
        return sum(place(engine, f"{seed}-{number}", cart) for number, cart in enumerate(carts))

    accepted = run_together([partial(client, seed) for seed in range(8)])

    assert accepted == [15] * 8
    assert scalar(engine, "SELECT sum(reserved) FROM availability") == 8 * 15 * 5
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", range(3))
def test_twins_under_one_key_are_one_order_with_one_answer(
    engine: Engine, river: River, attempt: int
) -> None:
    request = wish("twin", {"SOAP": 2})

    def work(session: Session) -> Answer:
        accepted = accept_order(session, request=request, actor=ANA, policy=POLICY)
        return Answer(201, {"id": str(accepted.order_id), "number": accepted.number})

    def ask() -> Answer:
        return answer_once(
            engine, actor_key=ANA.key, key="key-0001", fingerprint="same", work=work, refusal=lambda _: None
        )

    answers = [answer for answer in run_together([ask] * 6) if isinstance(answer, Answer)]

    assert len({answer.body["id"] for answer in answers}) == 1
    assert sorted(answer.is_repeat for answer in answers) == [False] + [True] * 5
    assert scalar(engine, "SELECT count(*) FROM customer_order") == 1
    require_sound_books(engine)


def test_one_reference_under_many_keys_is_one_order(engine: Engine, river: River) -> None:
    outcomes = run_together([partial(river.order, wish("cart-1", {"SOAP": 1}))] * 6)

    assert Counter(type(outcome) for outcome in outcomes) == {AcceptedOrder: 1, ConflictError: 5}
    assert scalar(engine, "SELECT sum(reserved) FROM availability") == 1
    require_sound_books(engine)


def test_two_planners_and_their_disturbers_leave_sound_books(engine: Engine, river: River) -> None:
    random = Random(4)
    placed = [
        river.order(
            wish(str(number), {sku: random.randint(1, 4) for sku in random.sample(SKUS, 2)}, home=number % 2)
        )
        for number in range(24)
    ]

    def route() -> RouteReport:
        return route_orders(
            river.in_transaction,
            lambda work: read_only(engine, work),
            trigger="race",
            actor=ANA,
            time_limit_s=5,
        )

    def disturb() -> None:
        for each in placed[::3]:
            cancel = partial(cancel_order, order_id=each.order_id, note="changed", actor=BEN, policy=POLICY)
            with_refusal(partial(river.in_transaction, cancel))

    def release() -> None:
        for code in "CHI", "BOS", "CHI":
            river.release(code, max_orders=3)

    def fill() -> object:
        return fill_backorders(river.in_transaction, lambda work: read_only(engine, work), actor=ANA)

    deeds: list[Callable[[], object]] = [route, route, disturb, release, fill]
    outcomes = run_together(deeds)

    assert errors_of(outcomes) == []
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", range(3))
def test_an_order_is_cancelled_or_in_work_never_both(engine: Engine, river: River, attempt: int) -> None:
    placed = river.order(wish("1", {"SOAP": 2, "TEA": 12}))

    def cancel() -> object:
        work = partial(cancel_order, order_id=placed.order_id, note="changed", actor=BEN, policy=POLICY)
        return river.in_transaction(work)

    def work_on() -> object:
        wave = river.release("CHI")
        if wave.wave_id is not None:
            with_any_refusal(partial(river.pick, wave.wave_id))
            with_any_refusal(partial(river.pack, placed.parts[0].fulfillment_order_id))
        return wave

    outcomes = run_together([cancel, work_on])

    assert [each for each in errors_of(outcomes) if not isinstance(each, FulfillmentError)] == []
    require_sound_books(engine)


@pytest.mark.parametrize("attempt", range(3))
def test_a_held_order_is_not_on_the_floor(engine: Engine, river: River, attempt: int) -> None:
    placed = [river.order(wish(str(number), {"SOAP": 1})) for number in range(6)]

    def hold() -> int:
        return sum(
            with_refusal(
                partial(
                    river.in_transaction,
                    partial(hold_order, order_id=each.order_id, code="manual", note="", actor=BEN),
                )
            )
            for each in placed
        )

    def release() -> int:
        return sum(river.release("CHI", max_orders=2).orders for _ in range(3))

    held, released = run_together([hold, release])

    assert held + released == 6  # type: ignore[operator]  # an exception is no number, and fails here
    in_both = """
        SELECT count(*) FROM customer_order o JOIN fulfillment_order f ON f.order_id = o.id
        WHERE o.state = 'held' AND f.state = 'released'
    """
    assert scalar(engine, in_both) == 0
    require_sound_books(engine)


def test_backorders_filled_from_two_sides_get_each_unit_once(engine: Engine) -> None:
    in_transaction(engine, partial(found_company, qty=0))
    river = River(lambda work: in_transaction(engine, work))
    for number in range(10):
        river.order(wish(str(number), {"SOAP": 1, "OIL": 1}, on_shortage=OnShortage.BACKORDER))

    def bring(session: Session) -> None:
        query = "SELECT id FROM location WHERE warehouse_code = 'CHI' AND code = 'A-1'"
        bin_id: uuid.UUID = session.connection().execute(sa.text(query)).scalar_one()
        for sku in "SOAP", "OIL":
            stock(session, bin_id, sku, 5)

    in_transaction(engine, bring)

    def fill() -> object:
        return fill_backorders(river.in_transaction, lambda work: read_only(engine, work), actor=ANA)

    outcomes = run_together([fill] * 4)

    assert errors_of(list(outcomes)) == []
    assert scalar(engine, "SELECT count(*) FROM fulfillment_order WHERE state = 'promised'") == 5
    require_sound_books(engine)


def with_refusal(deed: Callable[[], object]) -> bool:
    """Whether the deed was done; a conflict is an answer too."""
    try:
        deed()
    except ConflictError:
        return False
    return True


def with_any_refusal(deed: Callable[[], object]) -> None:
    try:
        deed()
    except (FulfillmentError, AssertionError):
        return
