from collections.abc import Callable

import pytest
from flask import Flask

from fulfillment.accounts.roles import Permission, Role
from fulfillment.web.access import MARK, Access, allowed, public
from tests.web.visitors import Browser, Program


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    silent = [
        rule.rule for rule in app.url_map.iter_rules() if not hasattr(app.view_functions[rule.endpoint], MARK)
    ]

    assert silent == []


# Adding to this list is a decision: everything on it is open to the whole internet.
OPEN = {
    "/",
    "/api/openapi.json",
    "/healthz",
    "/link/<secret>",
    "/metrics",
    "/readyz",
    "/sign-in",
    "/sign-in/badge",
    "/sign-in/code",
    "/sign-out",
    "/static/<path:filename>",
}


def test_the_doors_of_the_foundation_that_are_open_to_anybody_are_these(app: Flask) -> None:
    foundation = {"home", "api_document", "health", "sign_in", "account", "static"}
    found = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], MARK).is_public
        and (rule.endpoint.partition(".")[0] in foundation or rule.endpoint.startswith("admin_"))
    }

    assert found == OPEN


def test_a_route_that_says_nothing_is_closed(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")

    assert app.test_client().get("/forgotten").status_code == 403


def test_a_route_cannot_say_it_twice() -> None:
    with pytest.raises(TypeError):
        public(allowed(Permission.READ_ORDERS)(lambda: ""))


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(browser: Browser) -> None:
    answer = browser.get("/admin/users/?cursor=x")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/admin/users/?cursor%3Dx"


def test_a_role_without_the_permission_is_refused(signed_in: Callable[[Role], Browser]) -> None:
    browser = signed_in(Role.SERVICE)

    answer = browser.get("/admin/users/")

    assert answer.status_code == 403
    assert "accounts:write" in answer.text


def test_each_role_opens_its_own_parts_of_the_administration(signed_in: Callable[[Role], Browser]) -> None:
    paths = ("/admin/users/", "/admin/tokens/", "/admin/jobs/", "/admin/audit/", "/admin/settings/")
    supervisor, admin, warehouse = (signed_in(role) for role in (Role.SUPERVISOR, Role.ADMIN, Role.WAREHOUSE))

    assert [supervisor.get(path).status_code for path in paths] == [403, 403, 200, 200, 403]
    assert [admin.get(path).status_code for path in paths] == [200] * 5
    assert [warehouse.get(path).status_code for path in paths] == [403] * 5


def test_the_api_takes_no_cookie(app: Flask, signed_in: Callable[[Role], Browser]) -> None:
    @allowed(Permission.READ_ORDERS)
    def answer() -> str:
        return "in"

    app.add_url_rule("/api/v1/probe", "probe", answer)
    browser = signed_in(Role.SUPERVISOR)

    refused = browser.get("/api/v1/probe")

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.json is not None
    assert refused.json["code"] == "sign-in-required"


def test_a_token_opens_what_its_scopes_say_and_no_page(app: Flask, program: Callable[..., Program]) -> None:
    for name, permission in (("orders", Permission.READ_ORDERS), ("stock", Permission.READ_STOCK)):
        view = allowed(permission)(lambda: "in")
        app.add_url_rule(f"/api/v1/probe/{name}", f"probe_{name}", view)
    shop = program("orders:read")

    assert shop.call("GET", "/api/v1/probe/orders").text == "in"
    assert shop.call("GET", "/api/v1/probe/stock").status_code == 403
    assert shop.call("GET", "/admin/jobs/").status_code == 302


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer fft_wrong", "Basic YTpi", "bearer x\x80"]
)
def test_a_wrong_token_lets_nobody_in(app: Flask, header: str) -> None:
    app.add_url_rule("/api/v1/probe", "probe", allowed(Permission.READ_ORDERS)(lambda: "in"))

    answer = app.test_client().get("/api/v1/probe", headers={"Authorization": header})

    assert answer.status_code == 401


def test_what_a_route_declares_can_be_read() -> None:
    view = allowed(Permission.READ_ORDERS, Permission.USE_PORTAL)(lambda: "")

    assert getattr(view, MARK) == Access(frozenset({Permission.READ_ORDERS, Permission.USE_PORTAL}))
