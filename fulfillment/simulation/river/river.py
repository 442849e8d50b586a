"""An order file goes the whole way of a parcel, from the promise to what comes back."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fulfillment.core.errors import UnavailableError
from fulfillment.flows.read_import import read_input
from fulfillment.imports.outcomes import FileKind
from fulfillment.local.stack import Stack
from fulfillment.simulation.river.api import Api, Json
from fulfillment.simulation.river.coming_back import ReturnsDesk
from fulfillment.simulation.river.day_plan import DayPlan, make_stock_file, read_day
from fulfillment.simulation.river.floor import Floor
from fulfillment.simulation.river.outside import Outside
from fulfillment.simulation.river.summary import Summary
from fulfillment.simulation.river.waiting import wait_until

Say = Callable[[str, int | None, int | None], None]
"""Told which step it is, how much of it is done, and of how much, where that is known."""

WAVE_ORDERS = 60
MOST_DAYS = 15
PROBLEMS_KEPT = 20


@dataclass(frozen=True)
class DayInput:
    """The files of a day and how they are read; without a stock file the warehouses are stocked by share."""

    orders: Path
    products: Path
    warehouses: Path
    profile: str = "generic"
    stock: Path | None = None
    stock_share: float = 0.9
    return_share: float = 0.05
    route_seconds: float = 60.0
    seed: int = 1


@dataclass
class River:
    """One run. Every deed goes through a command, the API or a job, as a person's would."""

    stack: Stack
    given: DayInput
    say: Say
    summary: Summary = field(default_factory=Summary)

    def run(self) -> Summary:
        """The day from its files to its refunds, and what it came to.

        Raises:
            UnavailableError: a command failed or a job got stuck; the message says which.
        """
        began = time.monotonic()
        self.service = Api(self.stack.url, token=self._make_token("simulated customer service"))
        self.supervisor = Api(self.stack.url, token=self._make_token("simulated supervisor"))
        self.floor = Floor(self.service)
        self.outside = Outside(self.supervisor, courier_url=self.stack.courier_url)
        self.desk = ReturnsDesk(self.service, self.supervisor, seed=self.given.seed)
        plan = self._take_in()
        self._route()
        self._work_the_floor()
        self._ship()
        self._follow()
        self._bring_back(plan)
        self._count_up()
        self.summary.seconds = round(time.monotonic() - began, 1)
        return self.summary

    def _take_in(self) -> DayPlan:
        """Warehouses, products, stock and orders are imported, each by its command."""
        given = self.given
        self.say("Reading the orders", None, None)
        file = read_input(given.orders, kind=FileKind.ORDERS, profile_name=given.profile)
        plan = read_day(file, profile_name=given.profile)
        self._command("seed", "--terms-only")
        for kind, path in (("warehouses", given.warehouses), ("products", given.products)):
            self.say(f"Importing {kind}", None, None)
            self._import(kind, path, given.profile)
        self.say("Stocking the warehouses", None, None)
        self._import("stock", *self._stock_file(plan))
        self.say("Importing orders", None, None)
        report = self._import("orders", given.orders, given.profile)
        self.summary.orders = report["orders"]
        self.summary.rows = report["rows"]
        self.summary.reasons = report["reasons"]
        self.summary.reserved = dict(self._count_progress())
        return plan

    def _stock_file(self, plan: DayPlan) -> tuple[Path, str]:
        if self.given.stock is not None:
            return self.given.stock, self.given.profile
        sites = {row["code"]: row["country"] for row in self.service.get("/warehouses")["items"]}
        content = make_stock_file(
            plan, warehouses=sites, stock_share=self.given.stock_share, seed=self.given.seed
        )
        path = self.stack.home.folder / "stock.csv"
        path.write_bytes(content)
        return path, "generic"

    def _route(self) -> None:
        """All orders are planned together before the first wave."""
        asked = self.service.post("/route", {"time_limit_s": self.given.route_seconds})
        self._wait(lambda: self._jobs_open(asked["job_id"]), "routing run", "Routing")
        plans = self.service.get("/route/plans", limit=10)["items"]
        self.summary.routing = {
            "cost_before": plans[-1]["cost_before_minor"] if plans else 0,
            "cost_after": plans[0]["cost_after_minor"] if plans else 0,
            "moved": sum(plan["moved"] for plan in plans),
        }

    def _work_the_floor(self) -> None:
        """Every warehouse's waves are picked and packed, wave by wave."""
        sites = [row["code"] for row in self.service.get("/warehouses")["items"]]
        total = sum(self.summary.reserved.values())
        for code in sites:
            for wave in self.floor.release_waves(code, max_orders=WAVE_ORDERS):
                for part in self.floor.pick_wave(wave):
                    self.floor.pack(part)
                self.say(f"Picking and packing in {code}", self.floor.counts.parcels, total)

    def _ship(self) -> None:
        """The labels are bought by jobs; then each carrier gets what is his."""
        self._wait(
            lambda: self._parcels("packed", has_problem=False), "parcels without a label", "Buying labels"
        )
        waiting = Counter(
            (parcel["warehouse_code"], parcel["carrier"])
            for parcel in self.service.pages("/parcels", state="labeled")
        )
        for (code, carrier), _ in sorted(waiting.items()):
            self.floor.hand_over(code, carrier)
            self.say("Handing over", self.floor.counts.shipped, sum(waiting.values()))
        self.outside.hand_over()

    def _follow(self) -> None:
        """Days pass until every shipped parcel has arrived."""
        for day in range(1, MOST_DAYS + 1):
            self.outside.pass_a_day()
            self._wait(self.outside.scans_on_the_way, "carrier's scans", f"Following parcels, day {day}")
            if not self._parcels("shipped"):
                return

    def _bring_back(self, plan: DayPlan) -> None:
        """What the file says comes back, and a share of everything else delivered."""
        self.say("Looking up what was delivered", None, None)
        delivered = {parcel["order_id"] for parcel in self.service.pages("/parcels", state="delivered")}
        orders: dict[str, Json] = {}
        for place, order_id in enumerate(sorted(delivered)):
            order = self.service.get(f"/orders/{order_id}")
            orders[order["source_ref"]] = order
            self.say("Looking up what was delivered", place + 1, len(delivered))
        wanted = self.desk.match(plan.returns, orders)
        wanted += self.desk.choose(list(orders.values()), share=self.given.return_share, taken=wanted)
        self.desk.bring_back(wanted, lambda done, of: self.say("Bringing goods back", done, of))
        self._wait(self._refunds_open, "refunds", "Paying refunds")

    def _count_up(self) -> None:
        """The product's own figures, asked for at the end."""
        summary, floor, desk = self.summary, self.floor.counts, self.desk.counts
        summary.waves, summary.picks, summary.units_picked = floor.waves, floor.picks, floor.units
        summary.refused_scans, summary.parcels, summary.shipped = (
            floor.refused_scans,
            floor.parcels,
            floor.shipped,
        )
        summary.delivered = self._parcels("delivered")
        states = Counter(label["state"] for label in self.service.pages("/labels"))
        summary.labels = {
            "bought": states["bought"],
            "voided": states["voided"] + states["void_requested"],
            "in_doubt": states["in_doubt"] + states["calling"],
            "duplicates_live": self.outside.courier_state()["duplicates_live"],
        }
        summary.returns, summary.returns_refused = desk.returns, desk.refused
        summary.units_returned = desk.units
        paid = sum(1 for _ in self.service.pages("/refunds", state="paid"))
        summary.refunds = {"proposed": desk.refunds_proposed, "paid": paid}
        summary.volume_reversals = sum(
            event["kind"] == "reversed" for event in self.service.pages("/volume-events")
        )
        counts = self.supervisor.get("/reports/jobs")["counts"]
        summary.jobs = {"done": counts["done"], "dead": counts["dead"]}
        summary.audit = {"violations": self.supervisor.get("/reports/audit")["violations"]}
        summary.problems = (floor.problems + desk.problems)[:PROBLEMS_KEPT]

    def _count_progress(self) -> Counter[str]:
        return Counter(order["progress"] for order in self.service.pages("/orders", state="accepted"))

    def _parcels(self, state: str, **query: Any) -> int:  # noqa: ANN401 - a query's own values
        return sum(1 for _ in self.service.pages("/parcels", state=state, **query))

    def _jobs_open(self, job_id: str) -> int:
        open_jobs = self.supervisor.get("/reports/jobs")["open"]
        return sum(job["id"] == job_id and job["state"] != "dead" for job in open_jobs)

    def _refunds_open(self) -> int:
        states = ("approved", "sent", "unknown")
        return sum(1 for state in states for _ in self.service.pages("/refunds", state=state))

    def _wait(self, count_left: Callable[[], int], what: str, step: str) -> None:
        most = 0

        def tell(left: int) -> None:
            nonlocal most
            most = max(most, left)
            self.say(step, most - left, most)

        wait_until(count_left, what=what, on_progress=tell)

    def _make_token(self, name: str) -> str:
        return self._command("tokens", "create", name, "--all-scopes", "--days", "7").strip().splitlines()[-1]

    def _import(self, kind: str, path: Path, profile: str) -> Json:
        answered: Json = json.loads(
            self._command("import", kind, str(path), "--profile", profile, "--json").splitlines()[-1]
        )
        return answered

    def _command(self, *arguments: str) -> str:
        done = self.stack.run(*arguments)
        if done.returncode:
            raise UnavailableError(
                f"fulfillment {' '.join(arguments[:2])} failed: {done.stderr.strip()[-2_000:]}"
            )
        return done.stdout
