"""The sandbox payment provider over HTTP: refunds by key, look-up by key, and ways to lose an answer."""

import hmac
import time

from flask import Blueprint, Flask, Response, request

from fulfillment.sandbox.clock import moment_of, text_of
from fulfillment.sandbox.faults import PAYMENT_FAULTS, UnknownFaultError
from fulfillment.sandbox.http import DropConnectionError, answer, prepare_app, read_body
from fulfillment.sandbox.payments import Payments, RefusedError, answer_refund, read_money

HTML = "<!doctype html><title>502</title><h1>Something went wrong</h1>"


def make_payments_app(payments: Payments, *, token: str = "") -> Flask:
    """The sandbox payment provider as a Flask application; with a token it answers to that one only."""
    app = Flask("sandbox-payments", static_folder=None)
    prepare_app(app)

    @app.before_request
    def guard() -> Response | None:
        if request.path.startswith(("/control/", "/healthz")):
            return None
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not given or (token and not hmac.compare_digest(given.encode(), token.encode())):
            return answer({"code": "unauthorized", "message": "The token is missing or wrong."}, 401)
        return None

    @app.errorhandler(RefusedError)
    def refuse(error: RefusedError) -> Response:
        return answer(error.body, error.status)

    @app.get("/healthz")
    def healthz() -> Response:
        return answer({"status": "ok"})

    app.register_blueprint(_make_refunds(payments))
    app.register_blueprint(_make_controls(payments))
    return app


def _make_refunds(payments: Payments) -> Blueprint:
    refunds = Blueprint("refunds", __name__)

    @refunds.put("/payments/<payment_id>")
    def capture(payment_id: str) -> Response:
        payments.capture(payment_id, read_money(read_body()))
        return answer({"id": payment_id}, 201)

    @refunds.post("/refunds")
    def create_refund() -> Response:
        order = read_body()
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            raise RefusedError("idempotency-key-missing", "Send an Idempotency-Key.", status=400)
        _maybe_fail_before(payments)
        if payments.faults.strike("refuse"):
            refusal = RefusedError("declined", "The bank of the tender declines the refund.", status=402)
            payments.note_refusal(order, key=key, **refusal.body)
            raise refusal
        pending = payments.faults.strike("pending")
        row = payments.pay_back(order, key=key, pending_s=pending.delay_s if pending else None)
        return _maybe_fail_after(payments, answer(answer_refund(row), 201))

    @refunds.get("/refunds")
    def list_refunds() -> Response:
        if payments.faults.strike("lookup_error"):
            return answer({"code": "unavailable", "message": "Try again."}, 503)
        since = request.args.get("since")
        try:
            rows, has_more = payments.list_refunds(
                key=request.args.get("key"),
                since=moment_of(since) if since else 0.0,
                page=max(1, request.args.get("page", 1, int)),
            )
        except ValueError as error:
            raise RefusedError("invalid-instant", str(error), status=400) from error
        return answer({"refunds": [answer_refund(row) for row in rows], "has_more": has_more})

    return refunds


def _maybe_fail_before(payments: Payments) -> None:
    slow = payments.faults.strike("slow")
    if slow:
        time.sleep(slow.delay_s)
    if payments.faults.strike("drop_before"):
        raise DropConnectionError
    if payments.faults.strike("error_before"):
        raise RefusedError("internal", "Something went wrong.", status=500)


def _maybe_fail_after(payments: Payments, response: Response) -> Response:
    if payments.faults.strike("drop_after"):
        raise DropConnectionError
    if payments.faults.strike("error_after"):
        return answer({"code": "internal", "message": "Something went wrong."}, 500)
    if payments.faults.strike("html"):
        return Response(HTML, 201, mimetype="text/html")
    return response


def _make_controls(payments: Payments) -> Blueprint:
    """The provider's remote control."""
    controls = Blueprint("controls", __name__, url_prefix="/control")

    @controls.get("/state")
    def read_state() -> Response:
        return answer(_describe(payments))

    @controls.post("/clock")
    def move_clock() -> Response:
        order = read_body()
        try:
            if "now" in order:
                payments.clock.set(moment_of(str(order["now"])))
            payments.clock.advance(float(order.get("advance_s", 0)))
        except (TypeError, ValueError) as error:
            return answer({"detail": f"Give advance_s in seconds, or now in ISO 8601: {error}."}, 400)
        return answer(_describe(payments))

    @controls.post("/faults")
    def set_faults() -> Response:
        order = read_body()
        try:
            payments.faults.set(order.get("faults", {}), seed=order.get("seed"))
        except UnknownFaultError as error:
            return answer({"detail": str(error), "known": dict(PAYMENT_FAULTS)}, 400)
        return answer({"faults": payments.faults.as_json()})

    @controls.delete("/faults")
    def clear_faults() -> Response:
        payments.faults.clear()
        return answer({"faults": {}})

    return controls


def _describe(payments: Payments) -> dict[str, object]:
    """What the provider holds; `keys_paid_twice` counts keys under which more than one refund was paid."""
    totals = payments.storage.read(
        "SELECT status, count(*) AS n, sum(amount) AS cents FROM refund GROUP BY status"
    )
    twice = payments.storage.read(
        "SELECT count(*) AS n FROM (SELECT key FROM refund WHERE status <> 'refused'"
        " GROUP BY key HAVING count(*) > 1)"
    )
    over = payments.storage.read(
        "SELECT count(*) AS n FROM payment WHERE captured < (SELECT coalesce(sum(amount), 0) FROM refund"
        " WHERE refund.payment = payment.id AND status <> 'refused')"
    )
    return {
        "now": text_of(payments.clock.now()),
        "refunds": {row["status"]: row["n"] for row in totals},
        "minor": {row["status"]: row["cents"] for row in totals},
        "keys_paid_twice": twice[0]["n"],
        "payments_over_refunded": over[0]["n"],
        "faults": payments.faults.as_json(),
    }
