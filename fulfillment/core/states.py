"""The states of every object and the edges between them.

The operations read these tables, and the first migration writes them to `allowed_edge`, where a trigger
enforces them again. A state that no edge leaves is final.
"""

from collections.abc import Mapping
from enum import StrEnum

Edges = Mapping[StrEnum, frozenset[StrEnum]]


class OrderState(StrEnum):
    """What was decided about an order; where its goods are is said by its fulfillment orders."""

    RECEIVED = "received"
    HELD = "held"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class FulfillmentOrderState(StrEnum):
    """Where one warehouse's part of an order is. `undelivered` went out and did not arrive."""

    PROMISED = "promised"
    BACKORDERED = "backordered"
    RELEASED = "released"
    PICKING = "picking"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    CANCELLED = "cancelled"


class AutoshipRunState(StrEnum):
    """How far a run is; it is charging from the first result the shop sends until nothing waits for one."""

    COLLECTING = "collecting"
    PLANNING = "planning"
    PROMISED = "promised"
    CHARGING = "charging"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class WaveState(StrEnum):
    """A wave is open until each of its pick tasks is done, short or cancelled."""

    RELEASED = "released"
    PICKING = "picking"
    DONE = "done"
    CANCELLED = "cancelled"


class PickTaskState(StrEnum):
    """One bin visit of one wave."""

    OPEN = "open"
    DONE = "done"
    SHORT = "short"
    CANCELLED = "cancelled"


class ReceiptState(StrEnum):
    """Goods expected from, or given by, a supplier."""

    EXPECTED = "expected"
    RECEIVING = "receiving"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ParcelState(StrEnum):
    """A parcel is shipped when the carrier has it; a bought label does not ship it."""

    PACKED = "packed"
    LABELED = "labeled"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"


class PostageState(StrEnum):
    """What is known of one purchase from a carrier. `in_doubt` waits for the carrier's own answer."""

    INTENDED = "intended"
    CALLING = "calling"
    IN_DOUBT = "in_doubt"
    BOUGHT = "bought"
    FAILED = "failed"
    VOID_REQUESTED = "void_requested"
    VOIDED = "voided"
    VOID_REFUSED = "void_refused"


class ReturnState(StrEnum):
    """Where a return is, from the request to the money."""

    REQUESTED = "requested"
    AUTHORIZED = "authorized"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    INSPECTED = "inspected"
    DECIDED = "decided"
    REFUNDED = "refunded"
    REPLACED = "replaced"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class RefundState(StrEnum):
    """Where a refund is; `unknown` means that the provider's answer was lost, never that it failed."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    SENT = "sent"
    UNKNOWN = "unknown"
    PAID = "paid"
    FAILED = "failed"


class RefundPartState(StrEnum):
    """Where the share of a refund that goes back to one tender is."""

    PENDING = "pending"
    SENT = "sent"
    UNKNOWN = "unknown"
    PAID = "paid"
    FAILED = "failed"


ORDER: Edges = {
    # A due autoship is received and promised before it is charged, and cancelled where that is declined.
    OrderState.RECEIVED: frozenset(
        {OrderState.ACCEPTED, OrderState.HELD, OrderState.REFUSED, OrderState.CANCELLED}
    ),
    OrderState.HELD: frozenset({OrderState.ACCEPTED, OrderState.REFUSED, OrderState.CANCELLED}),
    OrderState.ACCEPTED: frozenset({OrderState.HELD, OrderState.CANCELLED, OrderState.CLOSED}),
}
FULFILLMENT_ORDER: Edges = {
    FulfillmentOrderState.PROMISED: frozenset(
        {
            FulfillmentOrderState.RELEASED,
            FulfillmentOrderState.BACKORDERED,
            FulfillmentOrderState.CANCELLED,
        }
    ),
    FulfillmentOrderState.BACKORDERED: frozenset(
        {FulfillmentOrderState.PROMISED, FulfillmentOrderState.CANCELLED}
    ),
    FulfillmentOrderState.RELEASED: frozenset(
        {
            FulfillmentOrderState.PICKING,
            FulfillmentOrderState.PROMISED,
            FulfillmentOrderState.CANCELLED,
        }
    ),
    FulfillmentOrderState.PICKING: frozenset({FulfillmentOrderState.PACKED, FulfillmentOrderState.CANCELLED}),
    # Unpacking a parcel gives its units back to the packer.
    FulfillmentOrderState.PACKED: frozenset(
        {FulfillmentOrderState.SHIPPED, FulfillmentOrderState.PICKING, FulfillmentOrderState.CANCELLED}
    ),
    FulfillmentOrderState.SHIPPED: frozenset(
        {FulfillmentOrderState.DELIVERED, FulfillmentOrderState.UNDELIVERED}
    ),
    FulfillmentOrderState.UNDELIVERED: frozenset({FulfillmentOrderState.DELIVERED}),
}
AUTOSHIP_RUN: Edges = {
    AutoshipRunState.COLLECTING: frozenset({AutoshipRunState.PLANNING, AutoshipRunState.CANCELLED}),
    # A plan that cannot be made, such as for a product without a weight, leaves the run as it was collected.
    AutoshipRunState.PLANNING: frozenset(
        {AutoshipRunState.COLLECTING, AutoshipRunState.PROMISED, AutoshipRunState.CANCELLED}
    ),
    # What was short is planned again when stock has come in.
    AutoshipRunState.PROMISED: frozenset(
        {
            AutoshipRunState.PLANNING,
            AutoshipRunState.CHARGING,
            AutoshipRunState.CLOSED,
            AutoshipRunState.CANCELLED,
        }
    ),
    AutoshipRunState.CHARGING: frozenset({AutoshipRunState.PLANNING, AutoshipRunState.CLOSED}),
    # Money that comes late is not turned away.
    AutoshipRunState.CLOSED: frozenset({AutoshipRunState.CHARGING}),
}
WAVE: Edges = {
    WaveState.RELEASED: frozenset({WaveState.PICKING, WaveState.DONE, WaveState.CANCELLED}),
    WaveState.PICKING: frozenset({WaveState.DONE}),
    # Undo reopens a task, and an order short of a lot may get another bin.
    WaveState.DONE: frozenset({WaveState.PICKING}),
}
PICK_TASK: Edges = {
    PickTaskState.OPEN: frozenset({PickTaskState.DONE, PickTaskState.SHORT, PickTaskState.CANCELLED}),
    # Undo takes the last unit back to its bin until its parcel is packed.
    PickTaskState.DONE: frozenset({PickTaskState.OPEN}),
}
RECEIPT: Edges = {
    ReceiptState.EXPECTED: frozenset({ReceiptState.RECEIVING, ReceiptState.CLOSED, ReceiptState.CANCELLED}),
    ReceiptState.RECEIVING: frozenset({ReceiptState.CLOSED}),
}
PARCEL: Edges = {
    ParcelState.PACKED: frozenset({ParcelState.LABELED, ParcelState.CANCELLED}),
    ParcelState.LABELED: frozenset({ParcelState.PACKED, ParcelState.SHIPPED, ParcelState.CANCELLED}),
    ParcelState.SHIPPED: frozenset({ParcelState.DELIVERED, ParcelState.RETURNING, ParcelState.LOST}),
    ParcelState.RETURNING: frozenset({ParcelState.RETURNED, ParcelState.DELIVERED, ParcelState.LOST}),
    ParcelState.LOST: frozenset({ParcelState.DELIVERED, ParcelState.RETURNING}),
}
POSTAGE: Edges = {
    PostageState.INTENDED: frozenset({PostageState.CALLING, PostageState.FAILED}),
    PostageState.CALLING: frozenset({PostageState.BOUGHT, PostageState.FAILED, PostageState.IN_DOUBT}),
    PostageState.IN_DOUBT: frozenset({PostageState.BOUGHT, PostageState.FAILED}),
    PostageState.BOUGHT: frozenset({PostageState.VOID_REQUESTED}),
    PostageState.VOID_REQUESTED: frozenset({PostageState.VOIDED, PostageState.VOID_REFUSED}),
    PostageState.VOID_REFUSED: frozenset({PostageState.VOID_REQUESTED}),
}
RETURN: Edges = {
    ReturnState.REQUESTED: frozenset({ReturnState.AUTHORIZED, ReturnState.REFUSED, ReturnState.CANCELLED}),
    ReturnState.AUTHORIZED: frozenset(
        {ReturnState.IN_TRANSIT, ReturnState.RECEIVED, ReturnState.EXPIRED, ReturnState.CANCELLED}
    ),
    ReturnState.IN_TRANSIT: frozenset({ReturnState.RECEIVED, ReturnState.EXPIRED}),
    ReturnState.EXPIRED: frozenset({ReturnState.AUTHORIZED}),
    ReturnState.RECEIVED: frozenset({ReturnState.INSPECTED}),
    ReturnState.INSPECTED: frozenset({ReturnState.DECIDED}),
    ReturnState.DECIDED: frozenset({ReturnState.REFUNDED, ReturnState.REPLACED, ReturnState.REFUSED}),
}
REFUND: Edges = {
    RefundState.PROPOSED: frozenset({RefundState.APPROVED, RefundState.REJECTED}),
    RefundState.APPROVED: frozenset({RefundState.SENT}),
    RefundState.SENT: frozenset({RefundState.PAID, RefundState.UNKNOWN, RefundState.FAILED}),
    RefundState.UNKNOWN: frozenset({RefundState.PAID, RefundState.FAILED}),
    # A person repeats a failed refund, under the same provider keys; or it turns out to have been paid.
    RefundState.FAILED: frozenset({RefundState.APPROVED, RefundState.PAID}),
}
REFUND_PART: Edges = {
    RefundPartState.PENDING: frozenset({RefundPartState.SENT, RefundPartState.FAILED}),
    RefundPartState.SENT: frozenset({RefundPartState.PAID, RefundPartState.UNKNOWN, RefundPartState.FAILED}),
    RefundPartState.UNKNOWN: frozenset({RefundPartState.PAID, RefundPartState.FAILED}),
    RefundPartState.FAILED: frozenset({RefundPartState.PENDING, RefundPartState.PAID}),
}

# Table name to its edges: what the migration writes to `allowed_edge` and what the triggers guard.
EDGES_BY_TABLE: Mapping[str, Edges] = {
    "customer_order": ORDER,
    "fulfillment_order": FULFILLMENT_ORDER,
    "autoship_run": AUTOSHIP_RUN,
    "wave": WAVE,
    "pick_task": PICK_TASK,
    "receipt": RECEIPT,
    "parcel": PARCEL,
    "postage": POSTAGE,
    "return_authorization": RETURN,
    "refund": REFUND,
    "refund_part": REFUND_PART,
}
