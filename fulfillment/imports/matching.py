"""Rows that take goods back are matched with the purchases they take back from.

A row that names its order is matched with that order. Otherwise the buyer's latest purchases of the SKU
before the row's own time give up their units, latest first, each unit once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fulfillment.imports.classifying import KeptRow
from fulfillment.imports.grouping import PlannedOrder
from fulfillment.imports.outcomes import RowFinding, RowOutcome
from fulfillment.imports.rows import OrderRow

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ReturnPart:
    """Units taken back from one order."""

    order_ref: str
    sku: str
    qty: int


@dataclass(frozen=True)
class PlannedReturn:
    """One row that takes goods back, and the purchases that it takes back from."""

    line_no: int
    return_ref: str
    code: str
    requested_at: datetime | None
    parts: tuple[ReturnPart, ...]


@dataclass
class _Purchase:
    order_ref: str
    bought_at: datetime
    units_left: int


def match_returns(
    return_rows: Sequence[KeptRow], orders: Sequence[PlannedOrder]
) -> tuple[list[PlannedReturn], list[RowFinding]]:
    """Each row matched in full, in the order of their times, or rejected with the reason."""
    by_buyer, by_order = _index_purchases(orders)
    planned: list[PlannedReturn] = []
    rejected: list[RowFinding] = []
    for kept in sorted(return_rows, key=_time_of):
        row = kept.row
        assert isinstance(row, OrderRow), "only order files bring returns"
        if row.header.returns_order_ref:
            candidates = by_order.get((row.header.returns_order_ref, row.sku), [])
        else:
            candidates = _latest_before(by_buyer.get((row.header.member or "", row.sku), []), row)
        parts = _take_units(candidates, row.sku, -row.qty)
        if parts:
            planned.append(
                PlannedReturn(row.line_no, kept.group_ref, kept.code, row.header.ordered_at, parts)
            )
        else:
            rejected.append(_reject(kept, row, sum(purchase.units_left for purchase in candidates)))
    return planned, rejected


def _time_of(kept: KeptRow) -> tuple[datetime, int]:
    row = kept.row
    moment = row.header.ordered_at if isinstance(row, OrderRow) else None
    return moment or BEGINNING, row.line_no


def _index_purchases(
    orders: Sequence[PlannedOrder],
) -> tuple[dict[tuple[str, str], list[_Purchase]], dict[tuple[str, str], list[_Purchase]]]:
    by_buyer: dict[tuple[str, str], list[_Purchase]] = {}
    by_order: dict[tuple[str, str], list[_Purchase]] = {}
    for order in orders:
        for line in order.lines:
            purchase = _Purchase(order.order_ref, order.header.ordered_at or BEGINNING, line.qty)
            by_order.setdefault((order.order_ref, line.sku), []).append(purchase)
            if order.header.member:
                by_buyer.setdefault((order.header.member, line.sku), []).append(purchase)
    return by_buyer, by_order


def _latest_before(purchases: Sequence[_Purchase], row: OrderRow) -> list[_Purchase]:
    until = row.header.ordered_at
    earlier = [purchase for purchase in purchases if until is None or purchase.bought_at <= until]
    return sorted(earlier, key=lambda purchase: (purchase.bought_at, purchase.order_ref), reverse=True)


def _take_units(candidates: Sequence[_Purchase], sku: str, qty: int) -> tuple[ReturnPart, ...]:
    if sum(purchase.units_left for purchase in candidates) < qty:
        return ()
    parts: list[ReturnPart] = []
    for purchase in candidates:
        taken = min(qty, purchase.units_left)
        if taken:
            purchase.units_left -= taken
            qty -= taken
            parts.append(ReturnPart(purchase.order_ref, sku, taken))
    return tuple(parts)


def _reject(kept: KeptRow, row: OrderRow, units_left: int) -> RowFinding:
    buyer = f"customer {row.header.member}" if row.header.member else "an unnamed customer"
    if units_left == 0:
        code = "return-without-purchase"
        sentence = f"{-row.qty} x {row.sku} come back from {buyer}, but this file has no purchase of them."
    else:
        code = "return-exceeds-purchase"
        sentence = f"{-row.qty} x {row.sku} come back from {buyer}, who has {units_left} left to give back."
    return RowFinding(row.line_no, RowOutcome.REJECTED, code, sentence, kept.group_ref)
