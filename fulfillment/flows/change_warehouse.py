"""A warehouse is closed or opened, or sends by another cut-off or capacity; its orders are routed anew.

Closing takes no promise away: what can leave from elsewhere moves there at the run this asks for, and what
is released already goes its way.
"""

from sqlmodel import Session

from fulfillment.flows.ask_route import ask_route
from fulfillment.store.actors import Actor
from fulfillment.warehouse.site_terms import SiteTerms, set_site_terms


def change_warehouse(session: Session, *, code: str, terms: SiteTerms, actor: Actor) -> None:
    """The warehouse works on these terms, and the planner is told if they are new.

    Raises:
        NotFoundError: there is no such warehouse.
        InvalidInputError: the capacity is below zero.
    """
    if set_site_terms(session, code=code, terms=terms, actor=actor):
        ask_route(session, trigger="warehouse_changed")
