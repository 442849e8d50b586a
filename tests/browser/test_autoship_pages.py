"""The pages of autoship runs as a supervisor sees them, on a phone and at a desk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy.engine import Engine

from fulfillment.accounts.roles import Role
from fulfillment.config import Settings
from fulfillment.flows.keep_back_stock import keep_back_for_runs
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from tests.accounts.people import make_user
from tests.browser.conftest import DESK, PHONE
from tests.browser.desks import KEY, fits, serving, sign_in
from tests.flows.autoships import Company, build_company, declined, due_row, paid

LIST = "/tower/autoships"


@dataclass(frozen=True)
class House:
    """Where the application answers, and whose company it is."""

    address: str
    company: Company


@pytest.fixture
def house(
    make_settings: Callable[..., Settings], engine: Engine, in_transaction: InTransaction
) -> Iterator[House]:
    in_transaction(lambda session: build_company(session, {("CHI", "TEA"): 40, ("BOS", "OIL"): 12}))
    in_transaction(partial(make_user, role=Role.SUPERVISOR))
    with serving(make_settings(secret_key=KEY)) as served:
        yield House(served, Company(engine, in_transaction))


def charged_run(company: Company) -> str:
    run_id = company.open(period="2026-11")
    rows = [due_row(f"SUB-{number:04}", ("TEA", 3), ("OIL", 1)) for number in range(14)]
    company.enter(run_id, *rows)
    company.promise(run_id)
    company.charge(run_id, paid("SUB-0000", 4_000), paid("SUB-0001", 4_000), declined("SUB-0002"))
    return f"{LIST}/{run_id}"


def booked_run(company: Company) -> str:
    due_on = company.in_transaction(read_now).date() + timedelta(days=3)
    run_id = company.open(period="2026-12", due_on=due_on)
    company.enter(run_id, *(due_row(f"SUB-{number:04}", ("TEA", 1)) for number in range(8)))
    keep_back_for_runs(company.in_transaction, policy=company.policy)
    return f"{LIST}/{run_id}"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_of_a_run_fits_and_everybody_can_use_it(
    house: House,
    open_page: Callable[..., Page],
    accessibility_violations: Callable[[Page], list[str]],
    size: ViewportSize,
) -> None:
    page = open_page(base_url=house.address, viewport=size)
    sign_in(page, Role.SUPERVISOR)
    page.goto(LIST)
    assert accessibility_violations(page) == []
    charged, booked = charged_run(house.company), booked_run(house.company)

    for path in (LIST, charged, f"{charged}?outcome=short", booked):
        page.goto(path)
        assert fits(page), f"{path} is wider than the screen"
        assert accessibility_violations(page) == [], path


def test_a_supervisor_calls_the_planner_and_cancels_a_run(
    house: House, open_page: Callable[..., Page]
) -> None:
    page = open_page(base_url=house.address)
    sign_in(page, Role.SUPERVISOR)
    page.goto(booked_run(house.company))

    page.get_by_role("button", name="Plan and promise").click()
    expect(page.get_by_text("The planner has been called for this run.")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_text("Cancel the run").click()
    page.get_by_label("Why").fill("wrong prices")
    page.get_by_role("button", name="Cancel run").click()

    expect(page.get_by_text("What it promised is given back.")).to_be_visible()
    expect(page.get_by_text("wrong prices")).to_be_visible()
