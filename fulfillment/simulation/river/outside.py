"""The world outside: the sandbox courier's clock and driver, and the product's own business clock."""

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

    def scans_on_the_way(self) -> int:
        """Scans the courier has not told of yet, and told ones that no job has applied."""
        pending = int(self.courier_state()["webhooks"]["pending"])
        open_jobs = self.api.get("/reports/jobs")["open"]
        waiting = ("apply_tracking", "send_notice")
        return pending + len([job for job in open_jobs if job["kind"] in waiting and job["state"] != "dead"])

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        answer = requests.request(method, f"{self.controls}{path}", json=body or {}, timeout=TIMEOUT_S)
        answer.raise_for_status()
        found: Json = answer.json()
        return found
