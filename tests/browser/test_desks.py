"""The portal, the service desk and the control tower as people see them, on a phone and at a desk."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy.engine import Engine

from fulfillment.accounts.roles import Role
from fulfillment.config import Settings
from fulfillment.flows.route_orders import route_orders
from fulfillment.store.session import InTransaction
from tests.accounts.people import make_user
from tests.browser.conftest import DESK, PHONE
from tests.browser.desks import KEY, fits, serving, sign_in
from tests.flows.goods_back import Sent, ask, give_back
from tests.warehouse.halls import ANA
from tests.web.desk_stories import one, open_house, place, send

SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


@dataclass(frozen=True)
class House:
    """Where the application answers, an order of hers that arrived, one that waits, and a return."""

    address: str
    sent: Sent
    waiting_id: uuid.UUID
    return_id: uuid.UUID


@pytest.fixture
def house(make_settings: Callable[..., Settings], in_transaction: InTransaction) -> Iterator[House]:
    in_transaction(open_house)
    for role in (Role.DISTRIBUTOR, Role.SERVICE, Role.SUPERVISOR):
        in_transaction(partial(make_user, role=role))
    sent = send(in_transaction, ("SOAP", 6), ("SET", 1), ref="SHOP-1")
    in_transaction(lambda session: give_back(session, sent, SOAP=1))
    answer = in_transaction(lambda session: ask(session, sent, SOAP=2))
    waiting_id = place(in_transaction, ("SOAP", 200), ref="SHOP-2")
    route_orders(in_transaction, in_transaction, trigger="schedule", actor=ANA, time_limit_s=2)
    with serving(make_settings(secret_key=KEY)) as address:
        yield House(address, sent, waiting_id, answer.return_id)


def paths_of(house: House) -> dict[Role, list[str]]:
    order_id, return_id = house.sent.order_id, house.return_id
    return {
        Role.DISTRIBUTOR: [
            "/my/",
            "/my/?text=nobody",
            f"/my/orders/{order_id}",
            f"/my/orders/{house.waiting_id}",
            f"/my/orders/{order_id}/return",
            f"/my/orders/{order_id}/return?reason=damaged",
            "/my/returns/",
            f"/my/returns/{return_id}",
        ],
        Role.SUPERVISOR: [
            "/service/",
            "/service/?text=dora",
            f"/service/orders/{order_id}",
            f"/service/orders/{house.waiting_id}",
            "/service/returns/",
            f"/service/returns/{return_id}",
            "/service/members/D-1",
            "/tower/",
            "/tower/orders",
            "/tower/floor",
            "/tower/parcels",
            "/tower/money",
            "/tower/routing",
            "/tower/books",
        ],
    }


@SIZES
@pytest.mark.parametrize("role", [Role.DISTRIBUTOR, Role.SUPERVISOR])
def test_every_page_of_the_desks_fits_and_everybody_can_use_it(
    house: House,
    open_page: Callable[..., Page],
    accessibility_violations: Callable[[Page], list[str]],
    size: ViewportSize,
    role: Role,
) -> None:
    page = open_page(base_url=house.address, viewport=size)
    sign_in(page, role)

    for path in paths_of(house)[role]:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        assert fits(page), f"{path} is wider than the screen"
        assert accessibility_violations(page) == [], path


def test_she_asks_for_a_return_on_her_phone_and_has_her_answer(
    house: House, engine: Engine, open_page: Callable[..., Page]
) -> None:
    page = open_page(base_url=house.address, viewport=PHONE)
    sign_in(page, Role.DISTRIBUTOR)
    page.goto(f"/my/orders/{house.sent.order_id}")

    page.get_by_role("button", name="Ask for a return").click()
    page.get_by_role("link", name="It came damaged").click()
    page.get_by_label("Units of Soap").select_option("1")
    page.get_by_label("Anything we should know?").fill("The box was wet")
    page.get_by_role("button", name="Ask for the return").click()

    expect(page.get_by_role("heading", name="You can send it back")).to_be_visible()
    expect(page.get_by_role("button", name="Return slip (PDF)")).to_be_visible()
    assert one(engine, "SELECT count(*) FROM return_authorization") == 3


def test_a_clerk_finds_and_holds_an_order_with_the_keyboard_alone(
    house: House, engine: Engine, open_page: Callable[..., Page]
) -> None:
    page = open_page(base_url=house.address, viewport=DESK)
    sign_in(page, Role.SERVICE)
    number = one(engine, "SELECT number FROM customer_order WHERE id = :id", id=house.waiting_id)

    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Order {number}")).to_be_visible()
    page.get_by_text("Put on hold", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Note").focus()
    page.keyboard.type("Call the customer")
    page.keyboard.press("Enter")

    expect(page.get_by_text("The order is on hold.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Call the customer")).to_be_visible()
    assert one(engine, "SELECT state FROM customer_order WHERE id = :id", id=house.waiting_id) == "held"


def test_a_supervisor_approves_a_refund_she_sees_in_the_tower(
    house: House, engine: Engine, open_page: Callable[..., Page]
) -> None:
    page = open_page(base_url=house.address, viewport=DESK)
    sign_in(page, Role.SUPERVISOR)

    page.get_by_role("link", name="refunds to approve").click()
    page.get_by_role("button", name="Look").click()
    page.get_by_role("button", name="Approve $10.00").dblclick()

    expect(page.get_by_text("The refund is approved and is being sent.")).to_be_visible()
    assert one(engine, "SELECT state FROM refund") == "approved"
    assert one(engine, "SELECT count(*) FROM refund_part") == 1


def test_a_cancellation_is_asked_about_first(
    house: House, engine: Engine, open_page: Callable[..., Page]
) -> None:
    page = open_page(base_url=house.address, viewport=PHONE)
    sign_in(page, Role.SERVICE)
    page.goto(f"/service/orders/{house.waiting_id}")
    state = "SELECT state FROM customer_order WHERE id = :id"
    page.get_by_text("Cancel", exact=True).click()
    page.get_by_label("Why").fill("Ordered twice")

    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Cancel what has not left").click()
    between = one(engine, state, id=house.waiting_id)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel what has not left").click()

    expect(page.get_by_text("Cancelled. What was paid for it")).to_be_visible()
    assert between == "accepted"
    assert one(engine, state, id=house.waiting_id) == "cancelled"


def test_the_open_desk_stands_in_sight_in_a_phones_bar(open_page: Callable[..., Page], house: House) -> None:
    page = open_page(base_url=house.address, viewport=PHONE)
    sign_in(page, Role.SUPERVISOR)

    last = page.locator(".places a").last.get_attribute("href")
    page.goto(str(last))

    box = page.locator('.places [aria-current="page"]').bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
