"""The application for browsers: served on a port of its own, with somebody signed in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page
from werkzeug.serving import make_server

from fulfillment.accounts.roles import Role
from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.runtime import make_runtime
from tests.accounts.people import PASSWORD

KEY = "0123456789abcdefghijklmnopqrstuv"


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The application's address, while the block runs."""
    runtime = make_runtime(settings, application_name="tests-browser")
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        runtime.close()


def sign_in(page: Page, role: Role) -> None:
    """The page is somebody's with this role; she was made before."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{role.value}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def fits(page: Page) -> bool:
    """Whether the page is no wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
