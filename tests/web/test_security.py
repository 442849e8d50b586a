from collections.abc import Callable

import pytest
from flask import Flask, request

from fulfillment.accounts.roles import Role
from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.runtime import make_runtime
from fulfillment.store.session import InTransaction
from fulfillment.web.access import machine, takes_upload
from fulfillment.web.security import is_own_path
from tests.accounts.people import PASSWORD, make_user
from tests.web.visitors import TOKEN, Browser


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


def test_only_a_route_that_says_so_takes_a_large_file(app: Flask) -> None:
    @machine
    @takes_upload(4 * 1024 * 1024)
    def take() -> str:
        return str(len(request.files["file"].read()))

    app.add_url_rule("/take", "take", take, methods=["POST"])
    client = app.test_client()

    def send(size: int) -> tuple[int, str]:
        part = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        body = part + b"x" * size + b"\r\n--cut--\r\n"
        answer = client.post("/take", data=body, content_type="multipart/form-data; boundary=cut")
        return answer.status_code, answer.text

    assert send(3 * 1024 * 1024) == (200, str(3 * 1024 * 1024))
    assert send(5 * 1024 * 1024)[0] == 413


def test_in_production_an_administrator_sets_up_a_second_factor_before_anything_else(
    make_settings: Callable[..., Settings], in_transaction: InTransaction
) -> None:
    in_transaction(lambda session: make_user(session, role=Role.ADMIN))
    settings = make_settings(
        mode="production",
        secret_key="8Jx0vQ2mZr7Lw4Tn9Bc1Ky6Hd3Gf5Sa_Ue",
        shippo_webhook_token="Pq7Zx1Mv9Lk3Jh5Gf2Ds8Aq4We6Rt0Yu_I",
        redis_url="redis://127.0.0.1:1/0",
        shippo_api_token="shippo_test_x",
        public_url="https://localhost",
        trusted_hosts=("localhost",),
    )
    runtime = make_runtime(settings, application_name="tests-web")
    client = create_app(runtime).test_client()
    token = TOKEN.search(client.get("/sign-in", base_url="https://localhost").text)
    assert token
    client.post(
        "/sign-in",
        base_url="https://localhost",
        data={"csrf_token": token[1], "email": "admin@example.com", "password": PASSWORD},
    )

    def status(path: str) -> int:
        return client.get(path, base_url="https://localhost").status_code

    assert status("/admin/users/") == 403
    assert status("/account/second-factor") == 200
    assert client.get("/", base_url="https://localhost").headers["Location"] == "/account/"
    assert client.get_cookie("__Host-fulfillment") is not None
    runtime.close()


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
