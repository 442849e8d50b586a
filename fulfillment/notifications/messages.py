"""The words of every notice, by event; no personal data but what the recipient already has."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True)
class NoticeText:
    """A notice ready to send; `event_key` names the event, so that it is told once."""

    kind: str
    event_key: str
    subject: str
    body: str


def order_accepted(*, number: str, order_id: uuid.UUID) -> NoticeText:
    """The order was accepted and its stock promised."""
    return NoticeText(
        "order_accepted",
        f"order_accepted:{order_id}",
        f"Your order {number} is accepted",
        f"Thank you. We have accepted your order {number} and are preparing it. "
        "We will write again when the carrier has it.",
    )


def order_cancelled(*, number: str, order_id: uuid.UUID, reason: str) -> NoticeText:
    """The order will not be sent."""
    return NoticeText(
        "order_cancelled",
        f"order_cancelled:{order_id}",
        f"Your order {number} is cancelled",
        f"Your order {number} is cancelled ({reason}). What you paid for it goes back to how you paid.",
    )


def parcel_shipped(*, number: str, parcel_id: uuid.UUID, carrier: str, tracking_url: str) -> NoticeText:
    """The carrier has a parcel of the order."""
    return NoticeText(
        "parcel_shipped",
        f"parcel_shipped:{parcel_id}",
        f"A parcel of your order {number} is on its way",
        f"{carrier} has a parcel of your order {number}. Follow it here: {tracking_url}",
    )


def parcel_delivered(*, number: str, parcel_id: uuid.UUID, tracking_url: str) -> NoticeText:
    """A parcel of the order arrived."""
    return NoticeText(
        "parcel_delivered",
        f"parcel_delivered:{parcel_id}",
        f"A parcel of your order {number} was delivered",
        f"A parcel of your order {number} was delivered. Not there? Look here and tell us: {tracking_url}",
    )


def return_authorized(*, number: str, return_id: uuid.UUID, deadline: str) -> NoticeText:
    """The goods may be sent back."""
    return NoticeText(
        "return_authorized",
        f"return_authorized:{return_id}",
        f"Your return {number} is authorized",
        f"Please send the goods of return {number} by {deadline}, with the return slip in the box.",
    )


def refund_paid(*, number: str, refund_id: uuid.UUID, amount: str) -> NoticeText:
    """The money was given back."""
    return NoticeText(
        "refund_paid",
        f"refund_paid:{refund_id}",
        f"Your refund {number} is paid",
        f"We have refunded {amount} to how you paid. Banks may need a few days to show it.",
    )
