"""The world outside: the sandbox courier's clock and driver, and the product's own business clock."""

from collections.abc import Collection, Mapping
from datetime import datetime

import requests

from fulfillment.simulation.river.api import TIMEOUT_S, Api, Json

DAY_S = 24 * 3600


class Outside:
    """Days pass for the courier and for the product alike."""

    def __init__(self, api: Api, *, courier_url: str) -> None:
        self.api = api
        self.controls = f"{courier_url}/control"

    def courier_state(self) -> Json:
        """What the courier holds, by its own account."""
        return self._call("GET", "/state")

    def hand_over(self) -> None:
        """The courier's driver scans whatever was given to him."""
        self._call("POST", "/handover")

    def pass_a_day(self) -> None:
        """A day later: the courier scans what moved, and the product's dates follow."""
        self._call("POST", "/clock", {"advance_s": DAY_S})
        self.api.post("/clock", {"advance_s": DAY_S})

    def set_courier_clock(self, now: datetime) -> None:
        """It is this moment for the courier, who scans what has moved by then."""
        self._call("POST", "/clock", {"now": now.isoformat()})

    def make_trouble(self, troubles: Mapping[str, int]) -> None:
        """These faults strike so many times each; without any the courier behaves from now on."""
        self._call("DELETE", "/faults")
        if troubles:
            faults = {name: {"times": times} for name, times in troubles.items()}
            self._call("POST", "/faults", {"faults": faults})

    def scans_on_the_way(self, *, waiting: Collection[str] = ("apply_tracking", "send_notice")) -> int:
        """Scans the courier has not told of yet, and told ones whose jobs of these kinds are not done."""
        pending = int(self.courier_state()["webhooks"]["pending"])
        open_jobs = self.api.get("/reports/jobs")["open"]
        return pending + len([job for job in open_jobs if job["kind"] in waiting and job["state"] != "dead"])

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        answer = requests.request(method, f"{self.controls}{path}", json=body or {}, timeout=TIMEOUT_S)
        answer.raise_for_status()
        found: Json = answer.json()
        return found
