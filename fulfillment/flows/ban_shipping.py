"""The book of shipping bans changes; promises and plans made from then on go by it, and one is made soon."""

import uuid

from sqlmodel import Session

from fulfillment.catalog.ban_book import NewBan, add_ban, switch_ban
from fulfillment.flows.ask_route import ask_route
from fulfillment.store.actors import Actor
from fulfillment.warehouse.setup import require_warehouse


def ban_shipping(session: Session, *, ban: NewBan, actor: Actor) -> uuid.UUID:
    """The ban holds for every promise and plan from now on; what was promised is moved by the next plan.

    Raises:
        InvalidInputError: it gives no reason, names nothing, or names two kinds of goods at once.
        NotFoundError: there is no such product or warehouse.
    """
    if ban.warehouse_code is not None:
        require_warehouse(session, code=ban.warehouse_code)
    ask_route(session, trigger="bans_changed")
    return add_ban(session, ban=ban, actor=actor)


def switch_shipping_ban(session: Session, *, ban_id: uuid.UUID, is_active: bool, actor: Actor) -> None:
    """The ban holds from now on, or holds no longer.

    Raises:
        NotFoundError: there is no such ban.
    """
    ask_route(session, trigger="bans_changed")
    switch_ban(session, ban_id=ban_id, is_active=is_active, actor=actor)
