"""Shippo's HTTP API, as far as the official SDK and our adapter use it."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, request

from fulfillment.sandbox.carriage import close_out, scans_of
from fulfillment.sandbox.courier import BadOrderError, Courier, new_object_id
from fulfillment.sandbox.courier_controls import make_controls
from fulfillment.sandbox.courier_files import make_files
from fulfillment.sandbox.courier_sales import make_sales
from fulfillment.sandbox.http import answer, listing, prepare_app, read_body
from fulfillment.sandbox.limits import RateLimits
from fulfillment.sandbox.shipments import create_shipment, find_fault, make_address
from fulfillment.sandbox.shippo_answers import (
    answer_carrier_accounts,
    answer_tracking,
    answer_unknown_tracking,
)

LIVE_TOKEN = "shippo_live_"  # noqa: S105 - the public prefix of live tokens, not a token
TOKEN = re.compile(r"ShippoToken shippo_test_\S+")
OPEN_PATHS = ("/control/", "/label-files/", "/manifest-files/", "/healthz")


def make_courier_app(courier: Courier) -> Flask:
    """The sandbox courier as a Flask application."""
    app = Flask("sandbox-courier", static_folder=None)
    prepare_app(app)
    limits = RateLimits(courier)

    @app.before_request
    def guard() -> Response | None:
        if request.path.startswith(OPEN_PATHS):
            return None
        if not TOKEN.fullmatch(request.headers.get("Authorization", "")):
            return answer({"detail": "Authentication credentials were not provided."}, 401)
        if courier.faults.strike("too_many") or limits.is_exceeded(request.method, request.path):
            return answer({"detail": "Request was throttled."}, 429)
        return None

    @app.errorhandler(BadOrderError)
    def refuse(error: BadOrderError) -> Response:
        return answer(error.body, error.status)

    @app.get("/healthz")
    def healthz() -> Response:
        return answer({"status": "ok"})

    app.register_blueprint(_make_quotes(courier))
    app.register_blueprint(_make_tracks(courier))
    app.register_blueprint(_make_registrations(courier))
    app.register_blueprint(make_sales(courier))
    app.register_blueprint(make_files(courier))
    app.register_blueprint(make_controls(courier))
    return app


def _make_quotes(courier: Courier) -> Blueprint:
    """Addresses, shipments and rates."""
    quotes = Blueprint("quotes", __name__)

    @quotes.post("/addresses")
    def create_address() -> Response:
        order = read_body()
        if not order.get("country"):
            return answer({"country": ["This field is required."]}, 400)
        address = make_address(order, now=courier.clock.now())
        if order.get("validate"):
            address["validation_results"] = _verdict(address)
        with courier.storage.transaction() as database:
            database.execute("INSERT INTO address VALUES (?, ?)", (address["object_id"], json.dumps(address)))
        return answer(address, 201)

    @quotes.get("/addresses/<address_id>")
    def read_address(address_id: str) -> Response:
        return _kept(courier, "address", address_id)

    @quotes.get("/addresses/<address_id>/validate")
    def validate_address(address_id: str) -> Response:
        rows = courier.storage.read("SELECT body FROM address WHERE id = ?", address_id)
        if not rows:
            return answer({"detail": "Not found."}, 404)
        address = json.loads(rows[0]["body"])
        return answer({**address, "validation_results": _verdict(address)})

    _add_shipments(quotes, courier)
    return quotes


def _add_shipments(quotes: Blueprint, courier: Courier) -> None:
    @quotes.post("/shipments")
    def post_shipment() -> Response:
        if courier.faults.strike("rates_error"):
            return answer({"detail": "Service unavailable."}, 503)
        slow = courier.faults.strike("rates_slow")
        if slow:
            time.sleep(slow.delay_s)
        return answer(create_shipment(courier, read_body()), 201)

    @quotes.get("/shipments/<shipment_id>")
    def read_shipment(shipment_id: str) -> Response:
        return _kept(courier, "shipment", shipment_id)

    @quotes.get("/shipments/<shipment_id>/rates")
    def list_rates(shipment_id: str) -> Response:
        rows = courier.storage.read("SELECT body FROM rate WHERE shipment = ? ORDER BY rowid", shipment_id)
        return answer(listing([json.loads(row["body"]) for row in rows]))

    @quotes.get("/rates/<rate_id>")
    def read_rate(rate_id: str) -> Response:
        return _kept(courier, "rate", rate_id)


def _make_tracks(courier: Courier) -> Blueprint:
    """Tracking of what was sold here."""
    tracks = Blueprint("tracks", __name__)

    def look_up(carrier: str, number: str) -> Response:
        if courier.faults.strike("track_error"):
            return answer({"detail": "Service unavailable."}, 503)
        now = courier.clock.now()
        rows = courier.storage.read(
            "SELECT * FROM purchase WHERE carrier = ? AND number = ?", carrier, number
        )
        if not rows:
            return answer(answer_unknown_tracking(carrier, number, now=now))
        return answer(answer_tracking(rows[0], [scan for scan in scans_of(rows[0]) if scan.at <= now]))

    @tracks.get("/tracks/<carrier>/<number>")
    def read_track(carrier: str, number: str) -> Response:
        return look_up(carrier, number)

    @tracks.post("/tracks")
    def create_track() -> Response:
        order = read_body()
        return look_up(str(order.get("carrier")), str(order.get("tracking_number")))

    return tracks


def _make_registrations(courier: Courier) -> Blueprint:
    """Webhooks, manifests and carrier accounts."""
    registrations = Blueprint("registrations", __name__)

    @registrations.get("/webhooks")
    def list_webhooks() -> Response:
        rows = courier.storage.read("SELECT body FROM webhook")
        return answer(listing([json.loads(row["body"]) for row in rows]))

    @registrations.post("/webhooks")
    def create_webhook() -> Response:
        order = read_body()
        if not order.get("url") or len(str(order["url"])) >= 200 or not order.get("event"):
            return answer({"url": ["An address of less than 200 characters and an event are required."]}, 400)
        hook = {
            "object_id": new_object_id(),
            "event": order["event"],
            "url": order["url"],
            "active": order.get("active") is not False,
            "is_test": True,
        }
        with courier.storage.transaction() as database:
            database.execute("INSERT INTO webhook VALUES (?, ?)", (hook["object_id"], json.dumps(hook)))
        return answer(hook, 201)

    @registrations.delete("/webhooks/<webhook_id>")
    def delete_webhook(webhook_id: str) -> Response:
        with courier.storage.transaction() as database:
            database.execute("DELETE FROM webhook WHERE id = ?", (webhook_id,))
        return Response(status=204)

    @registrations.post("/manifests")
    def create_manifest() -> Response:
        return answer(close_out(courier, read_body()), 201)

    @registrations.get("/manifests/<manifest_id>")
    def read_manifest(manifest_id: str) -> Response:
        return _kept(courier, "manifest", manifest_id)

    @registrations.get("/carrier_accounts")
    def list_carrier_accounts() -> Response:
        return answer(listing(answer_carrier_accounts()))

    return registrations


def _kept(courier: Courier, table: str, object_id: str) -> Response:
    """An object as it was written."""
    rows = courier.storage.read(f"SELECT body FROM {table} WHERE id = ?", object_id)  # noqa: S608 - our own table names
    if not rows:
        return answer({"detail": "Not found."}, 404)
    return Response(rows[0]["body"], mimetype="application/json")


def _verdict(address: Mapping[str, Any]) -> Mapping[str, Any]:
    fault = find_fault(address)
    messages = [{"source": "sandbox", "code": "invalid_address", "type": "address_error", "text": fault}]
    return {"is_valid": fault is None, "messages": messages if fault else []}
