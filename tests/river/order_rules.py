"""Steps of orders: placed, placed again, held, let go, cancelled, routed."""

from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from fulfillment.core.errors import ConflictError
from fulfillment.flows.accept_order import AcceptedOrder, accept_order
from fulfillment.flows.cancel_order import cancel_order
from fulfillment.flows.expire_lots import expire_lots
from fulfillment.flows.fill_backorders import fill_backorders
from fulfillment.flows.hold_order import hold_order, release_hold
from fulfillment.flows.route_orders import route_orders
from fulfillment.orders.kinds import OnShortage
from fulfillment.routing.apart import plan_here
from fulfillment.store.clock import advance_clock
from tests.river.company import POLICY, SKUS, wish
from tests.river.machine import ANY, RiverBase
from tests.warehouse.halls import ANA, BEN

CARTS = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1, max_size=3)


class OrderRules(RiverBase):
    """The shop, the planner, and customer service."""

    @initialize(depth=st.integers(0, 5))
    def begin(self, depth: int) -> None:
        """Two orders have come some way already, so that late steps find something to do."""
        for station in (self._place_two, self._pick, self._pack, self._ship, self._deliver)[:depth]:
            station()

    def _place_two(self) -> None:
        for units in {"SOAP": 2, "TEA": 4}, {"CREAM": 1, "TEA": 1}:
            ref = f"order-{self.next_number()}"
            self.wishes[ref] = units
            self.river.order(wish(ref, units))

    def _pick(self) -> None:
        wave = self.river.release("CHI")
        assert wave.wave_id is not None
        self.river.pick(wave.wave_id)

    def _pack(self) -> None:
        for part in self.river.rows("SELECT id FROM fulfillment_order ORDER BY number"):
            self.river.pack(part.id)

    def _ship(self) -> None:
        self.hands.work()
        self.river.hand_over("CHI")

    def _deliver(self) -> None:
        for parcel in self.river.rows("SELECT id FROM parcel ORDER BY number"):
            self.river.deliver(parcel.id)

    @rule(units=CARTS, on_shortage=st.sampled_from(OnShortage), home=st.integers(0, 1), is_held=st.booleans())
    def place(self, units: dict[str, int], on_shortage: OnShortage, home: int, is_held: bool) -> None:
        ref = f"order-{self.next_number()}"
        request = wish(
            ref,
            units,
            on_shortage=on_shortage,
            home=home,
            hold_code="fraud" if is_held and self.number % 4 == 0 else None,
        )
        answer = self.attempt(accept_order, request=request, actor=ANA, policy=POLICY)
        if isinstance(answer, AcceptedOrder):
            self.wishes[ref] = units
        else:
            assert on_shortage is OnShortage.REFUSE

    @precondition(lambda self: self.wishes)
    @rule(pick=ANY)
    def place_again(self, pick: int) -> None:
        ref = sorted(self.wishes)[pick % len(self.wishes)]
        request = wish(ref, self.wishes[ref])
        answer = self.attempt(accept_order, request=request, actor=ANA, policy=POLICY)
        assert isinstance(answer, ConflictError)

    @precondition(lambda self: self.wishes)
    @rule(pick=ANY)
    def hold(self, pick: int) -> None:
        order = self.one(pick, "SELECT id FROM customer_order WHERE state = 'accepted' ORDER BY number")
        if order is not None:
            self.attempt(hold_order, order_id=order.id, code="manual", note="ask", actor=BEN)

    @precondition(lambda self: self.wishes)
    @rule(pick=ANY)
    def let_go(self, pick: int) -> None:
        order = self.one(pick, "SELECT id FROM customer_order WHERE state = 'held' ORDER BY number")
        if order is not None:
            self.attempt(release_hold, order_id=order.id, note="asked", actor=BEN, policy=POLICY)

    @precondition(lambda self: self.wishes)
    @rule(pick=ANY)
    def cancel(self, pick: int) -> None:
        order = self.one(pick, "SELECT id FROM customer_order ORDER BY number")
        assert order is not None
        self.attempt(cancel_order, order_id=order.id, note="changed", actor=ANA, policy=POLICY)

    @rule()
    def route(self) -> None:
        transaction = self.river.in_transaction
        route_orders(
            transaction, transaction, trigger="machine", actor=ANA, time_limit_s=1, planner=plan_here
        )

    @rule()
    def fill(self) -> None:
        transaction = self.river.in_transaction
        fill_backorders(transaction, transaction, actor=ANA)

    @rule(days=st.sampled_from([1, 20, 100]))
    def let_time_pass(self, days: int) -> None:
        self.river.in_transaction(partial(advance_clock, by=timedelta(days=days)))
        self.attempt(expire_lots, actor=ANA)
