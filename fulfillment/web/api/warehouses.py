"""Warehouses: which there are, whether they are at work, and the terms they work on."""

from datetime import time
from typing import Annotated, Any

import sqlalchemy as sa
from flask import Response
from pydantic import BeforeValidator, Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.flows.change_warehouse import change_warehouse
from fulfillment.warehouse.queries import list_warehouses
from fulfillment.warehouse.site_terms import SiteTerms
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, WriteHeader
from fulfillment.web.words import N_

blueprint = api_blueprint("warehouses", N_("Warehouses"))

MOST_PARCELS = 10_000_000


def _on_the_clock(value: object) -> object:
    """A time of day as people write it: it has no zone, so it is not what RFC 3339 calls a time."""
    return value.strftime("%H:%M") if isinstance(value, time) else value


ClockTime = Annotated[
    str,
    BeforeValidator(_on_the_clock),
    Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Local time of day, such as 15:30."),
]


class WarehouseOut(ApiModel):
    """A distribution centre; capacity counts parcels a day."""

    code: str
    name: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    daily_parcel_capacity: int
    cutoff_at: ClockTime
    is_active: bool


class WarehousePath(ApiModel):
    """Which one."""

    code: str


class TermsIn(ApiModel):
    """What is to change; what is left out stays."""

    is_active: bool | None = None
    cutoff_at: ClockTime | None = None
    daily_parcel_capacity: int | None = Field(None, ge=0, le=MOST_PARCELS)


class WarehouseList(ApiModel):
    """All of them."""

    items: list[WarehouseOut]


@blueprint.get("/warehouses", responses={200: WarehouseList})
@allowed(Permission.READ_STOCK)
def get_warehouses() -> Response:
    """List the warehouses."""

    def look(session: Session) -> list[sa.Row[Any]]:
        return list(list_warehouses(session))

    return answer(WarehouseList(items=[WarehouseOut.of(row) for row in read(look)]))


@blueprint.post("/warehouses/<code>/terms", responses={200: WarehouseOut})
@allowed(Permission.WRITE_WAVES)
def set_terms(path: WarehousePath, header: WriteHeader, body: TermsIn) -> Response:  # noqa: ARG001 - documents the header
    """Close or open a warehouse, or set its cut-off or parcels a day. Unreleased orders are routed anew."""

    def change(session: Session) -> tuple[int, WarehouseOut]:
        cutoff_at = None if body.cutoff_at is None else time.fromisoformat(body.cutoff_at)
        terms = SiteTerms(body.is_active, cutoff_at, body.daily_parcel_capacity)
        change_warehouse(session, code=path.code, terms=terms, actor=viewer().actor)
        [row] = [row for row in list_warehouses(session) if row.code == path.code]
        return 200, WarehouseOut.of(row)

    return answer_once(change)
