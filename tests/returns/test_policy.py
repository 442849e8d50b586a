from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.returns.calendars import Calendar, add_days, add_months
from fulfillment.returns.kinds import Grade, ReturnReason
from fulfillment.returns.policy import (
    FreightPayer,
    LineFacts,
    ReturnEvent,
    Rule,
    decide_line,
    pay_by,
)

GUARANTEE = Rule(
    code="guarantee-30",
    jurisdiction="*",
    role="*",
    event=ReturnEvent.RETURN,
    window_days=30,
    window_months=None,
    window_from="delivery",
    calendar=Calendar.CALENDAR_DAYS,
    percent=100,
    is_marketable_only=False,
    allows_opened=True,
    refunds_shipping=False,
    freight_payer=FreightPayer.RETURNER,
    pay_within_days=None,
    pay_calendar=Calendar.WORKING_DAYS,
    pay_from="receipt",
    valid_from=date(2020, 1, 1),
)
BUY_BACK = replace(
    GUARANTEE,
    code="buy-back",
    role="distributor",
    window_days=None,
    window_months=12,
    window_from="purchase",
    percent=90,
    is_marketable_only=True,
    allows_opened=False,
)
NO_AGE_LIMIT = replace(BUY_BACK, code="no-age-limit", jurisdiction="US-MA", window_months=None)
FAULT = replace(
    GUARANTEE,
    code="seller-fault",
    refunds_shipping=True,
    freight_payer=FreightPayer.COMPANY,
    conditions={"seller_fault": True},
)
RULES = [GUARANTEE, BUY_BACK, NO_AGE_LIMIT, FAULT]
FACTS = LineFacts(
    role="distributor",
    jurisdictions=frozenset({"US", "US-IL"}),
    event=ReturnEvent.RETURN,
    reason=ReturnReason.UNWANTED,
    requested_on=date(2026, 3, 31),
    purchased_on=date(2026, 2, 20),
    delivered_on=date(2026, 3, 1),
)


def test_the_last_day_of_the_window_still_counts() -> None:
    assert decide_line(RULES, facts=FACTS).percent == 100


def test_the_day_after_the_guarantee_the_buy_back_still_gives_ninety_percent() -> None:
    verdict = decide_line(RULES, facts=replace(FACTS, requested_on=date(2026, 4, 1)))

    assert (verdict.percent, verdict.rules) == (90, ("buy-back",))
    assert verdict.why_not == ("guarantee-30: the window ended on 2026-03-31",)


def test_a_customer_has_no_buy_back() -> None:
    verdict = decide_line(RULES, facts=replace(FACTS, role="retail", requested_on=date(2026, 4, 1)))

    assert verdict.percent == 0


def test_where_the_law_names_no_age_limit_a_purchase_of_years_ago_is_bought_back() -> None:
    facts = replace(FACTS, jurisdictions=frozenset({"US", "US-MA"}), requested_on=date(2029, 1, 1))

    verdict = decide_line(RULES, facts=facts)

    assert (verdict.percent, verdict.rules, verdict.last_day) == (90, ("no-age-limit",), None)


def test_the_sellers_fault_makes_the_company_pay_all_ways() -> None:
    verdict = decide_line(RULES, facts=replace(FACTS, reason=ReturnReason.DAMAGED))

    assert verdict.refunds_shipping
    assert verdict.freight_payer is FreightPayer.COMPANY


@pytest.mark.parametrize(
    ("grade", "percent"), [(Grade.SEALED, 90), (Grade.OPENED, 0), (Grade.DAMAGED, 0), (Grade.EXPIRED, 0)]
)
def test_only_marketable_goods_are_bought_back(grade: Grade, percent: int) -> None:
    facts = replace(FACTS, requested_on=date(2026, 4, 1), grade=grade)

    assert decide_line(RULES, facts=facts).percent == percent


@given(st.sets(st.sampled_from(range(len(RULES)))), st.integers(0, 800), st.sampled_from(list(ReturnReason)))
def test_a_further_rule_only_ever_improves_the_returners_result(
    chosen: set[int], age: int, reason: ReturnReason
) -> None:
    requested_on = add_days(FACTS.purchased_on, age, by=Calendar.CALENDAR_DAYS)
    facts = replace(FACTS, requested_on=requested_on, reason=reason)
    fewer = [RULES[index] for index in sorted(chosen)]

    few, all_of_them = decide_line(fewer, facts=facts), decide_line(RULES, facts=facts)

    assert all_of_them.percent >= few.percent
    assert all_of_them.refunds_shipping >= few.refunds_shipping


def test_us_business_days_skip_only_sundays_and_federal_holidays() -> None:
    friday_before_memorial_day = date(2026, 5, 22)

    assert add_days(friday_before_memorial_day, 1, by=Calendar.US_BUSINESS) == date(2026, 5, 23)
    assert add_days(friday_before_memorial_day, 2, by=Calendar.US_BUSINESS) == date(2026, 5, 26)
    assert add_days(friday_before_memorial_day, 1, by=Calendar.WORKING_DAYS) == date(2026, 5, 26)


def test_twelve_months_end_on_the_same_day_or_the_months_last() -> None:
    assert add_months(date(2025, 1, 31), 1) == date(2025, 2, 28)
    assert add_months(date(2025, 3, 5), 12) == date(2026, 3, 5)


def test_the_earliest_deadline_of_all_rules_followed_holds() -> None:
    strict = replace(FAULT, pay_within_days=3, pay_calendar=Calendar.CALENDAR_DAYS, pay_from="notice")

    day = pay_by(
        [strict],
        codes=["seller-fault"],
        noticed_on=date(2026, 3, 2),
        received_on=date(2026, 3, 4),
        default_days=5,
    )

    assert day == date(2026, 3, 5)


LEAVING = replace(BUY_BACK, code="leaving", event=ReturnEvent.TERMINATION)
RECALLED = replace(
    FAULT, code="recalled", window_days=None, conditions={"seller_fault": True, "reasons": ["recalled"]}
)


def test_who_leaves_has_besides_what_an_ordinary_return_gives() -> None:
    facts = replace(FACTS, event=ReturnEvent.TERMINATION, reason=ReturnReason.LEAVING)

    verdict = decide_line([GUARANTEE, LEAVING], facts=facts)

    assert (verdict.percent, verdict.rules) == (100, ("guarantee-30", "leaving"))


def test_recalled_goods_come_back_years_later_whatever_is_left_of_them() -> None:
    facts = replace(FACTS, reason=ReturnReason.RECALLED, requested_on=date(2029, 1, 1), grade=Grade.OPENED)

    assert decide_line([RECALLED], facts=facts).percent == 100
    assert decide_line([RECALLED], facts=replace(facts, reason=ReturnReason.DAMAGED)).percent == 0


@pytest.mark.parametrize(
    ("reason", "percent"),
    [(ReturnReason.DAMAGED, 0), (ReturnReason.UNWANTED, 0), (ReturnReason.WRONG_ITEM, 100)],
)
def test_other_goods_than_were_sold_are_due_something_only_where_other_goods_were_sent(
    reason: ReturnReason, percent: int
) -> None:
    facts = replace(FACTS, reason=reason, grade=Grade.WRONG_GOODS)

    assert decide_line(RULES, facts=facts).percent == percent


def test_damage_lifts_no_condition_of_rules_that_are_not_about_the_sellers_fault() -> None:
    facts = replace(FACTS, requested_on=date(2026, 6, 1), reason=ReturnReason.DAMAGED, grade=Grade.OPENED)

    assert decide_line(RULES, facts=facts).percent == 0
