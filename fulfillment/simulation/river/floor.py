"""The floor's work by API: waves released, tasks scanned, parcels packed and given to their carriers."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from fulfillment.core.errors import ConflictError
from fulfillment.simulation.river.api import Api, Json

SCANS_A_CALL = 200


@dataclass
class FloorCounts:
    """What the floor did; `problems` are sentences of refusals that a person would look into."""

    waves: int = 0
    picks: int = 0
    units: int = 0
    refused_scans: int = 0
    parcels: int = 0
    shipped: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, others: "FloorCounts") -> None:
        """What others did counts, too."""
        for name in ("waves", "picks", "units", "refused_scans", "parcels", "shipped"):
            setattr(self, name, getattr(self, name) + getattr(others, name))
        self.problems += others.problems


class Floor:
    """The people of all warehouses, one deed after the other."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.counts = FloorCounts()
        self.device_id = str(uuid.uuid4())
        self.scans_made = 0

    def release_waves(self, warehouse_code: str, *, max_orders: int) -> Iterator[Json]:
        """Waves of what is promised there, until nothing is left to release."""
        while True:
            released = self.api.post("/waves", {"warehouse_code": warehouse_code, "max_orders": max_orders})
            if released["wave"] is None:
                return
            self.counts.waves += 1
            yield released["wave"]

    def pick_wave(self, wave: Json, *, most_tasks: int | None = None) -> list[str]:
        """Every task of the wave is scanned: the bin, then the article; returns its fulfillment orders.

        With `most_tasks` only the first so many are. The scans go as the journal of a device that was out of
        reach, in the order they were made.
        """
        scans: list[Json] = []
        parts: dict[str, None] = {}
        for task in islice(self.api.pages(f"/waves/{wave['id']}/tasks"), most_tasks):
            if task["state"] != "open":
                continue
            parts[task["fulfillment_order_id"]] = None
            scans.append(self._scan(wave, task, task["bin_barcode"], 1))
            scans.append(self._scan(wave, task, task["sku"], task["qty"] - task["qty_picked"]))
            self.counts.picks += 1
            self.counts.units += int(task["qty"])
        for start in range(0, len(scans), SCANS_A_CALL):
            chunk = scans[start : start + SCANS_A_CALL]
            answered = self.api.post("/picks/journal", {"scans": chunk})
            for entry in answered["scans"]:
                self._note(entry)
        return list(parts)

    def pack(self, fulfillment_order_id: str) -> list[Json]:
        """The picked units are in parcels, as the product suggests; returns the parcels."""
        try:
            packed = self.api.post("/parcels", {"fulfillment_order_id": fulfillment_order_id})
        except ConflictError as refusal:
            self.counts.problems.append(refusal.message)
            return []
        parcels: list[Json] = packed["parcels"]
        self.counts.parcels += len(parcels)
        return parcels

    def hand_over(self, warehouse_code: str, carrier: str) -> int:
        """The carrier's driver has every labeled parcel that waits for him there; returns how many."""
        try:
            handed = self.api.post(
                "/shipments", {"warehouse_code": warehouse_code, "carrier": carrier, "signed_by": "driver"}
            )
        except ConflictError as refusal:
            self.counts.problems.append(refusal.message)
            return 0
        count = int(handed["parcels"])
        self.counts.shipped += count
        return count

    def _scan(self, wave: Json, task: Json, code: str, qty: int) -> Json:
        self.scans_made += 1
        return {
            "scan_id": str(uuid.uuid4()),
            "wave_id": wave["id"],
            "task_id": task["id"],
            "code": code,
            "qty": qty,
            "device_id": self.device_id,
            "device_sequence": self.scans_made,
        }

    def _note(self, entry: Json) -> None:
        answer, refusal = entry["answer"], entry["refusal"]
        if answer is not None and answer["is_accepted"]:
            return
        self.counts.refused_scans += 1
        self.counts.problems.append(str(answer["message"] if answer else refusal["message"]))
