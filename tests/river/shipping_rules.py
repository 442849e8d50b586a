"""Steps of the dock: packed, opened, labeled by jobs, handed over, and followed by the carrier's scans."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fulfillment.flows.apply_tracking import apply_report
from fulfillment.flows.hand_over import hand_over
from fulfillment.flows.pack_order import pack_order
from fulfillment.flows.unpack_parcel import unpack_parcel
from fulfillment.shipping.carriers.protocol import TrackingReport
from fulfillment.shipping.packing import Contents, GivenParcel
from fulfillment.shipping.tracking import TrackingScan, TrackingStatus
from tests.river.carriers import Mishap
from tests.river.company import HALLS, POLICY
from tests.river.machine import ANY, RiverBase
from tests.warehouse.halls import ANA, BEN

PICKED = """
    SELECT l.fulfillment_order_id AS part_id, l.sku, l.qty_picked - l.qty_packed AS qty
    FROM fulfillment_order_line l JOIN fulfillment_order f ON f.id = l.fulfillment_order_id
    WHERE l.qty_picked > l.qty_packed AND f.state = 'picking' ORDER BY f.number, l.sku
"""


class ShippingRules(RiverBase):
    """The packer, the worker that buys labels, the driver, and the carrier's webhooks."""

    @rule(pick=ANY)
    def pack(self, pick: int) -> None:
        line = self.one(pick, PICKED)
        if line is not None:
            self.attempt(pack_order, fulfillment_order_id=line.part_id, actor=ANA, policy=POLICY)

    @rule(pick=ANY)
    def pack_one_unit(self, pick: int) -> None:
        line = self.one(pick, PICKED)
        if line is not None:
            self.attempt(
                pack_order,
                fulfillment_order_id=line.part_id,
                parcels=[GivenParcel((Contents(line.sku, 1),), carton_code="S")],
                actor=ANA,
                policy=POLICY,
            )

    @rule(pick=ANY)
    def open_parcel(self, pick: int) -> None:
        parcel = self.one(pick, "SELECT id FROM parcel WHERE state <> 'cancelled' ORDER BY number")
        if parcel is not None:
            self.attempt(unpack_parcel, parcel_id=parcel.id, reason="wrong box", actor=BEN)

    @rule(mishap=st.sampled_from(Mishap))
    def let_the_carrier_misbehave(self, mishap: Mishap) -> None:
        self.carrier.mishaps.append(mishap)

    @rule(rounds=st.integers(1, 4))
    def run_jobs(self, rounds: int) -> None:
        self.hands.work(rounds=rounds)

    @rule(code=st.sampled_from(sorted(HALLS)))
    def hand_over(self, code: str) -> None:
        self.attempt(hand_over, warehouse_code=code, carrier="usps", actor=ANA, policy=POLICY)

    @rule(
        pick=ANY,
        stories=st.lists(
            st.tuples(
                st.sampled_from([TrackingStatus.TRANSIT, TrackingStatus.DELIVERED, TrackingStatus.RETURNED]),
                st.integers(0, 5),
            ),
            min_size=1,
            max_size=4,
        ),
    )
    def hear_of(self, pick: int, stories: list[tuple[TrackingStatus, int]]) -> None:
        """Scans come in any order, and some twice."""
        label = self.one(
            pick,
            """
            SELECT transaction_ref, tracking_number FROM postage
            WHERE tracking_number IS NOT NULL ORDER BY id
            """,
        )
        if label is None:
            return
        for status, hour in stories:
            scan = TrackingScan(f"{status}-{hour}", status, datetime.now(UTC) + timedelta(hours=hour))
            report = TrackingReport("usps", label.tracking_number, label.transaction_ref, status, (scan,))
            self.attempt(apply_report, report=report, source="webhook", actor=ANA, policy=POLICY)

    @rule(pick=ANY)
    def deliver(self, pick: int) -> None:
        parcel = self.one(pick, "SELECT id FROM parcel WHERE state = 'shipped' ORDER BY number")
        if parcel is not None:
            self.river.deliver(parcel.id)
