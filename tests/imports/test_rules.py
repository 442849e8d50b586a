import pytest

from fulfillment.imports.profiles import Condition, Rule
from fulfillment.imports.rules import find_rule, tell_rule


def rule(*conditions: Condition, code: str = "x", is_for_order: bool = False) -> Rule:
    return Rule(code, "ignored", "{sku} in {Column}.", conditions, is_for_order)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition("sku", False, "equals", "POST"), True),
        (Condition("sku", False, "equals", "DOT"), False),
        (Condition("sku", False, "one_of", ("DOT", "POST")), True),
        (Condition("price", False, "equals", "0"), True),
        (Condition("price", False, "below", 1), True),
        (Condition("price", False, "above", 0), False),
        (Condition("sku", False, "below", 1), False),
        (Condition("member", False, "is_present", False), True),
        (Condition("member", False, "equals", "x"), False),
        (Condition("Column", True, "is_present", True), True),
        (Condition("Blank", True, "is_present", False), True),
    ],
)
def test_conditions(condition: Condition, holds: bool) -> None:
    found = find_rule(
        [rule(condition)], values={"sku": "POST", "price": 0}, cells={"Column": "c", "Blank": " "}
    )

    assert (found is not None) is holds


def test_the_first_rule_of_the_scope_whose_conditions_all_hold_decides() -> None:
    present = Condition("sku", False, "is_present", True)
    absent = Condition("price", False, "is_present", True)
    rules = [
        rule(present, code="order", is_for_order=True),
        rule(present, absent, code="both"),
        rule(present, code="first"),
        rule(present, code="second"),
    ]

    found = find_rule(rules, values={"sku": "A"}, cells={})

    assert found is not None
    assert found.code == "first"


def test_a_rule_tells_with_the_row_s_own_values() -> None:
    assert tell_rule(rule(), values={"sku": "A"}, cells={"Column": "line"}) == "A in line."
