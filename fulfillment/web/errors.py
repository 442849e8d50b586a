"""What goes wrong, told in the caller's language: problem+json to programs, a page to people."""

import logging
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, g, json, make_response, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from fulfillment.core.errors import (
    ConflictError,
    ForbiddenError,
    FulfillmentError,
    InvalidInputError,
    NotFoundError,
    SignInRequiredError,
    TooManyRequestsError,
    UnavailableError,
)
from fulfillment.web.access import is_api_request
from fulfillment.web.words import _

PROBLEM_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:fulfillment:problem:"

# The one table from kinds to statuses; the first kind that fits counts.
STATUSES: Final[dict[type[FulfillmentError], HTTPStatus]] = {
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    SignInRequiredError: HTTPStatus.UNAUTHORIZED,
    TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    ConflictError: HTTPStatus.CONFLICT,
}
RETRY_UNAVAILABLE_S: Final = 2

# Werkzeug's own refusals, by status, as codes that stay.
HTTP_CODES: Final = {
    400: "bad-request",
    401: "sign-in-required",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    414: "address-too-long",
    415: "not-json",
    422: "invalid-input",
    429: "too-many-requests",
    500: "internal-error",
    503: "unavailable",
}

log = logging.getLogger(__name__)


def status_of(refusal: FulfillmentError) -> int:
    """The HTTP status for a refusal."""
    for kind, status in STATUSES.items():
        if isinstance(refusal, kind):
            return int(status)
    return int(HTTPStatus.CONFLICT)


def problem(
    status: int,
    *,
    code: str,
    detail: str,
    errors: list[dict[str, Any]] | None = None,
    context: dict[str, Any] | None = None,
) -> Response:
    """An answer of RFC 9457 with our stable code; `context` holds the refusal's numbers."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
        "context": context or {},
        "request_id": g.get("request_id", ""),
    }
    response = make_response(json.dumps(body), status)
    response.content_type = PROBLEM_TYPE
    return response


def validation_errors(error: ValidationError) -> list[dict[str, Any]]:
    """What does not fit, place by place; the values sent are not repeated, they may be secret."""
    return [
        {
            "pointer": "".join(f"/{part}" for part in found["loc"]),
            "code": found["type"].replace("_", "-"),
            "message": found["msg"],
        }
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def validation_problem(error: ValidationError) -> Response:
    """The answer to a body, query or path that does not fit; flask-openapi3 aborts with it."""
    if request.method in {"POST", "PUT", "PATCH"} and not request.is_json and _is_about_body(error):
        return problem(
            415, code="not-json", detail="Send the body as JSON with Content-Type: application/json."
        )
    errors = validation_errors(error)
    first = f"{errors[0]['pointer'] or 'The body'}: {errors[0]['message']}"
    rest = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return problem(422, code="invalid-input", detail=first + rest, errors=errors)


def _is_about_body(error: ValidationError) -> bool:
    return all(found["loc"] == () for found in error.errors(include_url=False, include_input=False))


def page_problem(status: int, *, message: str, code: str) -> Response:
    """A page that says what happened and what to do next."""
    response = make_response(
        render_template("error.html", status=status, message=message, code=code, refusal=None), status
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def tell_refusal(refusal: FulfillmentError) -> BaseResponse:
    """The answer to a refusal that the business expects."""
    status = status_of(refusal)
    response: BaseResponse
    if is_api_request():
        response = problem(status, code=refusal.code, detail=refusal.message, context=refusal.detail)
    elif status == HTTPStatus.UNAUTHORIZED and _wants_page() and request.method == "GET":
        target = request.full_path if request.query_string else request.path
        return redirect(url_for("sign_in.ask", next=target))
    elif _wants_page():
        response = page_problem(status, message=refusal.message, code=refusal.code)
    else:
        response = problem(status, code=refusal.code, detail=refusal.message, context=refusal.detail)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, TooManyRequestsError):
        response.headers["Retry-After"] = str(refusal.detail.get("retry_after_s", 60))
    if isinstance(refusal, UnavailableError):
        response.headers["Retry-After"] = str(RETRY_UNAVAILABLE_S)
    return response


def _wants_page() -> bool:
    """Whether a person looks at the answer; a script's fetch says that it takes JSON."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "text/html"


def tell_http_error(error: HTTPException) -> BaseResponse:
    """The answer to what the web layer itself refuses; its headers, such as Allow on 405, are kept."""
    if isinstance(error.response, BaseResponse):
        return error.response
    status = error.code or 500
    code = HTTP_CODES.get(status, "http-error")
    message = _http_message(status, error)
    if is_api_request() or not _wants_page() or isinstance(error, SecurityError):
        # Under a host name that is not ours no page can be made: its links would lead there.
        response = problem(status, code=code, detail=message)
    else:
        response = page_problem(status, message=message, code=code)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _http_message(status: int, error: HTTPException) -> str:
    known = {
        404: _("There is nothing at this address."),
        405: _("This address does not take %(method)s requests.", method=request.method),
        413: _("What was sent is too large."),
        500: _(
            "Something went wrong on our side. Nothing was half done; try again, or tell us the number below."
        ),
    }
    return known.get(status) or error.description or HTTPStatus(status).phrase


def tell_crash(error: Exception) -> BaseResponse:
    """The answer to what nobody expected; the traceback goes to the log with the request's id."""
    log.error("request_failed", exc_info=error)
    status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
    message = _(
        "Something went wrong on our side. Nothing was half done; try again, or tell us the number below."
    )
    if is_api_request() or not _wants_page():
        return problem(status, code="internal-error", detail=message)
    return page_problem(status, message=message, code="internal-error")


def install(app: Flask) -> None:
    """Every error of the app is told by this module."""
    app.register_error_handler(FulfillmentError, tell_refusal)
    app.register_error_handler(HTTPException, tell_http_error)
    app.register_error_handler(Exception, tell_crash)
