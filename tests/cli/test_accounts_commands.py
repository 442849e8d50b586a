"""`fulfillment users` and `fulfillment tokens` as an operator types them."""

import os
import subprocess
import sys

import pytest
from sqlalchemy.engine import Engine

from fulfillment.accounts import tokens
from fulfillment.accounts.roles import Permission
from fulfillment.flows import signing_in
from fulfillment.store.session import InTransaction
from tests.accounts.people import PASSWORD


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "FULFILLMENT_MODE": "test",
        "FULFILLMENT_PUBLIC_URL": "http://warehouse.test",
    }


def run(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "fulfillment.cli.main", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_user_made_on_the_command_line_signs_in(environment: dict[str, str], engine: Engine) -> None:
    made = run(
        environment,
        *("users", "create", "ann@example.com", "--name", "Ann", "--role", "admin", "--password", PASSWORD),
    )

    assert (made.returncode, made.stdout) == (0, "ann@example.com can sign in as admin.\n")
    assert signing_in.sign_in(engine, email="ann@example.com", password=PASSWORD, remote="", agent="").secret


def test_a_refusal_is_a_sentence_and_exit_code_1(environment: dict[str, str]) -> None:
    refused = run(environment, "users", "reset", "nobody@example.com")

    assert refused.returncode == 1
    assert refused.stderr == "fulfillment: Nobody signs in as nobody@example.com.\n"


def test_an_invitation_is_a_link(environment: dict[str, str]) -> None:
    invited = run(environment, "users", "invite", "bo@example.com", "--name", "Bo", "--role", "service")

    assert invited.stdout.startswith("http://warehouse.test/link/")


def test_a_token_is_printed_once(environment: dict[str, str], in_transaction: InTransaction) -> None:
    made = run(environment, "tokens", "create", "Shop", "--scope", "orders:read")

    viewer = in_transaction(lambda s: tokens.find_viewer(s, secret=made.stdout.strip()))
    assert viewer is not None
    assert viewer.permissions == {Permission.READ_ORDERS}
    listed = run(environment, "tokens", "list").stdout
    assert "Shop: orders:read" in listed
    assert made.stdout.strip() not in listed
