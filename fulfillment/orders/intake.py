"""An order request becomes rows: the order, its lines with kits exploded, and its tenders."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.ids import new_id
from fulfillment.core.money import split_by_weight
from fulfillment.core.states import OrderState
from fulfillment.orders.compliance import Hold
from fulfillment.orders.kinds import OrderKind
from fulfillment.orders.requests import LineRequest, OrderRequest
from fulfillment.orders.tables import Order, OrderLine, Tender
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history
from fulfillment.store.numbers import next_number

ORDER = table_of(Order)
LINE = table_of(OrderLine)
TENDER = table_of(Tender)

SHIP_WITHIN_DAYS = 30
"""16 CFR 435: without a promised date the goods leave within 30 days of a complete order."""


@dataclass(frozen=True)
class ArticleFacts:
    """What intake has to know of a product."""

    sku: str
    is_kit: bool
    needs_stock: bool
    price_minor: int
    volumes: Mapping[str, int]
    has_hazard: bool


@dataclass(frozen=True)
class KitPart:
    """A part of a kit, how many of it one kit holds, and what one costs alone."""

    sku: str
    qty: int
    price_minor: int


@dataclass(frozen=True)
class PlacedLine:
    """A line that needs stock; the parts of a kit share its line's id as group and leave together."""

    line_id: uuid.UUID
    line_no: int
    sku: str
    qty: int
    group: uuid.UUID


@dataclass(frozen=True)
class PlacedOrder:
    """The order as written, before any stock is promised."""

    order_id: uuid.UUID
    number: str
    lines: tuple[PlacedLine, ...]
    credited: tuple[tuple[uuid.UUID, int, Mapping[str, int]], ...]
    """(line id, units, volumes of the whole line) of each line that carries volume."""


def find_placed_order(session: Session, *, source: str, source_ref: str) -> tuple[uuid.UUID, str] | None:
    """The id and number of the order with this name at its origin, if there is one."""
    row = session.connection().execute(
        sa.select(ORDER.c.id, ORDER.c.number).where(
            ORDER.c.source == source, ORDER.c.source_ref == source_ref
        )
    )
    found = row.one_or_none()
    return None if found is None else (found.id, found.number)


def place_order(
    session: Session,
    *,
    request: OrderRequest,
    articles: Mapping[str, ArticleFacts],
    kit_parts: Mapping[str, Sequence[KitPart]],
    member_id: uuid.UUID | None,
    hold: Hold | None,
    actor: Actor,
    now: datetime,
) -> PlacedOrder:
    """The order, its lines and its tenders are written, received or held; nothing is promised yet.

    Raises:
        ConflictError: the origin already sent an order under this name.
    """
    order_id, number = new_id(), next_number(session, "O")
    lines = line_rows(request, order_id=order_id, articles=articles, kit_parts=kit_parts)
    connection = session.connection()
    inserted = connection.execute(
        _insert_order(
            order_values(request, order_id=order_id, number=number, member_id=member_id, hold=hold, now=now)
        )
    )
    if inserted.rowcount != 1:
        raise ConflictError(
            f"Order {request.source_ref} from {request.source} was placed before; send a new reference for "
            "another order, or read the first one.",
            source=request.source,
            source_ref=request.source_ref,
        )
    connection.execute(sa.insert(LINE), lines)
    if request.tenders:
        connection.execute(sa.insert(TENDER), _tender_rows(request, order_id=order_id))
    state = OrderState.HELD if hold else OrderState.RECEIVED
    begin_history(
        session,
        table=ORDER,
        object_ids=[order_id],
        state=state,
        actor=actor,
        reason=hold.note if hold else "",
    )
    return _placed(order_id, number, lines, articles)


def _insert_order(values: Mapping[str, Any]) -> Insert:
    statement = insert(ORDER).values(**values).on_conflict_do_nothing(index_elements=["source", "source_ref"])
    return statement.execution_options(preserve_rowcount=True)


def order_values(
    request: OrderRequest,
    *,
    order_id: uuid.UUID,
    number: str,
    member_id: uuid.UUID | None,
    hold: Hold | None,
    now: datetime,
) -> dict[str, Any]:
    """The order's own row, received or held."""
    ordered_at = request.ordered_at or now
    return {
        "id": order_id,
        "number": number,
        "source": request.source,
        "source_ref": request.source_ref,
        "kind": request.kind,
        "state": OrderState.HELD if hold else OrderState.RECEIVED,
        "on_shortage": request.on_shortage,
        "ships_complete": request.ships_complete,
        "priority": request.priority,
        "market": request.market,
        "member_id": member_id,
        "buyer_role": request.buyer_role,
        "ship_to": asdict(request.ship_to),
        "currency": request.currency,
        "goods_minor": request.goods_minor,
        "shipping_minor": request.shipping_minor,
        "tax_minor": request.tax_minor,
        "total_minor": request.total_minor,
        "hold_code": hold.code if hold else None,
        "hold_note": hold.note if hold else None,
        "pinned_warehouse_code": request.pinned_warehouse_code,
        "ordered_at": ordered_at,
        "promised_ship_by": now + timedelta(days=SHIP_WITHIN_DAYS),
        "due_on": request.due_on,
        "shelf_days": request.shelf_days or 0,
        "details": {"shipping_tax_minor": request.shipping_tax_minor},
    }


def line_rows(
    request: OrderRequest,
    *,
    order_id: uuid.UUID,
    articles: Mapping[str, ArticleFacts],
    kit_parts: Mapping[str, Sequence[KitPart]],
) -> list[dict[str, Any]]:
    """The order's lines, each kit followed by the lines of its parts."""
    rows: list[dict[str, Any]] = []
    for line in request.lines:
        row = _line_row(line, order_id=order_id, line_no=len(rows) + 1, article=articles[line.sku])
        if request.kind is OrderKind.REPLACEMENT:
            # The sale it replaces was credited, and nobody earns on the same goods twice.
            row["volumes"] = {}
        rows.append(row)
        if row["is_kit"]:
            rows.extend(_part_rows(row, kit_parts[line.sku], first_no=len(rows) + 1))
    return rows


def _line_row(
    line: LineRequest, *, order_id: uuid.UUID, line_no: int, article: ArticleFacts
) -> dict[str, Any]:
    unit_volumes = article.volumes if line.volumes is None else line.volumes
    return {
        "id": new_id(),
        "order_id": order_id,
        "line_no": line_no,
        "sku": line.sku,
        "is_kit": article.is_kit,
        "kit_line_id": None,
        "qty": line.qty,
        "unit_price_minor": line.unit_price_minor,
        "net_paid_minor": line.paid_minor,
        "tax_minor": line.tax_minor,
        "tax_base_minor": line.paid_minor if line.tax_base_minor is None else line.tax_base_minor,
        "tax_by_authority": dict(line.tax_by_authority),
        "volumes": {name: points * line.qty for name, points in unit_volumes.items()},
        "disclosures": list(line.disclosures),
    }


def _part_rows(kit: Mapping[str, Any], parts: Sequence[KitPart], *, first_no: int) -> list[dict[str, Any]]:
    """The lines of a kit's parts; price and tax are split by stand-alone price, largest remainder.

    The kit's own line keeps its money and volume, because a kit comes back whole; the parts show their
    share so that a policy of component returns has the figures.
    """
    weights = [part.price_minor * part.qty for part in parts]
    prices = split_by_weight(kit["net_paid_minor"], weights)
    taxes = split_by_weight(kit["tax_minor"], weights)
    return [
        {
            **kit,
            "id": new_id(),
            "line_no": first_no + place,
            "sku": part.sku,
            "is_kit": False,
            "kit_line_id": kit["id"],
            "qty": part.qty * kit["qty"],
            "unit_price_minor": prices[place] // (part.qty * kit["qty"]),
            "net_paid_minor": prices[place],
            "tax_minor": taxes[place],
            "tax_base_minor": prices[place],
            "tax_by_authority": {},
            "volumes": {},
        }
        for place, part in enumerate(parts)
    ]


def _tender_rows(request: OrderRequest, *, order_id: uuid.UUID) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "order_id": order_id,
            "tender_no": number,
            "kind": tender.kind,
            "provider": tender.provider,
            "provider_ref": tender.provider_ref,
            "captured_minor": tender.captured_minor,
            "currency": request.currency,
        }
        for number, tender in enumerate(request.tenders, start=1)
    ]


def _placed(
    order_id: uuid.UUID,
    number: str,
    rows: Sequence[Mapping[str, Any]],
    articles: Mapping[str, ArticleFacts],
) -> PlacedOrder:
    lines = []
    for row in rows:
        is_part = row["kit_line_id"] is not None
        if not row["is_kit"] and (is_part or articles[row["sku"]].needs_stock):
            lines.append(
                PlacedLine(row["id"], row["line_no"], row["sku"], row["qty"], row["kit_line_id"] or row["id"])
            )
    credited = tuple((row["id"], row["qty"], row["volumes"]) for row in rows if any(row["volumes"].values()))
    return PlacedOrder(order_id, number, tuple(lines), credited)
