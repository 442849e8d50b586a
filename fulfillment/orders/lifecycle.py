"""What a page shows as an order's state, derived from its fulfillment orders: a pure rule."""

from collections.abc import Sequence
from enum import StrEnum

from fulfillment.core.states import FulfillmentOrderState, OrderState

S = FulfillmentOrderState


class OrderProgress(StrEnum):
    """How far an order has come, in the words people use for it."""

    RECEIVED = "received"
    HELD = "held"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    BACKORDERED = "backordered"
    PROMISED = "promised"
    IN_WORK = "in work"
    PARTLY_SHIPPED = "partly shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


BEFORE_PARTS = {
    OrderState.RECEIVED: OrderProgress.RECEIVED,
    OrderState.HELD: OrderProgress.HELD,
    OrderState.REFUSED: OrderProgress.REFUSED,
    OrderState.CANCELLED: OrderProgress.CANCELLED,
}
OUT = {S.SHIPPED, S.DELIVERED, S.UNDELIVERED}
IN_WORK = {S.RELEASED, S.PICKING, S.PACKED}


def derive_progress(state: OrderState, parts: Sequence[FulfillmentOrderState]) -> OrderProgress:
    """The order's progress; cancelled parts do not count while another part goes on."""
    if state in BEFORE_PARTS:
        return BEFORE_PARTS[state]
    live = [part for part in parts if part is not S.CANCELLED]
    if not live:
        return OrderProgress.CANCELLED if parts else OrderProgress.DELIVERED
    if all(part in OUT for part in live):
        return _progress_outside(live)
    return _progress_inside(live)


def _progress_inside(live: Sequence[FulfillmentOrderState]) -> OrderProgress:
    if any(part in OUT for part in live):
        return OrderProgress.PARTLY_SHIPPED
    if any(part in IN_WORK for part in live):
        return OrderProgress.IN_WORK
    if any(part is S.BACKORDERED for part in live):
        return OrderProgress.BACKORDERED
    return OrderProgress.PROMISED


def _progress_outside(live: Sequence[FulfillmentOrderState]) -> OrderProgress:
    if all(part is S.DELIVERED for part in live):
        return OrderProgress.DELIVERED
    if any(part is S.UNDELIVERED for part in live):
        return OrderProgress.UNDELIVERED
    return OrderProgress.SHIPPED
