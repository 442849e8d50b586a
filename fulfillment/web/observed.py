"""What operators see of the web: request ids, one log line a request, and Prometheus counters."""

import logging
import re
import secrets
import time
from typing import Final

from flask import Flask, g, request
from prometheus_client import Counter, Histogram
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.wrappers import Response

from fulfillment.web.context import viewer_or_nobody

HEADER: Final = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Asked every few seconds by machines; a log line for each would bury the rest.
QUIET: Final = frozenset({"health.is_alive", "health.is_ready", "health.metrics", "static"})

log = logging.getLogger("fulfillment.web")

REQUESTS = Counter("fulfillment_http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "fulfillment_http_request_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def begin() -> None:
    """The request has an id: the caller's own if it is harmless, so that two systems' logs join up."""
    given = request.headers.get(HEADER, "")
    g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    g.started_at = time.perf_counter()
    bind_contextvars(request_id=g.request_id)


def end(response: Response) -> Response:
    """The answer names the request's id, and the request is counted and logged without who or what."""
    response.headers[HEADER] = g.get("request_id", "")
    # The rule and not the path: a path holds ids, a public tracking id among them.
    route = request.url_rule.rule if request.url_rule else "none"
    seconds = time.perf_counter() - g.get("started_at", time.perf_counter())
    REQUESTS.labels(request.method, route, str(response.status_code)).inc()
    SECONDS.labels(request.method, route).observe(seconds)
    if request.endpoint not in QUIET:
        found = viewer_or_nobody()
        log.info(
            "request",
            extra={
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
                "actor": found.actor.key if found else None,
            },
        )
    return response


def install(app: Flask) -> None:
    """Requests have ids from before anything else looks at them."""
    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(lambda _error: clear_contextvars())
