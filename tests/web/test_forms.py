from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from fulfillment.accounts.roles import Role
from fulfillment.store.session import InTransaction
from tests.accounts.people import PASSWORD, make_user
from tests.web.visitors import Browser


def post_without_token(client: FlaskClient, **fields: str) -> int:
    return client.post("/account/time-zone", data={"time_zone": "UTC", **fields}).status_code


def test_a_form_without_or_with_another_sessions_token_changes_nothing(
    signed_in: Callable[[Role], Browser],
) -> None:
    browser, other = signed_in(Role.SERVICE), signed_in(Role.WAREHOUSE)

    assert post_without_token(browser.client) == 403
    assert post_without_token(browser.client, csrf_token="0" * 64) == 403
    assert post_without_token(browser.client, csrf_token=other.csrf("/account/")) == 403
    assert post_without_token(browser.client, csrf_token=browser.csrf("/account/")) == 302


def test_a_script_sends_the_token_in_a_header(signed_in: Callable[[Role], Browser]) -> None:
    browser = signed_in(Role.SERVICE)

    answer = browser.client.post(
        "/account/time-zone",
        data={"time_zone": "UTC"},
        headers={"X-CSRF-Token": browser.csrf("/account/")},
    )

    assert answer.status_code == 302


def test_signing_in_changes_the_token(browser: Browser, in_transaction: InTransaction) -> None:
    in_transaction(make_user)
    before = browser.csrf()

    browser.sign_in("service@example.com", PASSWORD)

    assert browser.csrf("/account/") != before


def test_the_sign_in_form_itself_needs_a_token(app: Flask, in_transaction: InTransaction) -> None:
    in_transaction(make_user)

    answer = app.test_client().post("/sign-in", data={"email": "service@example.com", "password": PASSWORD})

    assert answer.status_code == 403


def test_an_unknown_field_is_refused(signed_in: Callable[[Role], Browser]) -> None:
    browser = signed_in(Role.ADMIN)

    answer = browser.post(
        "/admin/users/invite",
        seen_on="/admin/users/invite",
        name="Bo",
        email="bo@example.com",
        role="service",
        state="active",
    )

    assert answer.status_code == 422
    assert "State is not asked for here." in answer.text
    assert "Bo" not in browser.get("/admin/users/").text


def test_a_form_sent_twice_is_one_deed(signed_in: Callable[[Role], Browser]) -> None:
    browser = signed_in(Role.ADMIN)
    fields = {
        "csrf_token": browser.csrf("/admin/tokens/"),
        "form_token": "one-click-0001",
        "name": "Shop",
        "days": "30",
        "scopes": "orders:read",
    }

    first = browser.client.post("/admin/tokens/", data=fields)
    second = browser.client.post("/admin/tokens/", data=fields)
    changed = browser.client.post("/admin/tokens/", data={**fields, "days": "31"})

    assert "fft_" in first.text
    assert second.status_code == 200
    assert "fft_" not in second.text
    assert changed.status_code == 422
    assert browser.get("/admin/tokens/").text.count("orders:read</td>") == 1


def test_a_nul_in_an_address_or_a_form_gets_a_sentence(signed_in: Callable[[Role], Browser]) -> None:
    browser = signed_in(Role.SERVICE)

    search = browser.client.get("/service/?q=R-1%00")
    named = browser.client.get("/service/?a%00b=1")
    path = browser.client.get("/track/abc%00def")
    form = browser.client.post(
        "/account/time-zone", data={"time_zone": "UT\x00C", "csrf_token": browser.csrf("/account/")}
    )

    assert {search.status_code, named.status_code, path.status_code} == {422}
    assert "The address holds the character NUL. Type it again without it." in search.text
    assert form.status_code == 422
