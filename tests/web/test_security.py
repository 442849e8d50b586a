from collections.abc import Callable

import pytest
from flask import Flask

from fulfillment.accounts.roles import Role
from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.runtime import make_runtime
from fulfillment.web.security import is_own_path
from tests.accounts.people import PASSWORD
from tests.web.visitors import Browser


def test_every_answer_tells_the_browser_to_trust_only_us(app: Flask) -> None:
    client = app.test_client()

    for path in ("/sign-in", "/nowhere", "/static/app.css", "/healthz", "/api/openapi.json"):
        with client.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Request-ID"]


def test_pages_are_not_kept_by_browsers_and_versioned_files_are(app: Flask) -> None:
    client = app.test_client()

    def kept(path: str) -> str:
        with client.get(path) as answer:
            return answer.headers["Cache-Control"]

    assert kept("/sign-in") == "no-store"
    assert "immutable" in kept("/static/app.css?v=1")
    assert kept("/static/nothing.css?v=1") == "no-store"


def test_over_https_cookies_are_bound_to_the_host_and_the_browser_is_told_to_stay(
    make_settings: Callable[..., Settings],
) -> None:
    settings = make_settings(public_url="https://warehouse.example", secret_key="k" * 40)
    runtime = make_runtime(settings, application_name="tests-web")
    client = create_app(runtime).test_client()

    answer = client.get("/sign-in", base_url="https://warehouse.example")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = answer.headers["Set-Cookie"]
    assert "Secure; HttpOnly; Path=/; SameSite=Lax" in cookie
    runtime.close()


def test_the_session_cookie_cannot_be_read_by_scripts(signed_in: Callable[[Role], Browser]) -> None:
    browser = signed_in(Role.SERVICE)

    cookie = browser.client.get_cookie("fulfillment")

    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.expires is None


def test_a_request_for_another_host_is_refused(app: Flask) -> None:
    assert app.test_client().get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_a_request_that_is_too_large_is_refused(app: Flask) -> None:
    answer = app.test_client().post("/sign-in", data={"email": "x" * (3 * 1024 * 1024)})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/%0d%0a",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/a\nb",
        " /a",
        "\\\\evil.example",
    ],
)
def test_no_redirect_leads_away(app: Flask, target: str) -> None:
    with app.test_request_context():
        assert not is_own_path(target) or target == "/%0d%0a"


def test_after_sign_in_only_a_place_of_ours_is_next(
    browser: Browser, signed_in: Callable[[Role], Browser]
) -> None:
    signed_in(Role.SERVICE)

    away = browser.sign_in("service@example.com", PASSWORD, next="//evil.example/")
    home = browser.sign_in("service@example.com", PASSWORD, next="/account/")

    assert away.headers["Location"] == "/"
    assert home.headers["Location"] == "/account/"
