"""The application on a database of the test's own, and people at its door."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from fulfillment.accounts import tokens
from fulfillment.accounts.roles import Role
from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.runtime import make_runtime
from fulfillment.store.actors import SYSTEM
from fulfillment.store.session import InTransaction
from tests.accounts.people import PASSWORD, make_user
from tests.web.visitors import Browser, Program

KEY = "0123456789abcdefghijklmnopqrstuv"


@pytest.fixture
def app(make_settings: Callable[..., Settings]) -> Iterator[Flask]:
    """The application in test mode."""
    runtime = make_runtime(make_settings(secret_key=KEY), application_name="tests-web")
    yield create_app(runtime)
    runtime.close()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser nobody has signed in on."""
    return Browser(app.test_client())


@pytest.fixture
def signed_in(app: Flask, in_transaction: InTransaction) -> Callable[[Role], Browser]:
    """Makes a browser on which somebody with this role is signed in."""

    def sign_in(role: Role) -> Browser:
        in_transaction(lambda session: make_user(session, role=role))
        browser = Browser(app.test_client())
        assert browser.sign_in(f"{role.value}@example.com", PASSWORD).status_code == 302
        return browser

    return sign_in


@pytest.fixture
def program(app: Flask, in_transaction: InTransaction) -> Callable[..., Program]:
    """Makes a program whose token carries these scopes."""

    def make(*scopes: str) -> Program:
        made = in_transaction(
            lambda session: tokens.create_token(session, actor=SYSTEM, name="Shop", scopes=scopes, days=1)
        )
        return Program(app.test_client(), made.secret)

    return make
