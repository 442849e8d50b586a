import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pyotp
from flask import Flask

from fulfillment.accounts import badges, links, queries, second_factor
from fulfillment.accounts.roles import Role
from fulfillment.store.actors import SYSTEM
from fulfillment.store.session import InTransaction
from tests.accounts.people import PASSWORD, make_user
from tests.web.visitors import Browser

EMAIL = "service@example.com"


def test_a_copied_cookie_is_dead_after_signing_out(app: Flask, signed_in: Callable[[Role], Browser]) -> None:
    browser = signed_in(Role.SERVICE)
    thief = Browser(app.test_client())
    thief.client.set_cookie("fulfillment", browser.cookie())
    assert thief.get("/account/").status_code == 200

    browser.post("/sign-out", seen_on="/account/")

    assert thief.get("/account/").status_code == 302
    assert browser.cookie() == ""


def test_signing_in_makes_a_new_session_and_ends_the_old_one(
    app: Flask, signed_in: Callable[[Role], Browser]
) -> None:
    browser = signed_in(Role.SERVICE)
    old = browser.cookie()

    browser.post("/sign-in", seen_on="/account/", email=EMAIL, password=PASSWORD)

    left = Browser(app.test_client())
    left.client.set_cookie("fulfillment", old)
    assert browser.cookie() not in ("", old)
    assert left.get("/account/").status_code == 302


def test_a_session_chosen_by_somebody_else_is_not_taken_over(
    browser: Browser, in_transaction: InTransaction
) -> None:
    in_transaction(make_user)
    browser.client.set_cookie("fulfillment", "planted")

    browser.sign_in(EMAIL, PASSWORD)

    assert browser.cookie() != "planted"
    assert browser.get("/account/").status_code == 200


def test_a_wrong_password_is_told_on_the_page_and_never_shown_again(
    browser: Browser, in_transaction: InTransaction
) -> None:
    in_transaction(make_user)

    answer = browser.sign_in(EMAIL, "hunter2 hunter2")

    assert answer.status_code == 401
    assert "do not go together" in answer.text
    assert "hunter2" not in answer.text
    assert EMAIL in answer.text


def test_too_many_wrong_passwords_are_429_with_the_time_to_wait(
    browser: Browser, in_transaction: InTransaction
) -> None:
    in_transaction(make_user)
    for _ in range(5):
        browser.sign_in(EMAIL, "wrong password")

    answer = browser.sign_in(EMAIL, PASSWORD)

    assert answer.status_code == 429
    assert "too many attempts" in answer.text


def test_the_second_factor_is_asked_after_the_password(
    browser: Browser, in_transaction: InTransaction
) -> None:
    user_id = in_transaction(make_user)
    totp = pyotp.TOTP(in_transaction(lambda s: second_factor.begin_enrollment(s, user_id=user_id)))
    now = datetime.now(UTC)
    codes = in_transaction(
        lambda s: second_factor.confirm_enrollment(
            s, actor=SYSTEM, user_id=user_id, code=totp.at(now), now=now
        )
    )

    answer = browser.sign_in(EMAIL, PASSWORD, next="/account/")

    assert answer.headers["Location"] == "/sign-in/code?next=/account/"
    assert browser.get("/account/").status_code == 302
    pending = browser.cookie()
    replayed = browser.post("/sign-in/code", seen_on="/sign-in/code", code=totp.at(now))
    assert replayed.status_code == 401
    entered = browser.post("/sign-in/code", seen_on="/sign-in/code", code=codes[0], next="/account/")
    assert entered.headers["Location"] == "/account/"
    assert browser.cookie() != pending
    assert browser.get("/account/").status_code == 200


def test_a_badge_and_a_pin_open_the_floor(browser: Browser, in_transaction: InTransaction) -> None:
    user_id = in_transaction(lambda s: make_user(s, role=Role.WAREHOUSE))
    code = in_transaction(lambda s: badges.issue_badge(s, actor=SYSTEM, user_id=user_id, pin="274913"))

    wrong = browser.post("/sign-in/badge", badge=code, pin="274914")
    right = browser.post("/sign-in/badge", badge=code, pin="274913")

    assert wrong.status_code == 401
    assert right.status_code == 302
    assert browser.get("/account/").status_code == 403


def test_an_invitation_leads_to_a_password_and_works_once(
    app: Flask, browser: Browser, signed_in: Callable[[Role], Browser]
) -> None:
    admin = signed_in(Role.ADMIN)
    shown = admin.post(
        "/admin/users/invite",
        seen_on="/admin/users/invite",
        name="Bo <b>Berg</b>",
        email="bo@example.com",
        role="service",
    )
    assert "<b>Berg" not in shown.text
    link = re.search(r"/link/[\w-]+", shown.text)
    assert link
    page = link[0]

    differs = browser.post(page, seen_on=page, password=PASSWORD, again=PASSWORD + "!")
    done = browser.post(page, seen_on=page, password=PASSWORD, again=PASSWORD)

    assert differs.status_code == 422
    assert done.headers["Location"] == "/sign-in"
    assert browser.get(page).status_code == 404
    assert browser.sign_in("bo@example.com", PASSWORD).status_code == 302


def test_a_changed_password_signs_every_other_browser_out(
    app: Flask, browser: Browser, signed_in: Callable[[Role], Browser]
) -> None:
    here, elsewhere = signed_in(Role.SERVICE), Browser(app.test_client())
    elsewhere.sign_in(EMAIL, PASSWORD)
    new = {"password": "another long phrase", "again": "another long phrase"}

    wrong = here.post("/account/password", seen_on="/account/", current_password="not it", **new)
    right = here.post("/account/password", seen_on="/account/", current_password=PASSWORD, **new)

    assert wrong.status_code == 422
    assert right.status_code == 302
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert browser.sign_in(EMAIL, "another long phrase").status_code == 302


def test_a_used_up_link_says_what_to_do(browser: Browser, in_transaction: InTransaction) -> None:
    user_id: UUID = in_transaction(make_user)
    secret = in_transaction(lambda s: links.make_reset_link(s, actor=SYSTEM, user_id=user_id))
    in_transaction(lambda s: links.use_link(s, secret=secret, password=PASSWORD))

    answer = browser.get(f"/link/{secret}")

    assert answer.status_code == 404
    assert "Ask an administrator" in answer.text


def test_turning_on_the_second_factor_shows_recovery_codes_once(
    signed_in: Callable[[Role], Browser], in_transaction: InTransaction
) -> None:
    browser = signed_in(Role.SERVICE)
    page = browser.get("/account/second-factor").text
    user = in_transaction(lambda s: queries.find_user_by_email(s, email=EMAIL))
    assert user.totp_secret is not None
    assert user.totp_secret in page
    assert "<svg" in page
    code = pyotp.TOTP(user.totp_secret).now()

    shown = browser.post("/account/second-factor", seen_on="/account/second-factor", code=code)

    assert len(re.findall(r"\b(?:[2-9a-z]{4}-){3}[2-9a-z]{4}\b", shown.text)) == 10
    assert browser.get("/account/second-factor").status_code == 409
