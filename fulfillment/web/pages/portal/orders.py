"""A distributor's own orders: how far each is, where its parcels are, and what is in them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from sqlmodel import Session

from fulfillment.accounts.roles import Permission, Role
from fulfillment.orders.tables import OrderLine
from fulfillment.reads.order_documents import OrderDocument, OrderFilter, read_order
from fulfillment.reads.order_documents import list_orders as list_order_rows
from fulfillment.reads.parcel_journeys import ParcelJourney, list_journeys, list_under_way
from fulfillment.reads.return_documents import (
    RefundDocument,
    ReturnDocument,
    ReturnFilter,
    list_refunds,
    list_returns,
)
from fulfillment.reads.returnable import list_returnable
from fulfillment.web.access import allowed
from fulfillment.web.context import read
from fulfillment.web.desk_words import desk_words
from fulfillment.web.navigation import Place
from fulfillment.web.pages.portal.own import own_number
from fulfillment.web.paging import asked_page, page_of
from fulfillment.web.words import N_

blueprint = Blueprint("my_orders", __name__, url_prefix="/my")
NAVIGATION = (
    Place(
        N_("My orders"),
        "my_orders.list_orders",
        Permission.USE_PORTAL,
        rank=10,
        home_for=frozenset({Role.DISTRIBUTOR}),
    ),
)
ORDERS_PER_PAGE = 20
UNDER_WAY_SHOWN = 5
RETURNS_SHOWN = 50
MAX_TEXT = 100


@dataclass(frozen=True)
class OrderPage:
    """One order with everything its page shows. `returnable` is the number of units that can come back."""

    document: OrderDocument
    journeys: list[ParcelJourney]
    returns: list[ReturnDocument]
    refunds: list[RefundDocument]
    returnable: int

    @property
    def lines(self) -> list[sa.Row[Any]]:
        """The lines that were bought; the parts of kits stand below theirs."""
        return [line for line in self.document.lines if line.kit_line_id is None]

    @property
    def kit_parts(self) -> dict[UUID, list[sa.Row[Any]]]:
        """The parts of each kit by the id of its line."""
        parts: dict[UUID, list[sa.Row[Any]]] = {}
        for line in self.document.lines:
            if line.kit_line_id is not None:
                parts.setdefault(line.kit_line_id, []).append(line)
        return parts

    @property
    def waiting(self) -> dict[UUID, int]:
        """Units that wait for stock, by order line."""
        units: dict[UUID, int] = {}
        for part in self.document.parts:
            if part.head.warehouse_code is None and part.head.state == "backordered":
                for line in part.lines:
                    units[line.order_line_id] = units.get(line.order_line_id, 0) + line.qty
        return units

    @property
    def volumes(self) -> dict[str, int]:
        """The volumes of the whole order."""
        return sum_volumes(self.lines)


def sum_volumes(lines: list[sa.Row[tuple[OrderLine]]] | list[sa.Row[Any]]) -> dict[str, int]:
    """The volumes of these lines, name by name."""
    totals: dict[str, int] = {}
    for line in lines:
        for name, points in line.volumes.items():
            totals[name] = totals.get(name, 0) + points
    return totals


def read_order_page(session: Session, *, order_id: UUID, member_number: str | None) -> OrderPage:
    """The order with parcels, returns and refunds; somebody else's is not found.

    Raises:
        NotFoundError: there is none, or it is not this member's.
    """
    document = read_order(session, order_id=order_id, member_number=member_number)
    wanted = ReturnFilter(order_id=order_id)
    return OrderPage(
        document=document,
        journeys=list_journeys(session, order_id=order_id) if document.parcels else [],
        returns=list_returns(session, wanted=wanted, after=None, limit=RETURNS_SHOWN),
        refunds=list_refunds(session, order_id=order_id, limit=RETURNS_SHOWN),
        returnable=sum(line.returnable for line in list_returnable(session, order_id=order_id))
        if document.parcels
        else 0,
    )


@blueprint.context_processor
def give_words() -> dict[str, Any]:
    """The desks' words, in this desk's templates."""
    return desk_words()


@blueprint.get("/")
@allowed(Permission.USE_PORTAL)
def list_orders() -> str:
    """Her orders, the newest first, and what is on its way to her."""
    number, asked = own_number(), asked_page(limit=ORDERS_PER_PAGE)
    text = request.args.get("text", "").strip()[:MAX_TEXT]
    after = UUID(str(asked.after[0])) if asked.after else None

    def look(session: Session) -> tuple[list[Any], list[sa.Row[Any]]]:
        wanted = OrderFilter(member_number=number, text=text or None)
        rows = list_order_rows(session, wanted=wanted, after=after, limit=asked.limit + 1)
        is_first = after is None and not text
        coming = list_under_way(session, member_number=number, limit=UNDER_WAY_SHOWN) if is_first else []
        return rows, list(coming)

    rows, coming = read(look)
    page = page_of(rows, limit=asked.limit, key=lambda row: (str(row.id),))
    return render_template("portal/orders.html", page=page, coming=coming, text=text)


@blueprint.get("/orders/<uuid:order_id>")
@allowed(Permission.USE_PORTAL)
def show_order(order_id: UUID) -> str:
    """One of her orders, whole."""
    number = own_number()
    page = read(lambda session: read_order_page(session, order_id=order_id, member_number=number))
    return render_template("portal/order.html", page=page, order=page.document.order)
