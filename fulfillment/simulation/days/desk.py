"""What buyers and customer service do: goods sent back, orders held and cancelled."""

import uuid
from collections.abc import Callable, Sequence
from enum import IntEnum

from fulfillment.core.errors import ConflictError
from fulfillment.simulation.river.api import Api, Json

Say = Callable[[str, int | None, int | None], None]


class Stage(IntEnum):
    """How far a return has come."""

    ASKED = 1
    POSTED = 2
    RECEIVED = 3
    INSPECTED = 4
    APPROVED = 5


# Of each: why, how far, and what the inspector finds. The first go to the orders of the portal's distributor.
TAKEN_BACK = (
    ("defective", Stage.APPROVED, "opened"),
    ("unwanted", Stage.APPROVED, "sealed"),
    ("damaged", Stage.INSPECTED, "damaged"),
    ("unwanted", Stage.INSPECTED, "sealed"),
    ("wrong_item", Stage.RECEIVED, "sealed"),
    ("unwanted", Stage.RECEIVED, "sealed"),
    ("unwanted", Stage.POSTED, "sealed"),
    ("cooling_off", Stage.APPROVED, "sealed"),
)
ASKED_FOR = (
    ("unwanted", Stage.ASKED, "sealed"),
    ("defective", Stage.POSTED, "opened"),
    ("unwanted", Stage.ASKED, "sealed"),
    ("damaged", Stage.RECEIVED, "damaged"),
)
NOTES = {
    "defective": "The pump does not work.",
    "damaged": "The box was crushed and the jar is broken.",
    "wrong_item": "Ordered another shade.",
    "unwanted": "No longer needed.",
    "cooling_off": "Changed my mind within the cooling-off time.",
}
HOLDS = (
    ("customer", "The customer asked us to wait: she is moving on Friday."),
    ("address", "The street was not found; asked for the house number by mail."),
)
CANCELLED = ("Ordered twice by mistake.", "The customer called: wrong size.")


class Desk:
    """Customer service and the returns bench; a supervisor approves what they propose."""

    def __init__(self, service: Api, supervisor: Api) -> None:
        self.service = service
        self.supervisor = supervisor
        self.problems: list[str] = []

    def take_returns_back(self, orders: Sequence[str], *, say: Say) -> None:
        """Some delivered orders have come back, each to another stage; those that have a return stay."""
        self._bring_back(orders, TAKEN_BACK, say)

    def ask_for_returns(self, orders: Sequence[str]) -> None:
        """Some buyers have just asked, or their parcel is on its way or at the dock."""
        self._bring_back(orders, ASKED_FOR, lambda *_: None)

    def stop_orders(self) -> None:
        """A few waiting orders are held, a few are cancelled and their refunds proposed."""
        pages = self.service.pages("/orders", state="accepted")
        waiting = [order for order in pages if order["progress"] == "promised"][: len(HOLDS) + len(CANCELLED)]
        for order, (code, note) in zip(waiting, HOLDS, strict=False):
            self._try(f"/orders/{order['id']}/hold", {"code": code, "note": note})
        for order, note in zip(waiting[len(HOLDS) :], CANCELLED, strict=False):
            self._try(f"/orders/{order['id']}/cancel", {"note": note})

    def _bring_back(self, orders: Sequence[str], plan: Sequence[tuple[str, Stage, str]], say: Say) -> None:
        used = {found["order_id"] for found in self.service.pages("/returns")}
        fresh = [order_id for order_id in orders if order_id not in used]
        for place, (order_id, (reason, stage, grade)) in enumerate(zip(fresh, plan, strict=False)):
            say("Taking goods back", place, len(plan))
            try:
                self._return(order_id, reason=reason, stage=stage, grade=grade)
            except ConflictError as refusal:
                self.problems.append(refusal.message)

    def _return(self, order_id: str, *, reason: str, stage: Stage, grade: str) -> None:
        lines = [
            {"order_line_id": line["order_line_id"], "units": 1}
            for line in self.service.get(f"/orders/{order_id}/returnable")["items"]
            if line["returnable"] > 0
        ][:2]
        if not lines:
            return
        body = {"order_id": order_id, "reason": reason, "note": NOTES[reason], "lines": lines}
        asked = self.service.post("/returns", body)
        if asked["state"] == "refused":
            return
        if stage is Stage.POSTED:
            self.service.post(f"/returns/{asked['id']}/posted", {})
        for line in asked["lines"] if stage >= Stage.RECEIVED else ():
            scan = {"scan_id": str(uuid.uuid4()), "sku": line["sku"], "qty": line["qty_requested"]}
            self.service.post(f"/returns/{asked['id']}/receipts", scan)
        for line in asked["lines"] if stage >= Stage.INSPECTED else ():
            self._inspect(asked["id"], line, grade)
        if stage is Stage.APPROVED:
            self._approve(asked["id"])

    def _approve(self, return_id: str) -> None:
        for refund in self.service.pages("/refunds", return_id=return_id, state="proposed"):
            self.supervisor.post(f"/refunds/{refund['id']}/approve", {})

    def _inspect(self, return_id: str, line: Json, grade: str) -> None:
        """Sealed goods wait in quarantine for a quality decision, the others are thrown away."""
        self.service.post(
            "/inspections",
            {
                "return_id": return_id,
                "return_line_id": line["id"],
                "qty": line["qty_requested"],
                "grade": grade,
                "disposition": "quarantine" if grade == "sealed" else "scrap",
            },
        )

    def _try(self, path: str, body: Json) -> None:
        try:
            self.service.post(path, body, key=f"days:{path}")
        except ConflictError as refusal:
            self.problems.append(refusal.message)
