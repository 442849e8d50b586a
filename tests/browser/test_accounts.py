"""Signing in and administration as people see them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyotp
import pytest
from playwright.sync_api import Page, ViewportSize
from werkzeug.serving import make_server

from fulfillment.accounts.roles import Role
from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.runtime import make_runtime
from fulfillment.store.session import InTransaction
from tests.accounts.people import PASSWORD, make_user

SIZES = [ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)]


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The application on a port of its own, while the block runs."""
    runtime = make_runtime(settings, application_name="tests-browser")
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    runtime.close()


@pytest.fixture
def address(make_settings: Callable[..., Settings]) -> Iterator[str]:
    """Where the application answers."""
    with serving(make_settings(secret_key="0123456789abcdefghijklmnopqrstuv")) as found:
        yield found


def sign_in(page: Page, role: Role) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{role.value}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("size", SIZES, ids=["phone", "desk"])
def test_every_page_of_the_foundation_fits_and_everybody_can_use_it(
    address: str,
    in_transaction: InTransaction,
    open_page: Callable[..., Page],
    accessibility_violations: Callable[[Page], list[str]],
    size: ViewportSize,
) -> None:
    user_id = in_transaction(lambda session: make_user(session, role=Role.ADMIN))
    page = open_page(base_url=address, viewport=size)
    for path in ("/sign-in", "/sign-in/badge"):
        page.goto(path)
        assert fits(page)
        assert accessibility_violations(page) == []
    sign_in(page, Role.ADMIN)

    for path in (
        "/account/",
        "/account/second-factor",
        "/admin/users/",
        "/admin/users/invite",
        f"/admin/users/{user_id}",
        "/admin/tokens/",
        "/admin/jobs/",
        "/admin/audit/",
        "/admin/settings/",
    ):
        page.goto(path)
        assert fits(page), f"{path} is wider than the screen"
        assert accessibility_violations(page) == [], path


def test_an_administrator_invites_a_user_who_chooses_her_password(
    address: str, in_transaction: InTransaction, open_page: Callable[..., Page]
) -> None:
    in_transaction(lambda session: make_user(session, role=Role.ADMIN))
    page, invited = open_page(base_url=address), open_page(base_url=address)
    sign_in(page, Role.ADMIN)
    page.goto("/admin/users/invite")
    page.get_by_label("Name").fill("Bo Berg")
    page.get_by_label("E-mail").fill("bo@example.com")
    page.get_by_label("Role").select_option("service")
    page.get_by_role("button", name="Make the invitation").click()
    link = page.locator("#secret").inner_text()

    invited.goto(address + link[link.index("/link/") :])
    invited.get_by_label("New password").fill(PASSWORD)
    invited.get_by_label("The same again").fill(PASSWORD)
    invited.get_by_role("button", name="Set the password").click()
    invited.get_by_label("E-mail").fill("bo@example.com")
    invited.get_by_label("Password").fill(PASSWORD)
    invited.get_by_role("button", name="Sign in").click()

    invited.get_by_role("link", name="Bo Berg").wait_for()


def test_the_second_factor_is_set_up_and_asked_for(
    address: str, in_transaction: InTransaction, open_page: Callable[..., Page]
) -> None:
    in_transaction(lambda session: make_user(session, role=Role.SERVICE))
    page = open_page(base_url=address)
    sign_in(page, Role.SERVICE)
    page.goto("/account/second-factor")
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn on the second factor").click()
    recovery = page.locator("#codes").inner_text().split()[0]
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("E-mail").fill("service@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Confirm").click()

    page.get_by_role("link", name="Ann Service").wait_for()
