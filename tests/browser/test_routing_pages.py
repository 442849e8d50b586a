"""The planner's pages as a supervisor sees them, on a phone and at a desk, with scripts and without."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy.engine import Engine

from fulfillment.accounts.roles import Role
from fulfillment.config import Settings
from fulfillment.core.ids import new_id
from fulfillment.flows.ask_trial import answer_trial, ask_trial
from fulfillment.flows.route_orders import route_orders
from fulfillment.flows.what_if import Change, ChangeKind
from fulfillment.orders.route_plans import begin_plan, note_progress
from fulfillment.routing.apart import plan_here
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction, read_only
from tests.accounts.people import make_user
from tests.browser.conftest import DESK, PHONE, closing_context
from tests.browser.desks import KEY, fits, serving, sign_in
from tests.warehouse.halls import ANA
from tests.web.desk_stories import one, open_house, place

SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
LIST = "/tower/routing"
PROGRESS = {
    "stage": "linear",
    "seconds": 4.2,
    "cost_minor": 1_010,
    "bound_minor": 1_000,
    "history": [[0.4, 1_900, 200], [1.0, 1_200, 900], [4.2, 1_010, 1_000]],
}


@dataclass(frozen=True)
class House:
    """Where the application answers, and its database."""

    address: str
    engine: Engine
    in_transaction: InTransaction


@pytest.fixture
def house(
    make_settings: Callable[..., Settings], engine: Engine, in_transaction: InTransaction
) -> Iterator[House]:
    in_transaction(open_house)
    in_transaction(partial(make_user, role=Role.SUPERVISOR))
    place(in_transaction, ("SOAP", 90), ref="A")
    place(in_transaction, ("SOAP", 20), ref="B")
    with serving(make_settings(secret_key=KEY)) as served:
        yield House(served, engine, in_transaction)


def route(in_transaction: InTransaction) -> str:
    report = route_orders(
        in_transaction, in_transaction, trigger="schedule", actor=ANA, time_limit_s=5, planner=plan_here
    )
    return f"{LIST}/{report.plan_id}"


def begin(in_transaction: InTransaction) -> str:
    plan_id = new_id()
    in_transaction(
        lambda session: begin_plan(
            session, plan_id=plan_id, trigger="schedule", orders=2, now=read_now(session)
        )
    )
    in_transaction(lambda session: note_progress(session, plan_id=plan_id, progress=PROGRESS))
    return f"{LIST}/{plan_id}"


def ask(in_transaction: InTransaction) -> str:
    change = Change(ChangeKind.ADD_STOCK, "CHI", "SOAP", 10)
    return f"{LIST}/{in_transaction(lambda session: ask_trial(session, changes=[change], actor=ANA))}"


def answer(house: House) -> None:
    engine, in_transaction = house.engine, house.in_transaction
    payload = one(engine, "SELECT payload FROM job WHERE kind = 'try_route' AND state = 'queued' LIMIT 1")
    answer_trial(in_transaction, lambda work: read_only(engine, work), payload=payload, planner=plan_here)


@SIZES
def test_every_page_of_the_planner_fits_and_everybody_can_use_it(
    house: House,
    open_page: Callable[..., Page],
    accessibility_violations: Callable[[Page], list[str]],
    size: ViewportSize,
) -> None:
    page = open_page(base_url=house.address, viewport=size)
    sign_in(page, Role.SUPERVISOR)
    page.goto(LIST)
    assert accessibility_violations(page) == []
    trial, plan = ask(house.in_transaction), route(house.in_transaction)
    answer(house)
    with house.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE job SET state = 'done', ended_at = now() WHERE key IS NOT NULL")
    asked, running = ask(house.in_transaction), begin(house.in_transaction)

    for path in (LIST, plan, f"{plan}?map=before", trial, asked, running, f"{LIST}/what-if"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        assert fits(page), f"{path} is wider than the screen"
        assert accessibility_violations(page) == [], path


def test_a_what_if_is_asked_and_its_answer_comes_by_itself(
    house: House, open_page: Callable[..., Page]
) -> None:
    page = open_page(base_url=house.address, viewport=PHONE)
    sign_in(page, Role.SUPERVISOR)
    page.goto(LIST)

    page.get_by_role("button", name="What if …").click()
    page.get_by_label("SKU").first.fill("SOAP")
    page.get_by_label("Warehouse").first.select_option("CHI")
    page.get_by_label("Units").first.fill("10")
    page.get_by_role("button", name="Try it on a copy").click()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    answer(house)

    expect(page.get_by_role("heading", name="What would move, and why")).to_be_visible()
    expect(page.get_by_text("CHI has 10 more of SOAP.")).to_be_visible()
    expect(page.get_by_role("img", name="Map with 1 destination of 2 orders.")).to_be_visible()
    assert one(house.engine, "SELECT count(*) FROM fulfillment_order WHERE state = 'backordered'") == 1


def test_a_run_is_watched_and_stopped(house: House, open_page: Callable[..., Page]) -> None:
    running = begin(house.in_transaction)
    page = open_page(base_url=house.address, viewport=DESK)
    sign_in(page, Role.SUPERVISOR)
    page.goto(running)
    expect(page.get_by_text("The linear program")).to_be_visible()

    house.in_transaction(
        lambda session: note_progress(
            session, plan_id=UUID(running.rpartition("/")[2]), progress={**PROGRESS, "stage": "integer"}
        )
    )
    expect(page.get_by_text("The integer program")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Stop the planner").click()

    expect(page.get_by_text("asked to stop")).to_be_visible()
    assert one(house.engine, "SELECT stop_asked_at IS NOT NULL FROM route_plan") is True


def test_without_scripts_the_page_of_a_run_looks_again_by_itself(house: House, browser: Browser) -> None:
    running = begin(house.in_transaction)
    context = browser.new_context(base_url=house.address, viewport=PHONE, java_script_enabled=False)
    with closing_context(context):
        page = context.new_page()
        sign_in(page, Role.SUPERVISOR)
        page.goto(running)
        expect(page.get_by_text("The linear program")).to_be_visible()

        house.in_transaction(
            lambda session: note_progress(
                session, plan_id=UUID(running.rpartition("/")[2]), progress={**PROGRESS, "stage": "integer"}
            )
        )

        expect(page.get_by_text("The integer program")).to_be_visible(timeout=10_000)


def test_a_move_is_found_by_its_order_and_a_file_is_at_hand(
    house: House, open_page: Callable[..., Page]
) -> None:
    trial = ask(house.in_transaction)
    answer(house)
    number = one(house.engine, "SELECT number FROM customer_order WHERE source_ref = 'B'")
    page = open_page(base_url=house.address, viewport=DESK)
    sign_in(page, Role.SUPERVISOR)
    page.goto(trial)

    page.get_by_label("Order", exact=True).fill(number)
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_role("row").filter(has_text=number)).to_have_count(1)
    expect(page.get_by_text("It waited, and can leave now.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="All moves as a file (CSV)").click()
    assert number in download.value.path().read_text(encoding="utf-8-sig")
