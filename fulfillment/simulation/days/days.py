"""A company whose clock stands days ago is brought up to now, by the deeds its people would have done."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from fulfillment.core.errors import NotFoundError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.simulation.days.desk import Desk
from fulfillment.simulation.days.dock import Dock
from fulfillment.simulation.days.watchers import find_portal_member, find_staffed_warehouse
from fulfillment.simulation.foundation import find_foundation
from fulfillment.simulation.made_up import MadeUpCompany
from fulfillment.simulation.river.api import Api
from fulfillment.simulation.river.floor import Floor
from fulfillment.simulation.river.outside import Outside
from fulfillment.simulation.river.waiting import wait_until
from fulfillment.simulation.seeding import bring_orders
from fulfillment.store.session import InTransaction

Say = Callable[[str, int | None, int | None], None]

STRIDE = timedelta(days=2)
"""Between two times that the drivers come: long enough that few scans have to be waited for."""
LAST_STRIDE = timedelta(hours=14)
"""What left last is still on its way now."""
UP_TO_DATE = timedelta(hours=1)
"""A clock that is less behind than this is set right without another stride."""
WAVE_SIZES = (9, 7, 6, 5)
"""Orders in each warehouse's wave, stride by stride: what two cores can label in half a minute."""
OPEN_WAVE = 8
TROUBLES: Sequence[Mapping[str, int]] = (
    {},
    {"parcel_returned": 1, "parcel_attempted": 1},
    {},
    {"parcel_delayed": 2},
)
"""What befalls how many of each stride's parcels."""


@dataclass
class LastDays:
    """One run. It can be cut off anywhere: the business clock says where the next one goes on."""

    in_transaction: InTransaction
    policy: CompanyPolicy
    service: Api
    supervisor: Api
    courier_url: str
    say: Say
    problems: list[str] = field(default_factory=list)

    def play(self) -> bool:
        """The company's clock shows now, and its desks have work at every step; False if it showed it before.

        Raises:
            NotFoundError: no company was made up here.
            UnavailableError: the product does not answer, or a job is stuck.
        """
        foundation = self.in_transaction(find_foundation)
        if foundation is None:
            raise NotFoundError(
                "There is no made-up company whose days could be played. Make one: "
                "fulfillment seed --days-to-play 6"
            )
        if self._time_left() < UP_TO_DATE:
            return False
        self.outside = Outside(self.supervisor, courier_url=self.courier_url)
        self.floor = Floor(self.service)
        self.desk = Desk(self.service, self.supervisor)
        home = self.in_transaction(find_staffed_warehouse)
        codes = [row["code"] for row in self.service.get("/warehouses")["items"]]
        self.sites = sorted(codes, key=lambda code: (code != home, code))
        self.say("Making up the days", None, None)
        self._play_until_now(foundation.make())
        self.problems += self.floor.counts.problems + self.desk.problems
        return True

    def _play_until_now(self, company: MadeUpCompany) -> None:
        self.outside.set_courier_clock(self._business_now())
        strides = 0
        while (left := self._time_left()) >= UP_TO_DATE:
            self._work_the_floor(WAVE_SIZES[strides % len(WAVE_SIZES)])
            self._ship(TROUBLES[strides % len(TROUBLES)])
            if strides == 2:
                self.desk.take_returns_back(self._delivered_orders(), say=self.say)
            self._pass_time(company, next_stride(left))
            strides += 1
        self.say("Leaving work for everybody", None, None)
        self.desk.stop_orders()
        self._begin_waves()
        self.desk.ask_for_returns(self._delivered_orders())
        Dock(self.service).expect_goods(self.sites, company.articles, today=self._business_now().date())
        self._settle()
        now = datetime.now(UTC)
        self.outside.set_courier_clock(now)
        self.supervisor.post("/clock", {"now": now.isoformat()})

    def _work_the_floor(self, orders_a_wave: int) -> None:
        """What earlier runs left open is picked too; then each warehouse's most urgent orders."""
        waves = list(self.service.pages("/waves", state="released"))
        waves += self.service.pages("/waves", state="picking")
        for code in self.sites:
            waves += islice(self.floor.release_waves(code, max_orders=orders_a_wave), 1)
        total = sum(wave["orders"] for wave in waves)
        done = 0
        for wave in waves:
            for part in self.floor.pick_wave(wave):
                self.floor.pack(part)
                done += 1
                self.say(f"Picking and packing in {wave['warehouse_code']}", done, total)

    def _ship(self, troubles: Mapping[str, int]) -> None:
        """The labels are bought by jobs; then each carrier's driver gets what is his."""
        self._wait(lambda: self._count_parcels("packed"), "parcels without a label", "Buying labels")
        waiting = Counter(
            (parcel["warehouse_code"], parcel["carrier"])
            for parcel in self.service.pages("/parcels", state="labeled")
        )
        for code, carrier in sorted(waiting):
            self.floor.hand_over(code, carrier)
        self.outside.make_trouble(troubles)
        self.outside.hand_over()
        self.outside.make_trouble({})

    def _pass_time(self, company: MadeUpCompany, span: timedelta) -> None:
        """New orders come in, the courier drives on, and all he tells has been taken in."""
        now = self._business_now()
        until = now + span
        bring_orders(
            self.in_transaction,
            orders=[order for order in company.orders if order.ordered_at and order.ordered_at > now],
            until=until,
            policy=self.policy,
            on_progress=lambda _, done, of: self.say(f"Taking orders until {until:%B} {until.day}", done, of),
        )
        self.outside.set_courier_clock(until)
        self._wait(self._scans_unread, "carrier's scans", "Following parcels")

    def _begin_waves(self) -> None:
        """The first warehouse has a wave half picked and one untouched; the others are a step further."""
        first, *others = self.sites
        for place, wave in enumerate(islice(self.floor.release_waves(first, max_orders=OPEN_WAVE), 2)):
            if place == 0:
                self.floor.pick_wave(wave, most_tasks=wave["tasks"] // 2)
        for place, code in enumerate(others):
            for wave in islice(self.floor.release_waves(code, max_orders=OPEN_WAVE), 1):
                picked = self.floor.pick_wave(wave)
                for part in picked if place % 2 else ():
                    self.floor.pack(part)

    def _delivered_orders(self) -> list[str]:
        """The ids of orders of which something has arrived; those of the portal's distributor first."""
        number = self.in_transaction(find_portal_member)
        orders = self.service.pages("/orders", member_number=number) if number else ()
        hers = {order["id"] for order in orders}
        found = {parcel["order_id"] for parcel in self.service.pages("/parcels", state="delivered")}
        return sorted(found, key=lambda order_id: (order_id not in hers, order_id))

    def _settle(self) -> None:
        """Labels are bought and refunds paid, so that nothing is half done but what people do."""
        self._wait(lambda: self._count_parcels("packed"), "parcels without a label", "Buying labels")
        self._wait(self._refunds_open, "refunds", "Paying refunds")

    def _refunds_open(self) -> int:
        return sum(1 for state in ("approved", "sent") for _ in self.service.pages("/refunds", state=state))

    def _count_parcels(self, state: str) -> int:
        return sum(1 for _ in self.service.pages("/parcels", state=state, has_problem=False))

    def _scans_unread(self) -> int:
        """Notices to buyers may wait; nobody who looks at a desk sees them late."""
        return self.outside.scans_on_the_way(waiting=("apply_tracking",))

    def _business_now(self) -> datetime:
        return datetime.fromisoformat(self.supervisor.get("/clock")["now"])

    def _time_left(self) -> timedelta:
        return datetime.now(UTC) - self._business_now()

    def _wait(self, count_left: Callable[[], int], what: str, step: str) -> None:
        most = 0

        def tell(left: int) -> None:
            nonlocal most
            most = max(most, left)
            self.say(step, most - left, most)

        wait_until(count_left, what=what, on_progress=tell)


def next_stride(left: timedelta) -> timedelta:
    """How much time passes at once, where so much is left until now; never only a moment."""
    return left if left < 2 * LAST_STRIDE else min(STRIDE, left - LAST_STRIDE)
