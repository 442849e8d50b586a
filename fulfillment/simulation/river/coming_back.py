"""Goods that come back, by API: asked for, received, inspected, refunded by another person's approval."""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fulfillment.core.errors import ConflictError
from fulfillment.imports.matching import PlannedReturn
from fulfillment.simulation.river.api import Api, Json

GRADES = ("sealed", "sealed", "sealed", "opened")


@dataclass(frozen=True)
class WantedLine:
    """Units of one order line that are to come back."""

    order_id: str
    order_line_id: str
    units: int
    note: str


@dataclass
class ReturnCounts:
    """What came back; refused returns are those the rules gave nothing for."""

    returns: int = 0
    refused: int = 0
    units: int = 0
    refunds_proposed: int = 0
    problems: list[str] = field(default_factory=list)


class ReturnsDesk:
    """Buyers, the dock and customer service; a supervisor approves what customer service had proposed."""

    def __init__(self, service: Api, supervisor: Api, *, seed: int) -> None:
        self.service = service
        self.supervisor = supervisor
        self.chance = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
        self.counts = ReturnCounts()

    def choose(
        self, orders: Sequence[Json], *, share: float, taken: Sequence[WantedLine]
    ) -> list[WantedLine]:
        """So many of the delivered units that nobody has taken yet, chosen at random."""
        used: dict[str, int] = {}
        for line in taken:
            used[line.order_line_id] = used.get(line.order_line_id, 0) + line.units
        wanted = []
        for order in orders:
            for line in order["lines"]:
                left = line["qty"] - line["qty_cancelled"] - used.get(line["id"], 0)
                units = sum(self.chance.random() < share for _ in range(left))
                if units and line["kit_line_id"] is None:
                    wanted.append(WantedLine(order["id"], line["id"], units, "chosen at random"))
        return wanted

    def match(self, returns: Sequence[PlannedReturn], orders: Mapping[str, Json]) -> list[WantedLine]:
        """The returns a file itself brings, as lines of the orders they take from."""
        wanted = []
        for planned in returns:
            for part in planned.parts:
                order = orders.get(part.order_ref)
                lines = [] if order is None else [x for x in order["lines"] if x["sku"] == part.sku]
                if order is not None and lines:
                    wanted.append(WantedLine(order["id"], lines[0]["id"], part.qty, planned.return_ref))
        return wanted

    def bring_back(self, wanted: Sequence[WantedLine], on_progress: Callable[[int, int], None]) -> None:
        """Each order's goods go the whole way back, up to an approved refund."""
        by_order: dict[str, list[WantedLine]] = {}
        for line in wanted:
            by_order.setdefault(line.order_id, []).append(line)
        for place, (order_id, lines) in enumerate(by_order.items()):
            try:
                self._bring_back(order_id, lines)
            except ConflictError as refusal:
                self.counts.problems.append(refusal.message)
            on_progress(place + 1, len(by_order))

    def _bring_back(self, order_id: str, lines: Sequence[WantedLine]) -> None:
        units: dict[str, int] = {}
        for line in lines:
            units[line.order_line_id] = units.get(line.order_line_id, 0) + line.units
        asked = self.service.post(
            "/returns",
            {
                "order_id": order_id,
                "reason": "unwanted",
                "note": lines[0].note,
                "lines": [{"order_line_id": key, "units": qty} for key, qty in units.items()],
            },
        )
        self.counts.returns += 1
        if asked["state"] == "refused":
            self.counts.refused += 1
            return
        for line in asked["lines"]:
            self._receive_and_inspect(asked["id"], line)
        for refund in self.service.pages("/refunds", return_id=asked["id"]):
            self.counts.refunds_proposed += 1
            self.supervisor.post(f"/refunds/{refund['id']}/approve", {})

    def _receive_and_inspect(self, return_id: str, line: Json) -> None:
        qty = int(line["qty_requested"])
        self.service.post(
            f"/returns/{return_id}/receipts", {"scan_id": str(uuid.uuid4()), "sku": line["sku"], "qty": qty}
        )
        self.counts.units += qty
        grade = self.chance.choice(GRADES)
        self.service.post(
            "/inspections",
            {
                "return_id": return_id,
                "return_line_id": line["id"],
                "qty": qty,
                "grade": grade,
                "disposition": "restock" if grade == "sealed" else "scrap",
            },
        )
