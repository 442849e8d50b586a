"""A profile's rules applied to what was read: the first rule whose conditions all hold decides."""

from collections.abc import Mapping, Sequence

from fulfillment.imports.profiles import Condition, Rule
from fulfillment.imports.rows import Value


def find_rule(
    rules: Sequence[Rule],
    *,
    values: Mapping[str, Value],
    cells: Mapping[str, str],
    is_for_order: bool = False,
) -> Rule | None:
    """The first rule of this scope that holds; a cell that could not be read makes its conditions false."""
    for rule in rules:
        if rule.is_for_order == is_for_order and all(
            _holds(condition, values, cells) for condition in rule.conditions
        ):
            return rule
    return None


def tell_rule(rule: Rule, *, values: Mapping[str, Value], cells: Mapping[str, str]) -> str:
    """The rule's sentence with the row's own values in it; `{sku}` names a field, `{InvoiceNo}` a column."""
    sentence = rule.sentence
    for name, value in {**cells, **values}.items():
        sentence = sentence.replace("{" + name + "}", str(value))
    return sentence


def _holds(condition: Condition, values: Mapping[str, Value], cells: Mapping[str, str]) -> bool:
    value = cells.get(condition.name, "").strip() if condition.is_column else values.get(condition.name)
    is_present = value not in (None, "")
    if condition.test == "is_present":
        return is_present == condition.operand
    if value is None or not is_present:
        return False
    return _compare(condition, value)


def _compare(condition: Condition, value: Value) -> bool:
    operand = condition.operand
    if condition.test in ("below", "above"):
        number = _as_number(value)
        if number is None or not isinstance(operand, (int, float)):
            return False
        return number < operand if condition.test == "below" else number > operand
    if condition.test == "one_of":
        return isinstance(operand, tuple) and str(value) in operand
    if condition.test == "matches":
        return not isinstance(operand, (str, int, float, tuple)) and operand.search(str(value)) is not None
    return str(value) == str(operand)


def _as_number(value: Value) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]  # dates raise TypeError, which says no
    except (TypeError, ValueError):
        return None
