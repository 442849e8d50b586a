"""A shipping ban is added to the book; promises and plans made from then on go by it."""

import uuid

from sqlmodel import Session

from fulfillment.catalog.ban_book import NewBan, add_ban
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
    return add_ban(session, ban=ban, actor=actor)
