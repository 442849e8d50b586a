"""Order rows become orders, and rows that take goods back find the orders they take from."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlmodel import Session

from fulfillment.core.addresses import Address, normalize_address
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.core.money import split_by_weight
from fulfillment.core.states import OrderState
from fulfillment.distributors.queries import find_member
from fulfillment.flows.accept_order import AcceptedOrder, accept_order
from fulfillment.flows.import_work import (
    REFUSALS,
    ImportContext,
    Work,
    accepted_record,
    refusal_record,
)
from fulfillment.imports.classifying import ClassifiedTable
from fulfillment.imports.grouping import PlannedOrder, plan_orders
from fulfillment.imports.matching import PlannedReturn, match_returns
from fulfillment.imports.outcomes import RowFinding, RowOutcome
from fulfillment.imports.rows import OrderHeader
from fulfillment.imports.runs import RowRecord
from fulfillment.orders.intake import find_placed_order
from fulfillment.orders.kinds import OnShortage, OrderKind, TenderKind
from fulfillment.orders.requests import LineRequest, OrderRequest, TenderRequest

ORDERS_PER_CHUNK = 25
"""Small enough that a crash loses a second's work, large enough that commits cost little."""
RETURNS_PER_CHUNK = 500


def order_work(
    classified: ClassifiedTable, context: ImportContext
) -> tuple[Sequence[RowFinding], list[Work]]:
    """What the rules settle alone, and the chunks of orders and returns to write, in this order."""
    plan = plan_orders(classified, context.mapping)
    returns, unmatched = match_returns(plan.return_rows, plan.orders)
    work = [
        _orders_chunk(plan.orders[first : first + ORDERS_PER_CHUNK], context)
        for first in range(0, len(plan.orders), ORDERS_PER_CHUNK)
    ]
    work.extend(
        _returns_chunk(returns[first : first + RETURNS_PER_CHUNK], context)
        for first in range(0, len(returns), RETURNS_PER_CHUNK)
    )
    if unmatched:
        work.append(_unmatched_chunk(unmatched))
    return plan.settled, work


def make_request(order: PlannedOrder, context: ImportContext, *, member: str | None) -> OrderRequest:
    """What the file asks for, in the words of an order request.

    Discounts and taxes given for the whole order are shared out by the price of the lines. A payment that is
    short by no more than the profile's tolerance was rounded; the rest counts as a discount.

    Raises:
        InvalidInputError: the order's discount exceeds its price.
    """
    request = _make_request(order, context, member=member, discount_minor=order.header.order_discount or 0)
    shortfall = request.total_minor - (order.header.paid or 0)
    if order.header.paid and 0 < shortfall <= context.mapping.paid_tolerance_minor:
        discount_minor = (order.header.order_discount or 0) + shortfall
        request = _make_request(order, context, member=member, discount_minor=discount_minor)
    return _with_tender(request, order.header, context)


def _make_request(
    order: PlannedOrder, context: ImportContext, *, member: str | None, discount_minor: int
) -> OrderRequest:
    header = order.header
    return OrderRequest(
        source=context.profile,
        source_ref=order.order_ref,
        currency=order.currency,
        ship_to=_make_address(header),
        lines=_make_lines(order, discount_minor),
        kind=OrderKind(header.kind or OrderKind.STANDARD),
        on_shortage=OnShortage(header.on_shortage or OnShortage.BACKORDER),
        ships_complete=bool(header.ships_complete),
        priority=5 if header.priority is None else header.priority,
        market=header.market or header.country or "US",
        member_number=member,
        buyer_role=header.buyer_role or "retail",
        shipping_minor=order.shipping_minor,
        pinned_warehouse_code=header.warehouse,
        ordered_at=header.ordered_at,
        due_on=header.due_on,
        hold_code=order.hold[0] if order.hold else None,
        hold_note=order.hold[1] if order.hold else None,
    )


def _orders_chunk(orders: Sequence[PlannedOrder], context: ImportContext) -> Work:
    def write(session: Session, recorded: set[int]) -> list[RowRecord]:
        records: list[RowRecord] = []
        for order in orders:
            if not recorded.intersection(order.line_nos):
                records.extend(_write_order(session, order, context))
        return records

    return Work(tuple(line_no for order in orders for line_no in order.line_nos), write)


def _write_order(session: Session, order: PlannedOrder, context: ImportContext) -> list[RowRecord]:
    """The order is written, or refused without a trace but its rows' outcome."""
    try:
        with session.begin_nested():
            member = _known_member(session, order.header.member, context)
            request = make_request(order, context, member=member)
            accepted = accept_order(session, request=request, actor=context.actor, policy=context.policy)
    except REFUSALS as error:
        return [
            refusal_record(error, line_no=line_no, group_ref=order.order_ref) for line_no in order.line_nos
        ]
    return [_order_record(order, line_no, accepted) for line_no in order.line_nos]


def _order_record(order: PlannedOrder, line_no: int, accepted: AcceptedOrder) -> RowRecord:
    if accepted.state is OrderState.HELD and accepted.hold is not None:
        finding = RowFinding(
            line_no, RowOutcome.HELD, accepted.hold.code, accepted.hold.note, order.order_ref
        )
        return RowRecord(finding, "order", accepted.number)
    is_charge = any(row.line_no == line_no for row in order.charges)
    return accepted_record(
        line_no=line_no,
        group_ref=order.order_ref,
        code="shipping-charge" if is_charge else "new-order",
        object_kind="order",
        object_ref=accepted.number,
    )


def _known_member(session: Session, number: str | None, context: ImportContext) -> str | None:
    """The buyer's number if it is a member's; a stranger is a guest where the profile says so."""
    if context.mapping.unknown_members == "reject":
        return number
    try:
        member = find_member(session, number=number)
    except NotFoundError:
        return None
    return member.number if member else None


def _make_lines(order: PlannedOrder, discount: int) -> tuple[LineRequest, ...]:
    net = [row.qty * row.unit_price - row.line_discount for row in order.lines]
    tax = order.header.order_tax or 0
    if discount > sum(net):
        raise InvalidInputError(
            f"The discount of order {order.order_ref} exceeds the price of its lines.", discount=discount
        )
    discounts, taxes = split_by_weight(discount, net), split_by_weight(tax, net)
    return tuple(
        LineRequest(
            sku=row.sku,
            qty=row.qty,
            unit_price_minor=row.unit_price,
            net_paid_minor=net[place] - discounts[place],
            tax_minor=row.line_tax + taxes[place],
            volumes=row.volumes,
        )
        for place, row in enumerate(order.lines)
    )


def _make_address(header: OrderHeader) -> Address:
    return normalize_address(
        Address(
            name=header.name or "",
            company=header.company or "",
            street1=header.street1 or "",
            street2=header.street2 or "",
            city=header.city or "",
            state=header.state or "",
            zip=header.zip or "",
            country=header.country or "US",
            phone=header.phone or "",
            email=header.email or "",
            latitude=header.latitude,
            longitude=header.longitude,
        )
    )


def _with_tender(request: OrderRequest, header: OrderHeader, context: ImportContext) -> OrderRequest:
    paid = header.paid
    if paid is None and context.mapping.is_paid_in_full:
        paid = request.total_minor
    if not paid:
        return request
    tender = TenderRequest(
        kind=TenderKind(header.tender_kind or TenderKind.OFFLINE),
        captured_minor=paid,
        provider=header.provider or "offline",
        provider_ref=header.provider_ref,
    )
    return OrderRequest(**{**vars(request), "tenders": (tender,)})


def _returns_chunk(returns: Sequence[PlannedReturn], context: ImportContext) -> Work:
    def write(session: Session, recorded: set[int]) -> list[RowRecord]:
        return [
            _return_record(session, planned, context)
            for planned in returns
            if planned.line_no not in recorded
        ]

    return Work(tuple(planned.line_no for planned in returns), write)


def _return_record(session: Session, planned: PlannedReturn, context: ImportContext) -> RowRecord:
    for part in planned.parts:
        placed = find_placed_order(session, source=context.profile, source_ref=part.order_ref)
        if placed is None:
            sentence = f"Order {part.order_ref}, from which {part.sku} comes back, was not written."
            finding = RowFinding(
                planned.line_no, RowOutcome.REJECTED, "purchase-not-written", sentence, planned.return_ref
            )
            return RowRecord(finding, "return")
    finding = RowFinding(planned.line_no, RowOutcome.ACCEPTED, planned.code, "", planned.return_ref)
    requested_at = planned.requested_at.isoformat() if planned.requested_at else None
    details = {"requested_at": requested_at, "parts": [asdict(part) for part in planned.parts]}
    return RowRecord(finding, "return", planned.return_ref, details)


def _unmatched_chunk(unmatched: Sequence[RowFinding]) -> Work:
    def write(_: Session, recorded: set[int]) -> list[RowRecord]:
        return [RowRecord(finding, "return") for finding in unmatched if finding.line_no not in recorded]

    return Work(tuple(finding.line_no for finding in unmatched), write)
