import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from fulfillment.accounts.roles import Role
from fulfillment.flows.hold_order import hold_order
from fulfillment.flows.release_wave import release_wave
from fulfillment.flows.short_pick import short_pick
from fulfillment.shipping.parcel_moves import note_problem
from fulfillment.store.session import InTransaction
from tests.flows.goods_back import ask, come_back, give_back
from tests.warehouse.halls import ANA
from tests.web.desk_stories import one, open_house, place, send
from tests.web.visitors import Browser

PAGES = (
    "/tower/", "/tower/orders", "/tower/floor", "/tower/parcels", "/tower/money", "/tower/routing",
    "/tower/books",
)  # fmt: skip


@pytest.fixture
def supervisor(in_transaction: InTransaction, signed_in: Callable[[Role], Browser]) -> Browser:
    in_transaction(open_house)
    return signed_in(Role.SUPERVISOR)


def held_order(in_transaction: InTransaction, *, code: str = "hazard") -> uuid.UUID:
    order_id = place(in_transaction, ("SOAP", 1), ref="HELD")
    in_transaction(
        lambda session: hold_order(session, order_id=order_id, code=code, note="Look twice", actor=ANA)
    )
    return order_id


def test_the_tower_is_for_supervisors_and_administrators(
    supervisor: Browser, signed_in: Callable[[Role], Browser]
) -> None:
    admin = signed_in(Role.ADMIN)

    assert supervisor.get("/").headers["Location"] == "/tower/"
    for browser in (supervisor, admin):
        assert [browser.get(path).status_code for path in PAGES] == [200] * len(PAGES)
    for role in (Role.WAREHOUSE, Role.DISTRIBUTOR, Role.SERVICE):
        browser = signed_in(role)
        assert [browser.get(path).status_code for path in PAGES] == [403] * len(PAGES)


def test_every_page_stands_while_there_is_nothing_to_show(signed_in: Callable[[Role], Browser]) -> None:
    browser = signed_in(Role.SUPERVISOR)

    assert [browser.get(path).status_code for path in PAGES] == [200] * len(PAGES)


def test_a_held_order_is_released_from_the_tower_once(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    order_id = held_order(in_transaction)
    page = supervisor.get("/tower/orders").text
    data = {"csrf_token": supervisor.csrf("/tower/"), "form_token": "one-press-000001"}

    first, second = (supervisor.client.post(f"/tower/orders/{order_id}/release", data=data) for _ in range(2))
    late = supervisor.post(f"/tower/orders/{order_id}/release", seen_on="/tower/")

    assert "Hazardous goods cannot go there" in page
    assert [first.status_code, second.status_code] == [302, 302]
    assert one(engine, "SELECT state FROM customer_order") == "accepted"
    assert late.status_code == 409
    assert "cannot become accepted" in late.text
    assert "No order is on hold" in late.text


def test_what_is_missing_is_named_with_what_is_free_and_expected(
    supervisor: Browser, in_transaction: InTransaction
) -> None:
    order_id = place(in_transaction, ("SOAP", 103))

    page = supervisor.get("/tower/orders").text

    assert "3 × SOAP" in page  # noqa: RUF001 - the sign for "times"
    assert str(order_id) in page


def test_the_floor_shows_waves_counts_and_missing_units(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    place(in_transaction, ("SOAP", 2), ref="1")
    place(in_transaction, ("PILLS", 1), ref="2")
    wave = in_transaction(lambda session: release_wave(session, warehouse_code="CHI", actor=ANA))
    task_id = one(engine, "SELECT id FROM pick_task WHERE sku = 'SOAP'")
    wave_id = wave.wave_id
    assert wave_id is not None
    in_transaction(lambda session: short_pick(session, wave_id=wave_id, task_id=task_id, actor=ANA))

    page = supervisor.get("/tower/floor").text

    assert str(wave.number) in page
    assert "Missing until counted" in page
    assert "short pick" in page
    assert "A-1" in page


def test_parcels_returns_and_refunds_that_wait_are_listed(
    supervisor: Browser, engine: Engine, in_transaction: InTransaction
) -> None:
    sent = send(in_transaction, ("SOAP", 3))
    in_transaction(lambda session: give_back(session, sent, SOAP=1))
    asked = in_transaction(lambda session: ask(session, sent, SOAP=1))
    in_transaction(lambda session: come_back(session, asked.return_id, SOAP=1))
    parcel_id = sent.parcel_ids[0]
    in_transaction(lambda session: note_problem(session, parcel_id=parcel_id, problem="Address is unknown"))

    parcels, money = supervisor.get("/tower/parcels").text, supervisor.get("/tower/money").text

    assert "Address is unknown" in parcels
    assert asked.number in money
    assert one(engine, "SELECT number FROM refund") in money


def test_the_books_are_checked_on_demand(
    supervisor: Browser, owner_engine: Engine, in_transaction: InTransaction
) -> None:
    send(in_transaction, ("SOAP", 1))

    sound = supervisor.post("/tower/books", seen_on="/tower/").text
    with owner_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE availability SET sellable = sellable + 1 WHERE sku = 'SOAP'")
    broken = supervisor.post("/tower/books", seen_on="/tower/").text

    assert "rules hold" in sound
    assert "1 place breaks a rule." in broken
    assert "sellable_is_on_the_shelf" in broken


def test_the_pulse_counts_what_waits(supervisor: Browser, in_transaction: InTransaction) -> None:
    held_order(in_transaction)
    place(in_transaction, ("SOAP", 1), ref="OPEN")

    page = supervisor.get("/tower/").text

    assert "<strong>1</strong>orders on hold" in page
    assert "<strong>1</strong>to be released" in page
    assert "Reserved" in page
