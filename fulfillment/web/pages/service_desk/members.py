"""A member at the service desk: who she is, what she ordered, what she sent back."""

from typing import Any
from uuid import UUID

from flask import render_template
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.reads.member_pages import read_member
from fulfillment.reads.order_documents import OrderFilter, list_orders
from fulfillment.reads.return_documents import ReturnFilter, list_returns
from fulfillment.web.access import allowed
from fulfillment.web.context import read
from fulfillment.web.pages.service_desk.desk import blueprint
from fulfillment.web.paging import asked_page, page_of

ORDERS_PER_PAGE = 25
RETURNS_SHOWN = 20


@blueprint.get("/members/<number>")
@allowed(Permission.READ_MEMBERS)
def show_member(number: str) -> str:
    """One member."""
    asked = asked_page(limit=ORDERS_PER_PAGE)
    after = UUID(str(asked.after[0])) if asked.after else None

    def look(session: Session) -> dict[str, Any]:
        found = read_member(session, number=number)
        return {
            "found": found,
            "orders": list_orders(
                session,
                wanted=OrderFilter(member_id=found.member.id),
                after=after,
                limit=asked.limit + 1,
            ),
            "returns": list_returns(
                session, wanted=ReturnFilter(member_number=number), after=None, limit=RETURNS_SHOWN
            ),
        }

    seen = read(look)
    page = page_of(seen.pop("orders"), limit=asked.limit, key=lambda row: (str(row.id),))
    return render_template("service_desk/member.html", page=page, member=seen["found"].member, **seen)
