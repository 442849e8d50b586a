"""What a returner is due: every rule that matches is read, and the best for the returner holds.

Rules are data; this module names no jurisdiction. Windows are judged by the date of the request, so that
our own slowness never costs the returner anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from fulfillment.returns.calendars import Calendar, add_days, add_months
from fulfillment.returns.kinds import Grade, ReturnReason

SELLER_FAULTS = frozenset(
    {
        ReturnReason.DAMAGED,
        ReturnReason.DEFECTIVE,
        ReturnReason.WRONG_ITEM,
        ReturnReason.NOT_DELIVERED,
        ReturnReason.RECALLED,
    }
)


class ReturnEvent(StrEnum):
    """What makes the goods come back: an ordinary return, a cancelled sale, or the end of a membership."""

    RETURN = "return"
    CANCELLATION = "cancellation"
    TERMINATION = "termination"


class FreightPayer(StrEnum):
    """Who pays the way back."""

    RETURNER = "returner"
    COMPANY = "company"


@dataclass(frozen=True)
class Rule:
    """One row of `return_rule`; "*" matches everything, no window means no age limit."""

    code: str
    jurisdiction: str
    role: str
    event: ReturnEvent
    window_days: int | None
    window_months: int | None
    window_from: str
    calendar: Calendar
    percent: int
    is_marketable_only: bool
    allows_opened: bool
    refunds_shipping: bool
    freight_payer: FreightPayer
    pay_within_days: int | None
    pay_calendar: Calendar
    pay_from: str
    valid_from: date
    valid_to: date | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LineFacts:
    """What the rules look at for one order line; money in minor units, dates in the company's time zone.

    `grade` is None before inspection: the goods are then taken to be as good as the best case.
    """

    role: str
    jurisdictions: frozenset[str]
    event: ReturnEvent
    reason: ReturnReason
    requested_on: date
    purchased_on: date
    delivered_on: date | None
    joined_on: date | None = None
    order_total_minor: int = 0
    sale_location: str = "remote"
    product_kind: str = "goods"
    disclosures: frozenset[str] = frozenset()
    grade: Grade | None = None


@dataclass(frozen=True)
class Verdict:
    """What the returner is due for a line, with the rules it follows from; percent 0 means nothing."""

    percent: int
    rules: tuple[str, ...]
    refunds_shipping: bool
    freight_payer: FreightPayer
    last_day: date | None
    why_not: tuple[str, ...]


def decide_line(rules: Sequence[Rule], *, facts: LineFacts) -> Verdict:
    """The best percent, longest window and cheapest freight any matching rule gives."""
    refusals: list[str] = []
    granting: list[Rule] = []
    for rule in rules:
        if not _concerns(rule, facts):
            continue
        refusal = _refusal(rule, facts)
        if refusal is None:
            granting.append(rule)
        else:
            refusals.append(f"{rule.code}: {refusal}")
    if not granting:
        return Verdict(
            percent=0,
            rules=(),
            refunds_shipping=False,
            freight_payer=FreightPayer.RETURNER,
            last_day=None,
            why_not=tuple(refusals),
        )
    percent = max(rule.percent for rule in granting)
    windows = [window_end(rule, facts) for rule in granting]
    pays = any(rule.freight_payer is FreightPayer.COMPANY for rule in granting)
    return Verdict(
        percent=percent,
        rules=tuple(rule.code for rule in granting),
        refunds_shipping=any(rule.refunds_shipping for rule in granting),
        freight_payer=FreightPayer.COMPANY if pays else FreightPayer.RETURNER,
        last_day=None if None in windows else max(day for day in windows if day is not None),
        why_not=tuple(refusals),
    )


def pay_by(
    rules: Sequence[Rule],
    *,
    codes: Sequence[str],
    noticed_on: date,
    received_on: date | None,
    default_days: int,
) -> date:
    """The earliest deadline any of the rules that were followed sets, else the company's own promise.

    The company's promise counts working days from the receipt; where nothing is awaited, from the notice.
    """
    starts = {"notice": noticed_on, "receipt": received_on or noticed_on}
    own = add_days(starts["receipt"], default_days, by=Calendar.WORKING_DAYS)
    legal = [
        add_days(starts[rule.pay_from], rule.pay_within_days, by=rule.pay_calendar)
        for rule in rules
        if rule.code in codes and rule.pay_within_days is not None
    ]
    return min([own, *legal])


def window_end(rule: Rule, facts: LineFacts) -> date | None:
    """The last day of the request; None where the rule has no age limit or its clock has not begun."""
    starts = {
        "purchase": facts.purchased_on,
        "delivery": facts.delivered_on,
        "joining": facts.joined_on,
    }
    start = starts[rule.window_from]
    if start is None:
        return None
    if rule.window_months is not None:
        return add_months(start, rule.window_months)
    if rule.window_days is not None:
        return add_days(start, rule.window_days, by=rule.calendar)
    return None


def _concerns(rule: Rule, facts: LineFacts) -> bool:
    """Whether the rule speaks about such a line at all.

    Who leaves, or cancels a sale, has besides whatever an ordinary return would give.
    """
    conditions = rule.conditions
    return (
        rule.event in {facts.event, ReturnEvent.RETURN}
        and rule.jurisdiction in facts.jurisdictions | {"*"}
        and rule.role in (facts.role, "*")
        and rule.valid_from <= facts.requested_on
        and (rule.valid_to is None or facts.requested_on <= rule.valid_to)
        and (not conditions.get("seller_fault") or facts.reason in SELLER_FAULTS)
        and facts.reason in conditions.get("reasons", (facts.reason,))
        and conditions.get("sale_location", facts.sale_location) == facts.sale_location
        and facts.order_total_minor >= conditions.get("min_total_minor", 0)
        and facts.product_kind in conditions.get("product_kinds", (facts.product_kind,))
    )


def _refusal(rule: Rule, facts: LineFacts) -> str | None:
    """Why a rule that speaks about the line gives nothing for it."""
    last_day = window_end(rule, facts)
    if last_day is not None and facts.requested_on > last_day:
        return f"the window ended on {last_day.isoformat()}"
    excluded = facts.disclosures & set(rule.conditions.get("excluded_if_disclosed", ()))
    if excluded:
        return f"disclosed before the sale as {', '.join(sorted(excluded))}"
    return None if facts.grade is None else _refusal_of_grade(rule, facts.grade, facts.reason)


def _refusal_of_grade(rule: Rule, grade: Grade, reason: ReturnReason) -> str | None:
    """Why goods in this condition get nothing under the rule.

    A rule about the seller's fault asks for no condition, because the fault may be the condition. Other goods
    than were sold come back rightly only where other goods were sent.
    """
    if grade is Grade.WRONG_GOODS and reason is not ReturnReason.WRONG_ITEM:
        return "these are not the goods that were sold"
    if rule.conditions.get("seller_fault") or reason is ReturnReason.WRONG_ITEM:
        return None
    if rule.is_marketable_only and grade is not Grade.SEALED:
        return f"only marketable goods are taken back, and these are {grade}"
    if grade is Grade.OPENED and not rule.allows_opened:
        return "opened goods are not taken back"
    return None
