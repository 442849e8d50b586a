"""The kinds and choices that orders, tenders and plans are told apart by."""

from enum import StrEnum


class OrderKind(StrEnum):
    """Why an order exists; a replacement carries no volume and reverses none."""

    STANDARD = "standard"
    AUTOSHIP = "autoship"
    ENROLLMENT = "enrollment"
    PARTY = "party"
    REPLACEMENT = "replacement"


class OnShortage(StrEnum):
    """What the buyer chose for units that cannot be promised now."""

    REFUSE = "refuse"
    BACKORDER = "backorder"
    SPLIT = "split"


class TenderKind(StrEnum):
    """What was given in payment."""

    CARD = "card"
    BANK_DEBIT = "bank_debit"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    COMMISSION_BALANCE = "commission_balance"
    OFFLINE = "offline"


class DisputeState(StrEnum):
    """Where a card holder's charge-back is; `won` means that the money came back to the company."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class DueOutcome(StrEnum):
    """What became of one due order of an autoship run.

    `given_back` was promised and not charged in time; it may still be paid, and so may what was `short`,
    until it has `lapsed`.
    """

    WAITING = "waiting"
    PROMISED = "promised"
    SHORT = "short"
    PAID = "paid"
    DECLINED = "declined"
    GIVEN_BACK = "given_back"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class RoutePlanState(StrEnum):
    """A plan is applied row by row, what changed meanwhile is skipped and counted; a trial ends as tried."""

    RUNNING = "running"
    APPLIED = "applied"
    CANCELLED = "cancelled"
    FAILED = "failed"
    TRIED = "tried"


class RouteMoveOutcome(StrEnum):
    """What became of a move: a trial only proposes it, an order that changed meanwhile is skipped."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    SKIPPED = "skipped"
