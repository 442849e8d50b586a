from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from fulfillment.accounts.roles import Permission, Role
from fulfillment.store.session import InTransaction
from tests.warehouse.halls import build_hall, list_products
from tests.web.desk_stories import one
from tests.web.visitors import Browser, Program, body

PAGE = "/admin/bans/"


@pytest.fixture
def company(in_transaction: InTransaction) -> None:
    in_transaction(build_hall)
    in_transaction(lambda session: list_products(session, "TEA"))


@pytest.mark.usefixtures("company")
def test_a_supervisor_adds_a_ban_and_switches_it_off(
    signed_in: Callable[[Role], Browser], engine: Engine
) -> None:
    supervisor = signed_in(Role.SUPERVISOR)

    added = supervisor.post(
        PAGE, seen_on=PAGE, sku="TEA", country="us", state="hi", warehouse_code="CHI", reason="Hawaii says no"
    )
    page = supervisor.get(PAGE).text
    ban_id = one(engine, "SELECT id FROM shipping_ban")
    supervisor.post(f"{PAGE}{ban_id}", seen_on=PAGE, is_active="false")

    assert added.status_code == 302
    assert "Hawaii says no" in page
    assert "HI, US" in page
    assert one(engine, "SELECT country || state || warehouse_code FROM shipping_ban") == "USHICHI"
    assert one(engine, "SELECT is_active FROM shipping_ban") is False


@pytest.mark.usefixtures("company")
def test_a_ban_that_says_nothing_is_refused_on_its_own_page(signed_in: Callable[[Role], Browser]) -> None:
    answer = signed_in(Role.SUPERVISOR).post(PAGE, seen_on=PAGE, reason="because")

    assert answer.status_code == 422
    assert "would stop everything" in answer.text


def test_the_book_is_for_those_who_may_write_the_catalog(signed_in: Callable[[Role], Browser]) -> None:
    assert signed_in(Role.SERVICE).get(PAGE).status_code == 403


@pytest.mark.usefixtures("company")
def test_a_program_adds_lists_and_switches(program: Callable[..., Program]) -> None:
    shop = program(Permission.READ_CATALOG, Permission.WRITE_CATALOG)
    ban = {"hazard_class": "3", "to_military": True, "reason": "No flammables by mail"}

    made = shop.call("POST", "/api/v1/bans", json=ban)
    shop.call("POST", f"/api/v1/bans/{body(made)['id']}", json={"is_active": False})
    [listed] = body(shop.call("GET", "/api/v1/bans"))["items"]

    assert made.status_code == 201
    assert (listed["id"], listed["hazard_class"], listed["to_military"], listed["is_active"]) == (
        body(made)["id"],
        "3",
        True,
        False,
    )
