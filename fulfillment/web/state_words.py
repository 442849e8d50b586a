"""How each state is called and shown: a word, a sign and a color that say the same."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from fulfillment.accounts.roles import Role
from fulfillment.accounts.tables import SessionKind, UserState
from fulfillment.core.states import (
    AutoshipRunState,
    FulfillmentOrderState,
    OrderState,
    ParcelState,
    PickTaskState,
    PostageState,
    ReceiptState,
    RefundPartState,
    RefundState,
    ReturnState,
    WaveState,
)
from fulfillment.orders.kinds import DueOutcome, RoutePlanState
from fulfillment.orders.lifecycle import OrderProgress
from fulfillment.shipping.tracking import TrackingStatus
from fulfillment.store.tables import JobState
from fulfillment.web.words import N_

Tone = Literal["good", "warn", "bad", "busy", "idle"]

SIGNS: Final[dict[Tone, str]] = {"good": "✓", "warn": "!", "bad": "×", "busy": "›", "idle": "·"}  # noqa: RUF001 - signs, no letters


@dataclass(frozen=True)
class Look:
    """A state as a person sees it."""

    word: str
    tone: Tone

    @property
    def sign(self) -> str:
        """The sign for those who do not see the color."""
        return SIGNS[self.tone]


def _looks(*pairs: tuple[StrEnum, str, Tone]) -> None:
    # Members of two StrEnums with one value are equal, so the key carries the class as well.
    for state, word, tone in pairs:
        _BY_KIND.setdefault(type(state), {})[state.value] = Look(word, tone)


_BY_KIND: Final[dict[type[StrEnum], dict[str, Look]]] = {}

_looks(
    (OrderState.RECEIVED, N_("Received"), "busy"),
    (OrderState.HELD, N_("Held"), "warn"),
    (OrderState.ACCEPTED, N_("Accepted"), "good"),
    (OrderState.REFUSED, N_("Refused"), "bad"),
    (OrderState.CANCELLED, N_("Cancelled"), "idle"),
    (OrderState.CLOSED, N_("Closed"), "idle"),
    (FulfillmentOrderState.PROMISED, N_("Promised"), "busy"),
    (FulfillmentOrderState.BACKORDERED, N_("Backordered"), "warn"),
    (FulfillmentOrderState.RELEASED, N_("Released"), "busy"),
    (FulfillmentOrderState.PICKING, N_("Picking"), "busy"),
    (FulfillmentOrderState.PACKED, N_("Packed"), "busy"),
    (FulfillmentOrderState.SHIPPED, N_("Shipped"), "busy"),
    (FulfillmentOrderState.DELIVERED, N_("Delivered"), "good"),
    (FulfillmentOrderState.UNDELIVERED, N_("Not delivered"), "bad"),
    (FulfillmentOrderState.CANCELLED, N_("Cancelled"), "idle"),
)
_looks(
    (AutoshipRunState.COLLECTING, N_("Collecting"), "busy"),
    (AutoshipRunState.PLANNING, N_("Being planned"), "busy"),
    (AutoshipRunState.PROMISED, N_("Promised"), "warn"),
    (AutoshipRunState.CHARGING, N_("Being charged"), "busy"),
    (AutoshipRunState.CLOSED, N_("Closed"), "good"),
    (AutoshipRunState.CANCELLED, N_("Cancelled"), "idle"),
    (DueOutcome.WAITING, N_("Waiting"), "idle"),
    (DueOutcome.PROMISED, N_("Promised"), "busy"),
    (DueOutcome.SHORT, N_("Short"), "warn"),
    (DueOutcome.PAID, N_("Paid"), "good"),
    (DueOutcome.DECLINED, N_("Declined"), "bad"),
    (DueOutcome.GIVEN_BACK, N_("Given back"), "warn"),
    (DueOutcome.LAPSED, N_("Lapsed"), "idle"),
    (DueOutcome.CANCELLED, N_("Cancelled"), "idle"),
)
_looks(
    (WaveState.RELEASED, N_("Released"), "busy"),
    (WaveState.PICKING, N_("Picking"), "busy"),
    (WaveState.DONE, N_("Done"), "good"),
    (WaveState.CANCELLED, N_("Cancelled"), "idle"),
    (PickTaskState.OPEN, N_("Open"), "busy"),
    (PickTaskState.DONE, N_("Picked"), "good"),
    (PickTaskState.SHORT, N_("Short"), "warn"),
    (PickTaskState.CANCELLED, N_("Cancelled"), "idle"),
    (ReceiptState.EXPECTED, N_("Expected"), "idle"),
    (ReceiptState.RECEIVING, N_("Receiving"), "busy"),
    (ReceiptState.CLOSED, N_("Closed"), "good"),
    (ReceiptState.CANCELLED, N_("Cancelled"), "idle"),
)
_looks(
    (ParcelState.PACKED, N_("Packed"), "busy"),
    (ParcelState.LABELED, N_("Labeled"), "busy"),
    (ParcelState.SHIPPED, N_("With the carrier"), "busy"),
    (ParcelState.DELIVERED, N_("Delivered"), "good"),
    (ParcelState.RETURNING, N_("Coming back"), "warn"),
    (ParcelState.RETURNED, N_("Came back"), "bad"),
    (ParcelState.LOST, N_("Lost"), "bad"),
    (ParcelState.CANCELLED, N_("Cancelled"), "idle"),
    (PostageState.INTENDED, N_("Waiting to be bought"), "busy"),
    (PostageState.CALLING, N_("Being bought"), "busy"),
    (PostageState.IN_DOUBT, N_("In doubt"), "warn"),
    (PostageState.BOUGHT, N_("Bought"), "good"),
    (PostageState.FAILED, N_("Failed"), "bad"),
    (PostageState.VOID_REQUESTED, N_("Void requested"), "busy"),
    (PostageState.VOIDED, N_("Voided"), "idle"),
    (PostageState.VOID_REFUSED, N_("Void refused"), "bad"),
)
_looks(
    (ReturnState.REQUESTED, N_("Requested"), "busy"),
    (ReturnState.AUTHORIZED, N_("Authorized"), "busy"),
    (ReturnState.IN_TRANSIT, N_("On its way"), "busy"),
    (ReturnState.RECEIVED, N_("Received"), "busy"),
    (ReturnState.INSPECTED, N_("Inspected"), "busy"),
    (ReturnState.DECIDED, N_("Decided"), "busy"),
    (ReturnState.REPLACED, N_("Replaced"), "good"),
    (ReturnState.REFUNDED, N_("Refunded"), "good"),
    (ReturnState.REFUSED, N_("Refused"), "bad"),
    (ReturnState.EXPIRED, N_("Expired"), "idle"),
    (ReturnState.CANCELLED, N_("Cancelled"), "idle"),
    (RefundState.PROPOSED, N_("Proposed"), "warn"),
    (RefundState.APPROVED, N_("Approved"), "busy"),
    (RefundState.REJECTED, N_("Rejected"), "bad"),
    (RefundState.SENT, N_("Sent"), "busy"),
    (RefundState.UNKNOWN, N_("Not known yet"), "warn"),
    (RefundState.PAID, N_("Paid"), "good"),
    (RefundState.FAILED, N_("Failed"), "bad"),
    (RefundPartState.PENDING, N_("Waiting"), "idle"),
    (RefundPartState.SENT, N_("Sent"), "busy"),
    (RefundPartState.UNKNOWN, N_("Not known yet"), "warn"),
    (RefundPartState.PAID, N_("Paid"), "good"),
    (RefundPartState.FAILED, N_("Failed"), "bad"),
)
_looks(
    (JobState.QUEUED, N_("Waiting"), "idle"),
    (JobState.RUNNING, N_("Running"), "busy"),
    (JobState.DONE, N_("Done"), "good"),
    (JobState.DEAD, N_("Dead"), "bad"),
    (UserState.INVITED, N_("Invited"), "warn"),
    (UserState.ACTIVE, N_("Active"), "good"),
    (UserState.DISABLED, N_("Disabled"), "bad"),
)

_looks(
    (OrderProgress.RECEIVED, N_("Received"), "busy"),
    (OrderProgress.HELD, N_("On hold"), "warn"),
    (OrderProgress.REFUSED, N_("Refused"), "bad"),
    (OrderProgress.CANCELLED, N_("Cancelled"), "idle"),
    (OrderProgress.BACKORDERED, N_("Backordered"), "warn"),
    (OrderProgress.PROMISED, N_("Reserved"), "busy"),
    (OrderProgress.IN_WORK, N_("Being packed"), "busy"),
    (OrderProgress.PARTLY_SHIPPED, N_("Partly shipped"), "busy"),
    (OrderProgress.SHIPPED, N_("Shipped"), "busy"),
    (OrderProgress.DELIVERED, N_("Delivered"), "good"),
    (OrderProgress.UNDELIVERED, N_("Not delivered"), "bad"),
    (TrackingStatus.UNKNOWN, N_("No news yet"), "idle"),
    (TrackingStatus.PRE_TRANSIT, N_("Announced to the carrier"), "idle"),
    (TrackingStatus.TRANSIT, N_("On its way"), "busy"),
    (TrackingStatus.DELIVERED, N_("Delivered"), "good"),
    (TrackingStatus.RETURNED, N_("Coming back"), "warn"),
    (TrackingStatus.FAILURE, N_("Could not be delivered"), "bad"),
    (RoutePlanState.RUNNING, N_("Running"), "busy"),
    (RoutePlanState.APPLIED, N_("Applied"), "good"),
    (RoutePlanState.CANCELLED, N_("Cancelled"), "idle"),
    (RoutePlanState.FAILED, N_("Failed"), "bad"),
    (RoutePlanState.TRIED, N_("Tried"), "idle"),
)

ROLE_WORDS: Final = {
    Role.WAREHOUSE: N_("Warehouse"),
    Role.DISTRIBUTOR: N_("Distributor"),
    Role.SERVICE: N_("Customer service"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.ADMIN: N_("Administrator"),
}
SESSION_WORDS: Final = {
    SessionKind.PENDING: N_("Second factor to come"),
    SessionKind.PASSWORD: N_("Password"),
    SessionKind.BADGE: N_("Badge"),
}


def look_of(state: StrEnum) -> Look:
    """How a state is shown; pass the enumeration's member, not its text."""
    return _BY_KIND[type(state)][state.value]
