"""One box finds an order, a member or a return; and what waits for the desk stands below it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission, Role
from fulfillment.reads.member_pages import find_members
from fulfillment.reads.order_documents import OrderFilter, OrderSummary, list_orders
from fulfillment.reads.tower_orders import list_held
from fulfillment.reads.tower_parcels import list_open_refunds, list_parcels_with_problem
from fulfillment.web.access import allowed
from fulfillment.web.context import read
from fulfillment.web.desk_words import desk_words
from fulfillment.web.navigation import Place
from fulfillment.web.paging import asked_page, page_of
from fulfillment.web.plain_reasons import plain_reasons
from fulfillment.web.words import N_

blueprint = Blueprint("service_desk", __name__, url_prefix="/service")
NAVIGATION = (
    Place(
        N_("Customer service"),
        "service_desk.find",
        Permission.READ_MEMBERS,
        rank=30,
        home_for=frozenset({Role.SERVICE}),
    ),
)
FOUND_PER_PAGE = 25
MEMBERS_SHOWN = 8
WAITING_SHOWN = 8
MAX_TEXT = 100


@blueprint.context_processor
def give_words() -> dict[str, Any]:
    """The desks' words, in this desk's templates."""
    return {**desk_words(), "plain_reasons": plain_reasons}


@blueprint.get("/")
@allowed(Permission.READ_MEMBERS)
def find() -> Response | str:
    """What the box finds; without a question, what waits for this desk."""
    text = request.args.get("text", "").strip()[:MAX_TEXT]
    return _found(text) if text else _waiting()


def _found(text: str) -> Response | str:
    asked = asked_page(limit=FOUND_PER_PAGE)
    after = UUID(str(asked.after[0])) if asked.after else None

    def look(session: Session) -> tuple[list[OrderSummary], Any]:
        wanted = OrderFilter(text=text)
        orders = list_orders(session, wanted=wanted, after=after, limit=asked.limit + 1)
        members = find_members(session, text=text, limit=MEMBERS_SHOWN) if after is None else ()
        return orders, members

    orders, members = read(look)
    if len(orders) == 1 and not members and after is None:
        return redirect(url_for("service_desk.show_order", order_id=orders[0].id))
    page = page_of(orders, limit=asked.limit, key=lambda row: (str(row.id),))
    return render_template("service_desk/found.html", page=page, members=members, text=text)


def _waiting() -> str:
    def look(session: Session) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            "held": list_held(session, limit=WAITING_SHOWN),
            "refunds": list_open_refunds(session, limit=WAITING_SHOWN),
            "problems": list_parcels_with_problem(session, limit=WAITING_SHOWN),
            "latest": list_orders(session, wanted=OrderFilter(), after=None, limit=WAITING_SHOWN),
        }
        return wanted

    return render_template("service_desk/waiting.html", text="", **read(look))
