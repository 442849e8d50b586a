"""Shipping bans: listed, added, and switched."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.catalog.ban_book import MAX_REASON, NewBan, list_bans
from fulfillment.catalog.kinds import HazardClass
from fulfillment.flows.ban_shipping import ban_shipping, switch_shipping_ban
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, WriteHeader
from fulfillment.web.words import N_

blueprint = api_blueprint("bans", N_("Shipping bans"))

Text = Annotated[str, Field(min_length=1, max_length=60)]


class BanIn(ApiModel):
    """What may not travel; what is left out matches everything."""

    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON)]
    sku: Text | None = None
    hazard_class: HazardClass | None = None
    category: Text | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    state: Text | None = None
    to_military: bool = False
    warehouse_code: Annotated[str, Field(max_length=20)] | None = None


class BanOut(BanIn):
    """A ban as it stands in the book."""

    id: uuid.UUID
    is_active: bool
    created_at: datetime


class BanList(ApiModel):
    """All of them, those in force first."""

    items: list[BanOut]


class BanPath(ApiModel):
    """Which ban."""

    ban_id: uuid.UUID


class BanSwitch(ApiModel):
    """Whether the ban holds."""

    is_active: bool


class BanMade(ApiModel):
    """The ban's id."""

    id: uuid.UUID


@blueprint.get("/bans", responses={200: BanList})
@allowed(Permission.READ_CATALOG)
def get_bans() -> Response:
    """List what may not be sent where."""
    rows = read(list_bans)
    return answer(BanList(items=[BanOut.of(row) for row in rows]))


@blueprint.post("/bans", responses={201: BanMade})
@allowed(Permission.WRITE_CATALOG)
def add_ban(header: WriteHeader, body: BanIn) -> Response:  # noqa: ARG001 - the header is checked by its model
    """Forbid goods to travel; promises and plans go by it from now on."""

    def work(session: Session) -> tuple[int, BanMade]:
        ban_id = ban_shipping(session, ban=NewBan(**body.model_dump()), actor=viewer().actor)
        return 201, BanMade(id=ban_id)

    return answer_once(work)


@blueprint.post("/bans/<uuid:ban_id>", responses={200: BanMade})
@allowed(Permission.WRITE_CATALOG)
def switch(path: BanPath, header: WriteHeader, body: BanSwitch) -> Response:  # noqa: ARG001 - checked by its model
    """Switch a ban off, or on again."""

    def work(session: Session) -> tuple[int, BanMade]:
        switch_shipping_ban(session, ban_id=path.ban_id, is_active=body.is_active, actor=viewer().actor)
        return 200, BanMade(id=path.ban_id)

    return answer_once(work)
