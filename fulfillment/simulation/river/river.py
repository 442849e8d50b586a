"""An order file goes the whole way of a parcel, from the promise to what comes back."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fulfillment.core.errors import UnavailableError
from fulfillment.flows.import_file import ImportedFile
from fulfillment.flows.read_import import read_input
from fulfillment.imports.outcomes import FileKind
from fulfillment.local.stack import Stack
from fulfillment.simulation.river.api import Api, Json
from fulfillment.simulation.river.coming_back import ReturnsDesk
from fulfillment.simulation.river.day_plan import DayPlan, make_stock_file, read_day
from fulfillment.simulation.river.floor import Floor, FloorCounts
from fulfillment.simulation.river.outside import Outside
from fulfillment.simulation.river.routes import Routes
from fulfillment.simulation.river.stopwatch import Stopwatch
from fulfillment.simulation.river.strides import Stride, cut_by_days, write_beside
from fulfillment.simulation.river.summary import Summary
from fulfillment.simulation.river.waiting import wait_until

Say = Callable[[str, int | None, int | None], None]
"""Told which step it is, how much of it is done, and of how much, where that is known."""

WAVE_ORDERS = 60
MOST_DAYS = 15
PROBLEMS_KEPT = 20
ORDERS_FOLDER = "orders"
AT_ONCE = 4
"""Warehouses that work, and orders that are looked up, side by side; more than the web answers at once."""


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
    zones: Path | None = None
    days_at_once: int = 0
    """So many days of the file are taken in, routed and sent together; 0 takes all of them."""
    most_strides: int | None = None


@dataclass
class River:
    """One run. Every deed goes through a command, the API or a job, as a person's would."""

    stack: Stack
    given: DayInput
    say: Say
    summary: Summary = field(default_factory=Summary)
    routes: Routes = field(default_factory=Routes)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    lines_waiting: int = 0

    def run(self) -> Summary:
        """The day from its files to its refunds, and what it came to.

        Raises:
            UnavailableError: a command failed or a job got stuck; the message says which.
        """
        self.token = self._make_token("simulated customer service")
        self.service = Api(self.stack.url, token=self.token)
        self.supervisor = Api(self.stack.url, token=self._make_token("simulated supervisor"))
        self.floor = Floor(self.service)
        self.outside = Outside(self.supervisor, courier_url=self.stack.courier_url)
        self.desk = ReturnsDesk(self.service, self.supervisor, seed=self.given.seed)
        self.say("Reading the orders", None, None)
        file = read_input(self.given.orders, kind=FileKind.ORDERS, profile_name=self.given.profile)
        plan = read_day(file, profile_name=self.given.profile)
        strides = self._strides(file)
        self._set_up(plan)
        for stride in strides:
            self._take_in(stride)
            self._route(stride)
            self._work_the_floor()
            self._ship()
        self._follow()
        self._bring_back(plan)
        self._count_up()
        self.summary.steps = self.stopwatch.told()
        self.summary.seconds = self.stopwatch.seconds
        return self.summary

    def _strides(self, file: ImportedFile) -> list[Stride]:
        """The whole file, or its days; the clocks stand at the first of them."""
        if not self.given.days_at_once:
            return [Stride(None, None, file)]
        strides = cut_by_days(file, profile_name=self.given.profile, days=self.given.days_at_once)
        self._set_clocks(strides[0])
        return strides[: self.given.most_strides]

    def _set_clocks(self, stride: Stride) -> None:
        """It is the moment of the stride's last order, for the product and the courier."""
        if stride.last_order_at is not None:
            self.supervisor.post("/clock", {"now": stride.last_order_at.isoformat()})
            self.outside.set_courier_clock(stride.last_order_at)

    def _set_up(self, plan: DayPlan) -> None:
        """Tariffs, zone charts, warehouses, products and stock are there, each by its command."""
        given = self.given
        with self.stopwatch.measure("setting up"):
            self._command("seed", "--terms-only")
            if given.zones is not None:
                self.say("Importing zones", None, None)
                self._import("zones", given.zones, "usps")
            for kind, path in (("warehouses", given.warehouses), ("products", given.products)):
                self.say(f"Importing {kind}", None, None)
                self._import(kind, path, given.profile)
            self.say("Stocking the warehouses", None, None)
            self._import("stock", *self._stock_file(plan))

    def _take_in(self, stride: Stride) -> None:
        """The stride's orders are imported by the command, at the time the last of them came in."""
        self.say(f"Importing orders{stride.words}", None, None)
        with self.stopwatch.measure("importing orders"):
            self._set_clocks(stride)
            path = self.given.orders
            if stride.first_day is not None:
                path = write_beside(self.stack.home.folder / ORDERS_FOLDER, stride.file)
            self.summary.add_import(self._import("orders", path, self.given.profile))

    def _stock_file(self, plan: DayPlan) -> tuple[Path, str]:
        if self.given.stock is not None:
            return self.given.stock, self.given.profile
        sites = {row["code"]: row["country"] for row in self.service.get("/warehouses")["items"]}
        content = make_stock_file(
            plan, warehouses=sites, stock_share=self.given.stock_share, seed=self.given.seed
        )
        file = ImportedFile("stock.csv", content)
        return write_beside(self.stack.home.folder / ORDERS_FOLDER, file), "generic"

    def _route(self, stride: Stride) -> None:
        """All unreleased orders are planned together before the first wave, beside other systems' rules."""
        self.say(f"Routing{stride.words}", None, None)
        with self.stopwatch.measure("routing"):
            limit = str(self.given.route_seconds)
            answered = self._command("route", "--json", "--peers", "--time-limit", limit)
            report = json.loads(answered.splitlines()[-1])
            if report["plan_id"] is not None:
                told = self.service.get(f"/route/plans/{report['plan_id']}")["report"]
                self.routes.note(stride.name, report, told)
                self.lines_waiting = int(told["costs"]["after"]["lines_waiting"])
        if not self.summary.reserved:
            self.summary.reserved = dict(self._count_progress())

    def _work_the_floor(self) -> None:
        """The warehouses work side by side, each wave by wave."""
        sites = [row["code"] for row in self.service.get("/warehouses")["items"]]
        before = self.floor.counts.parcels
        with self.stopwatch.measure("picking and packing"), ThreadPoolExecutor(AT_ONCE) as people:
            for counts in people.map(self._work_site, sites):
                self.floor.counts.add(counts)
                self.say("Picking and packing", self.floor.counts.parcels - before, None)

    def _work_site(self, code: str) -> FloorCounts:
        """One warehouse's waves are picked and packed, by people and a device of its own."""
        floor = Floor(Api(self.stack.url, token=self.token))
        for wave in floor.release_waves(code, max_orders=WAVE_ORDERS):
            for part in floor.pick_wave(wave):
                floor.pack(part)
        return floor.counts

    def _ship(self) -> None:
        """The labels are bought by jobs; then each carrier gets what is his."""
        with self.stopwatch.measure("labels"):
            self._wait(
                lambda: self._parcels("packed", has_problem=False), "parcels without a label", "Buying labels"
            )
        with self.stopwatch.measure("handing over"):
            self._hand_over()

    def _hand_over(self) -> None:
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
        with self.stopwatch.measure("following parcels"):
            for day in range(1, MOST_DAYS + 1):
                self.outside.pass_a_day()
                self._wait(self.outside.scans_on_the_way, "carrier's scans", f"Following parcels, day {day}")
                if not self._parcels("shipped"):
                    return

    def _bring_back(self, plan: DayPlan) -> None:
        """What the file says comes back, and a share of everything else delivered."""
        with self.stopwatch.measure("returns and refunds"):
            self.say("Looking up what was delivered", None, None)
            delivered = {parcel["order_id"] for parcel in self.service.pages("/parcels", state="delivered")}
            with ThreadPoolExecutor(AT_ONCE) as people:
                found = people.map(
                    self._look_up, [sorted(delivered)[start::AT_ONCE] for start in range(AT_ONCE)]
                )
                orders = {order["source_ref"]: order for batch in found for order in batch}
            wanted = self.desk.match(plan.returns, orders)
            wanted += self.desk.choose(list(orders.values()), share=self.given.return_share, taken=wanted)
            self.desk.bring_back(wanted, lambda done, of: self.say("Bringing goods back", done, of))
            self._wait(self._refunds_open, "refunds", "Paying refunds")

    def _look_up(self, order_ids: Sequence[str]) -> list[Json]:
        api = Api(self.stack.url, token=self.token)
        return [api.get(f"/orders/{order_id}") for order_id in order_ids]

    def _count_up(self) -> None:
        """The product's own figures, asked for at the end."""
        summary, floor, desk = self.summary, self.floor.counts, self.desk.counts
        summary.routing = self.routes.told(lines=summary.rows["accepted"], lines_waiting=self.lines_waiting)
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
