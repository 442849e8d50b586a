"""The lines of an order file become orders; a faulty line keeps its whole order from being written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from fulfillment.imports.classifying import ClassifiedTable, KeptRow
from fulfillment.imports.outcomes import RowFinding, RowOutcome
from fulfillment.imports.profiles import FileMapping, Rule
from fulfillment.imports.rows import OrderHeader, OrderRow, Value
from fulfillment.imports.rules import find_rule, tell_rule


@dataclass(frozen=True)
class PlannedOrder:
    """One order as the file gives it, ready to be asked for."""

    order_ref: str
    currency: str
    header: OrderHeader
    lines: tuple[OrderRow, ...]
    charges: tuple[OrderRow, ...] = ()
    """Rows that charge for shipping and name no goods."""
    hold: tuple[str, str] | None = None
    """The code and sentence of the rule that wants a person to look at it first."""

    @property
    def line_nos(self) -> tuple[int, ...]:
        """The lines of the file that this order consists of."""
        return tuple(sorted(row.line_no for row in self.lines + self.charges))

    @property
    def shipping_minor(self) -> int:
        """What the buyer paid for shipping, by line, by charge and on the order."""
        by_line = sum(row.freight for row in self.lines)
        charged = sum(row.qty * row.unit_price for row in self.charges)
        return by_line + charged + (self.header.order_shipping or 0)


@dataclass(frozen=True)
class OrderPlan:
    """Every row of an order file, in exactly one of the three."""

    settled: tuple[RowFinding, ...]
    orders: tuple[PlannedOrder, ...]
    return_rows: tuple[KeptRow, ...]


@dataclass
class _Group:
    goods: list[KeptRow] = field(default_factory=list)
    charges: list[KeptRow] = field(default_factory=list)

    @property
    def rows(self) -> list[KeptRow]:
        return self.goods + self.charges


def plan_orders(classified: ClassifiedTable, mapping: FileMapping) -> OrderPlan:
    """The orders of a file in the order of their first lines, wherever their other lines stand."""
    groups: dict[str, _Group] = {}
    returns: list[KeptRow] = []
    for kept in classified.kept:
        if kept.deed == "return":
            returns.append(kept)
            continue
        group = groups.setdefault(kept.group_ref, _Group())
        (group.charges if kept.deed == "shipping_charge" else group.goods).append(kept)
    faulty = _first_faults(classified.settled)
    settled = list(classified.settled)
    orders: list[PlannedOrder] = []
    for order_ref, group in groups.items():
        result = _plan_order(order_ref, group, mapping, faulty.get(order_ref))
        if isinstance(result, PlannedOrder):
            orders.append(result)
        else:
            settled.extend(result)
    return OrderPlan(tuple(settled), tuple(orders), tuple(returns))


def _plan_order(
    order_ref: str, group: _Group, mapping: FileMapping, faulty_line: int | None
) -> PlannedOrder | list[RowFinding]:
    if faulty_line is not None:
        sentence = (
            f"Line {faulty_line} of order {order_ref} was rejected; an order is written whole or not at all."
        )
        return _settle(group, RowOutcome.REJECTED, "order-incomplete", sentence)
    if not group.goods:
        sentence = f"Order {order_ref} has charges but no goods."
        return _settle(group, RowOutcome.IGNORED, "no-goods", sentence)
    lines = [kept.row for kept in group.goods if isinstance(kept.row, OrderRow)]
    charges = [kept.row for kept in group.charges if isinstance(kept.row, OrderRow)]
    header, disagreement = merge_headers(lines + charges)
    if disagreement:
        sentence = f"The lines of order {order_ref} disagree on {disagreement}; it is one order or two."
        return _settle(group, RowOutcome.REJECTED, "lines-disagree", sentence)
    order = PlannedOrder(order_ref, lines[0].currency, header, tuple(lines), tuple(charges))
    return _apply_order_rules(order, group, mapping)


def _apply_order_rules(
    order: PlannedOrder, group: _Group, mapping: FileMapping
) -> PlannedOrder | list[RowFinding]:
    values = _order_values(order)
    rule = find_rule(mapping.rules, values=values, cells={}, is_for_order=True)
    held_line = next((kept for kept in group.goods if kept.deed == "held"), None)
    if rule is not None and rule.deed in ("ignored", "rejected"):
        return _settle(group, RowOutcome(rule.deed), rule.code, _tell(rule, values))
    if rule is not None and rule.deed == "held":
        return replace(order, hold=(rule.code, _tell(rule, values)))
    if held_line is not None:
        return replace(order, hold=(held_line.code, held_line.sentence))
    return order


def merge_headers(rows: Sequence[OrderRow]) -> tuple[OrderHeader, str | None]:
    """The header the rows share, and the first field on which two of them that are not blank differ."""
    merged: dict[str, Value | None] = {}
    disagreement: str | None = None
    for entry in fields(OrderHeader):
        given = {getattr(row.header, entry.name) for row in rows} - {None}
        if len(given) > 1 and disagreement is None:
            disagreement = entry.name
        merged[entry.name] = next(
            (value for row in rows if (value := getattr(row.header, entry.name)) is not None), None
        )
    if disagreement is None and len({row.currency for row in rows}) > 1:
        disagreement = "currency"
    return OrderHeader(**merged), disagreement  # type: ignore[arg-type]  # the same fields, the same types


def count_orders(findings: Sequence[RowFinding]) -> Counter[RowOutcome]:
    """How each order ended, from how its rows ended: written beats rejected beats ignored."""
    rank = [RowOutcome.IGNORED, RowOutcome.REJECTED, RowOutcome.HELD, RowOutcome.ACCEPTED]
    best: dict[str, int] = {}
    for finding in findings:
        if finding.group_ref:
            best[finding.group_ref] = max(best.get(finding.group_ref, 0), rank.index(finding.outcome))
    return Counter(rank[place] for place in best.values())


def _first_faults(settled: Sequence[RowFinding]) -> dict[str, int]:
    lines: dict[str, int] = {}
    for finding in settled:
        if finding.outcome is RowOutcome.REJECTED and finding.group_ref:
            lines.setdefault(finding.group_ref, finding.line_no)
    return lines


def _settle(group: _Group, outcome: RowOutcome, code: str, sentence: str) -> list[RowFinding]:
    return [RowFinding(kept.row.line_no, outcome, code, sentence, kept.group_ref) for kept in group.rows]


def _order_values(order: PlannedOrder) -> Mapping[str, Value]:
    header = {entry.name: getattr(order.header, entry.name) for entry in fields(OrderHeader)}
    given = {name: value for name, value in header.items() if value is not None}
    return {**given, "order_ref": order.order_ref, "currency": order.currency}


def _tell(rule: Rule, values: Mapping[str, Value]) -> str:
    return tell_rule(rule, values=values, cells={})
