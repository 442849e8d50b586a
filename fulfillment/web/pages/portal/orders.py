"""A distributor's own orders: how far each is, where its parcels are, and what is in them."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from sqlmodel import Session

from fulfillment.accounts.roles import Permission, Role
from fulfillment.reads.order_documents import OrderFilter
from fulfillment.reads.order_documents import list_orders as list_order_rows
from fulfillment.reads.order_pages import read_order_page
from fulfillment.reads.parcel_journeys import list_under_way
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
MAX_TEXT = 100


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
