"""The courier's remote control: clock, faults, hand-over, and what it holds. Shippo has none of this."""

from collections import Counter
from typing import Any

from flask import Blueprint, Response

from fulfillment.sandbox.carriage import find_to_hand_over, hand_over
from fulfillment.sandbox.clock import moment_of, text_of
from fulfillment.sandbox.courier import Courier
from fulfillment.sandbox.faults import COURIER_FAULTS, UnknownFaultError
from fulfillment.sandbox.http import answer, read_body
from fulfillment.sandbox.limits import LIMITS
from fulfillment.sandbox.webhooks import announce_due


def make_controls(courier: Courier) -> Blueprint:
    """The endpoints below /control."""
    controls = Blueprint("controls", __name__, url_prefix="/control")

    @controls.get("/state")
    def read_state() -> Response:
        return answer(describe(courier))

    @controls.get("/purchases")
    def list_all_purchases() -> Response:
        """Every purchase ever charged, also those nobody can see yet."""
        rows = courier.storage.read(
            "SELECT id, rate, status, metadata, carrier, service, number, cents, currency, pays_on_use,"
            " taken_at, visible_at FROM purchase ORDER BY seq"
        )
        return answer({"purchases": [dict(row) for row in rows]})

    @controls.post("/clock")
    def move_clock() -> Response:
        order = read_body()
        try:
            if "now" in order:
                courier.clock.set(moment_of(str(order["now"])))
            courier.clock.advance(float(order.get("advance_s", 0)))
        except (TypeError, ValueError) as error:
            return answer({"detail": f"Give advance_s in seconds, or now in ISO 8601: {error}."}, 400)
        announce_due(courier)
        return answer(describe(courier))

    @controls.post("/handover")
    def give_to_driver() -> Response:
        """The driver scans parcels: by transaction, by tracking number, or all that wait."""
        order = read_body()
        wanted = order.get("transactions")
        if wanted is None:
            wanted = find_to_hand_over(courier, numbers=order.get("tracking_numbers"))
        count = hand_over(courier, wanted, at=courier.clock.now())
        announce_due(courier)
        return answer({"handed_over": count})

    _add_switches(controls, courier)
    return controls


def _add_switches(controls: Blueprint, courier: Courier) -> None:
    @controls.post("/faults")
    def set_faults() -> Response:
        order = read_body()
        try:
            courier.faults.set(order.get("faults", {}), seed=order.get("seed"))
        except UnknownFaultError as error:
            return answer({"detail": str(error), "known": dict(COURIER_FAULTS)}, 400)
        return answer({"faults": courier.faults.as_json()})

    @controls.delete("/faults")
    def clear_faults() -> Response:
        courier.faults.clear()
        return answer({"faults": {}})

    @controls.post("/settings")
    def set_settings() -> Response:
        order = read_body()
        if order.get("limits", "off") not in LIMITS:
            return answer({"detail": f"limits is one of {', '.join(LIMITS)}."}, 400)
        if "limits" in order:
            courier.set_limits(str(order["limits"]))
        if "void_s" in order:
            courier.storage.keep_setting("void_s", float(order["void_s"]))
        return answer(describe(courier))


def describe(courier: Courier) -> dict[str, Any]:
    """What the courier holds; `duplicates_live` counts usable postage beyond one for the same metadata."""
    purchases = courier.storage.read("SELECT status, metadata, cents, pays_on_use, taken_at FROM purchase")
    live = [row for row in purchases if row["status"] in {"SUCCESS", "REFUNDREJECTED"}]
    by_metadata = Counter(row["metadata"] for row in live if row["metadata"])
    pending = courier.storage.read("SELECT count(*) AS n FROM delivery WHERE is_lost = 0")[0]["n"]
    lost = courier.storage.read("SELECT count(*) AS n FROM delivery WHERE is_lost = 1")[0]["n"]
    return {
        "now": text_of(courier.clock.now()),
        "purchases": len(purchases),
        "by_status": Counter(row["status"] for row in purchases),
        "live": len(live),
        "duplicates_live": sum(count - 1 for count in by_metadata.values()),
        "charged_cents": sum(
            row["cents"] for row in live if not row["pays_on_use"] or row["taken_at"] is not None
        ),
        "in_carriage": sum(row["taken_at"] is not None for row in purchases),
        "webhooks": {"pending": pending, "lost": lost},
        "faults": courier.faults.as_json(),
        "limits": courier.limits,
    }
