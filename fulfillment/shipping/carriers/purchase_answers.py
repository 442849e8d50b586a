"""What the answer to an order of postage means: bought, certainly not bought, or nobody knows."""

import re
from typing import Final

from fulfillment.shipping.carriers.protocol import (
    Bought,
    InDoubt,
    NotBought,
    Pending,
    Purchase,
    PurchaseOutcome,
    PurchaseStatus,
)
from fulfillment.shipping.carriers.shippo_payloads import is_object_id, read_purchase, read_refusal
from fulfillment.shipping.carriers.shippo_session import Answer

REFUSED_STATUSES: Final = frozenset({400, 401, 403, 404, 422, 429})
"""Answers that are given before anything is sold; every other failure leaves doubt."""

_GONE = re.compile(r"expired|older than|not found|no longer", re.IGNORECASE)


def read_purchase_answer(answer: Answer) -> PurchaseOutcome:
    """The outcome: certain only where Shippo says so, whatever words the body holds besides."""
    if answer.is_success and isinstance(answer.body, dict) and is_object_id(answer.body.get("object_id")):
        return _outcome_of(read_purchase(answer.body))
    if answer.status in REFUSED_STATUSES:
        reason = read_refusal(answer.body)
        is_gone = answer.status == 404 or (answer.status == 400 and _GONE.search(reason) is not None)
        return NotBought(reason, is_rate_gone=is_gone, may_repeat=answer.status == 429)
    return InDoubt(f"The answer had status {answer.status} and could not be read.")


def _outcome_of(purchase: Purchase) -> PurchaseOutcome:
    if purchase.status is PurchaseStatus.PENDING:
        return Pending(purchase)
    if purchase.status is PurchaseStatus.FAILED:
        reason = "; ".join(message.text for message in purchase.messages) or "no reason given"
        return NotBought(reason, is_rate_gone=_GONE.search(reason) is not None, messages=purchase.messages)
    return Bought(purchase)
