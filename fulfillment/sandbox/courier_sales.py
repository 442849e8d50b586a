"""Transactions and refunds over HTTP, with every way in which they can go wrong after the money moved."""

import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from fulfillment.sandbox.courier import BadOrderError, Courier
from fulfillment.sandbox.http import DropConnectionError, answer, listing, read_body
from fulfillment.sandbox.purchases import (
    AT_ONCE,
    Sale,
    find_purchase,
    list_purchases,
    sell,
    settle_due,
    take_back,
)
from fulfillment.sandbox.shippo_answers import answer_purchase, answer_refund
from fulfillment.sandbox.webhooks import announce

MAX_RESULTS = 100
ASYNC_S = 0.5
"""Real seconds an asynchronous purchase stays queued."""

FOREIGN_HOST = "https://labels.courier.invalid"
HTML = "<!doctype html><title>502</title><h1>Something went wrong</h1>"


def make_sales(courier: Courier) -> Blueprint:
    """The endpoints that sell and take back."""
    sales = Blueprint("sales", __name__)

    @sales.post("/transactions")
    def create_transaction() -> Response:
        order = read_body()
        _maybe_fail_before(courier)
        sale, is_late = _sale_of(courier, order)
        rows = sell(courier, order, sale=sale)
        if is_late:
            return answer({"detail": "Gateway timeout."}, 504)
        body = answer_purchase(courier, rows[0])
        announce(courier, "transaction_created", body)
        return _maybe_spoil(courier, body)

    @sales.get("/transactions")
    def list_transactions() -> Response:
        if courier.faults.strike("list_error"):
            return answer({"detail": "Service unavailable."}, 503)
        settle_due(courier)
        page = max(1, request.args.get("page", 1, int))
        rows, has_more = list_purchases(
            courier,
            rate=request.args.get("rate"),
            status=request.args.get("object_status"),
            page=page,
            results=min(MAX_RESULTS, max(1, request.args.get("results", 25, int))),
        )
        return answer(listing([answer_purchase(courier, row) for row in rows], page=page, has_more=has_more))

    @sales.get("/transactions/<transaction_id>")
    def read_transaction(transaction_id: str) -> Response:
        settle_due(courier)
        row = find_purchase(courier, transaction_id)
        return answer({"detail": "Not found."}, 404) if row is None else answer(answer_purchase(courier, row))

    _add_refunds(sales, courier)
    return sales


def _add_refunds(sales: Blueprint, courier: Courier) -> None:
    @sales.post("/refunds")
    def create_refund() -> Response:
        settle_due(courier)
        refund = take_back(courier, str(read_body().get("transaction")))
        if courier.faults.strike("void_drop_after"):
            raise DropConnectionError
        if courier.faults.strike("void_error_after"):
            return answer({"detail": "Bad gateway."}, 502)
        return answer(answer_refund(refund), 201)

    @sales.get("/refunds/")
    def list_refunds() -> Response:
        settle_due(courier)
        rows = courier.storage.read("SELECT * FROM refund ORDER BY created DESC LIMIT ?", MAX_RESULTS)
        return answer(listing([answer_refund(row) for row in rows]))

    @sales.get("/refunds/<refund_id>")
    def read_refund(refund_id: str) -> Response:
        settle_due(courier)
        rows = courier.storage.read("SELECT * FROM refund WHERE id = ?", refund_id)
        return answer(answer_refund(rows[0])) if rows else answer({"detail": "Not found."}, 404)


def _maybe_fail_before(courier: Courier) -> None:
    """Whatever goes wrong while nothing is charged yet."""
    slow = courier.faults.strike("slow")
    if slow:
        time.sleep(slow.delay_s)
    if courier.faults.strike("drop_before_charge"):
        raise DropConnectionError
    if courier.faults.strike("error_before_charge"):
        raise BadOrderError({"detail": "Service unavailable."}, status=503)


def _sale_of(courier: Courier, order: Mapping[str, Any]) -> tuple[Sale, bool]:
    """How the order will be carried out, and whether its answer is lost on the way."""
    late = courier.faults.strike("late_charge")
    if late:
        return Sale(visible_after_s=late.delay_s), True
    if courier.faults.strike("refuse"):
        return Sale(status="ERROR"), False
    for fault, end in (("queued", "SUCCESS"), ("queued_then_error", "ERROR")):
        struck = courier.faults.strike(fault)
        if struck:
            return Sale(status="QUEUED", settles_after_s=struck.delay_s, settles_to=end), False
    # Shippo's default differs: asynchronous for a rate, synchronous for a label without one.
    if order.get("async", "rate" in order) is True:
        return Sale(status="QUEUED", settles_after_s=ASYNC_S, settles_to="SUCCESS"), False
    return AT_ONCE, False


def _maybe_spoil(courier: Courier, body: dict[str, Any]) -> Response:
    """The answer to a paid order, as it arrives."""
    strike = courier.faults.strike
    slow = strike("slow_after_charge")
    if slow:
        time.sleep(slow.delay_s)
    if strike("drop_after_charge"):
        raise DropConnectionError
    if strike("error_after_charge"):
        return answer({"detail": "Bad gateway."}, 502)
    if strike("html"):
        return Response(HTML, 201, mimetype="text/html")
    for fault, changes in _changed_words(body).items():
        if strike(fault):
            body = {**body, **changes}
    if strike("no_created_by"):
        body = {name: value for name, value in body.items() if name != "created_by"}
    return answer(body, 200 if strike("http_200") else 201)


def _changed_words(body: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What each fault puts in the answer's place."""
    object_id = body["object_id"]
    return {
        "unknown_enum": {
            "status": "PURCHASED",
            "tracking_status": "IN_ORBIT",
            "label_file_type": "PDF_3x3",
        },
        "object_tracking_status": {"tracking_status": {"object_id": object_id, "status": "PRE_TRANSIT"}},
        "label_foreign_host": {"label_url": f"{FOREIGN_HOST}/{object_id}.pdf"},
    }
