from collections.abc import Callable

import pytest
from flask import Flask

from fulfillment.accounts.roles import Permission
from fulfillment.core import errors as core_errors
from fulfillment.core.errors import (
    FulfillmentError,
    InvalidInputError,
    OutOfStockError,
    TooManyRequestsError,
    UnavailableError,
)
from fulfillment.web.access import allowed, public
from fulfillment.web.errors import status_of
from tests.web.visitors import Browser, Program


def serve(app: Flask, error: Exception, path: str = "/api/v1/probe") -> None:
    @public
    def fail() -> str:
        raise error

    app.add_url_rule(path, "probe", fail)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("InvalidInputError", 422),
        ("KeyReusedError", 422),
        ("NotFoundError", 404),
        ("ConflictError", 409),
        ("OutOfStockError", 409),
        ("NotAllowedEdgeError", 409),
        ("ForbiddenError", 403),
        ("SignInRequiredError", 401),
        ("TooManyRequestsError", 429),
        ("UnavailableError", 503),
    ],
)
def test_each_kind_of_refusal_has_its_status(name: str, status: int) -> None:
    kind: type[FulfillmentError] = getattr(core_errors, name)

    assert status_of(kind("no")) == status


def test_a_refusal_is_a_problem_with_a_stable_code_and_its_numbers(app: Flask) -> None:
    serve(app, OutOfStockError("Only 3 of 5 units of SKU-1 are left.", sku="SKU-1", left=3))

    answer = app.test_client().get("/api/v1/probe", headers={"X-Request-ID": "abcdefgh"})

    assert answer.status_code == 409
    assert answer.content_type == "application/problem+json"
    assert answer.json == {
        "type": "urn:fulfillment:problem:out-of-stock",
        "title": "Conflict",
        "status": 409,
        "detail": "Only 3 of 5 units of SKU-1 are left.",
        "code": "out-of-stock",
        "errors": [],
        "context": {"sku": "SKU-1", "left": 3},
        "request_id": "abcdefgh",
    }


def test_a_person_gets_a_page_that_escapes_what_she_typed(app: Flask) -> None:
    serve(app, InvalidInputError("There is no <script>SKU</script>."), "/probe")

    answer = app.test_client().get("/probe", headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert "There is no &lt;script&gt;SKU&lt;/script&gt;." in answer.text


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(TooManyRequestsError("Wait.", retry_after_s=90), "90"), (UnavailableError("Later."), "2")],
)
def test_who_may_come_back_is_told_when(app: Flask, error: Exception, seconds: str) -> None:
    serve(app, error)

    assert app.test_client().get("/api/v1/probe").headers["Retry-After"] == seconds


def test_a_wrong_method_names_the_right_ones(app: Flask) -> None:
    answer = app.test_client().delete("/api/openapi.json")

    assert answer.status_code == 405
    assert answer.json is not None
    assert answer.json["code"] == "method-not-allowed"
    assert "GET" in answer.headers["Allow"]


def test_what_nobody_expected_is_500_and_shows_nothing_of_the_inside(app: Flask) -> None:
    serve(app, RuntimeError("password is hunter2"))

    answer = app.test_client().get("/api/v1/probe")

    assert answer.status_code == 500
    assert answer.json is not None
    assert answer.json["code"] == "internal-error"
    assert "hunter2" not in answer.text


def test_nothing_there_is_404_in_the_callers_language(app: Flask, browser: Browser) -> None:
    page, api = browser.get("/nowhere"), browser.get("/api/v1/nowhere")

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert (api.status_code, api.mimetype) == (404, "application/problem+json")


def test_a_forbidden_program_learns_what_it_lacks(app: Flask, program: Callable[..., Program]) -> None:
    app.add_url_rule("/api/v1/probe", "probe", allowed(Permission.WRITE_ORDERS)(lambda: "in"))

    answer = program("orders:read").call("GET", "/api/v1/probe")

    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["context"] == {"permissions": ["orders:write"]}
