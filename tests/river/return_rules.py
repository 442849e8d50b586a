"""Steps of returns and refunds: asked for, received, inspected, approved, sent, lost, repeated."""

import uuid

from hypothesis import strategies as st
from hypothesis.stateful import rule

from fulfillment.flows.inspect_return import inspect_return_units
from fulfillment.flows.receive_return import receive_return_units
from fulfillment.flows.refund_order import approve_refund, reject_refund
from fulfillment.flows.repeat_refund import repeat_refund
from fulfillment.flows.request_return import WantedReturn, request_return
from fulfillment.returns.kinds import Disposition, Grade, ReturnReason
from tests.river.company import POLICY
from tests.river.gateways import Mishap
from tests.river.machine import ANY, RiverBase
from tests.warehouse.halls import ANA, BEN


class ReturnRules(RiverBase):
    """The buyer, the returns bench, and the two who let money go."""

    @rule(pick=ANY, units=st.integers(1, 3), reason=st.sampled_from(ReturnReason))
    def ask_to_return(self, pick: int, units: int, reason: ReturnReason) -> None:
        line = self.one(
            pick,
            """
            SELECT l.order_id, l.id FROM order_line l WHERE EXISTS (
                SELECT 1 FROM fulfillment_order_line f WHERE f.order_line_id = l.id AND f.qty_shipped > 0
            ) ORDER BY l.id
            """,
        )
        if line is not None:
            self.attempt(
                request_return,
                order_id=line.order_id,
                wanted=[WantedReturn(line.id, units)],
                reason=reason,
                note="",
                actor=ANA,
                policy=POLICY,
            )

    @rule(pick=ANY, qty=st.integers(1, 3), times=st.integers(1, 2))
    def receive(self, pick: int, qty: int, times: int) -> None:
        line = self.one(
            pick,
            """
            SELECT l.return_id, l.sku, s.lot FROM return_line l
            JOIN return_authorization r ON r.id = l.return_id
            JOIN LATERAL (
                SELECT pl.lot FROM parcel_line pl JOIN fulfillment_order_line f
                    ON f.id = pl.fulfillment_order_line_id
                WHERE f.order_line_id = l.order_line_id ORDER BY pl.lot LIMIT 1
            ) s ON true
            WHERE r.state IN ('authorized', 'in_transit', 'received') ORDER BY l.id
            """,
        )
        if line is None:
            return
        scan_id = uuid.UUID(int=self.next_number())
        for _ in range(times):
            self.attempt(
                receive_return_units,
                return_id=line.return_id,
                scan_id=scan_id,
                sku=line.sku,
                lot=line.lot,
                qty=qty,
                actor=BEN,
            )

    @rule(
        pick=ANY,
        qty=st.integers(1, 3),
        grade=st.sampled_from(Grade),
        disposition=st.sampled_from(Disposition),
    )
    def inspect(self, pick: int, qty: int, grade: Grade, disposition: Disposition) -> None:
        scan = self.one(
            pick,
            """
            SELECT l.return_id, l.id, s.lot FROM return_receipt_scan s
            JOIN return_line l ON l.id = s.return_line_id
            WHERE l.qty_received > l.qty_inspected ORDER BY s.scan_id
            """,
        )
        if scan is not None:
            self.attempt(
                inspect_return_units,
                return_line_id=scan.id,
                return_id=scan.return_id,
                lot=scan.lot,
                qty=qty,
                grade=grade,
                disposition=disposition,
                note="",
                actor=ANA,
                policy=POLICY,
            )

    @rule(pick=ANY, is_approved=st.booleans())
    def decide_refund(self, pick: int, is_approved: bool) -> None:
        refund = self.one(pick, "SELECT id FROM refund ORDER BY number")
        if refund is None:
            return
        if is_approved:
            self.attempt(approve_refund, refund_id=refund.id, actor=BEN)
        else:
            self.attempt(reject_refund, refund_id=refund.id, note="no", actor=BEN)

    @rule(mishap=st.sampled_from(Mishap))
    def let_the_provider_misbehave(self, mishap: Mishap) -> None:
        self.gateway.mishaps.append(mishap)

    @rule(pick=ANY)
    def repeat_a_failed_refund(self, pick: int) -> None:
        refund = self.one(pick, "SELECT id FROM refund WHERE state = 'failed' ORDER BY number")
        if refund is not None:
            self.attempt(repeat_refund, refund_id=refund.id, note="once more", actor=BEN)
