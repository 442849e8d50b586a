"""Warehouses: which there are, and whether they are at work."""

from typing import Any

import sqlalchemy as sa
from flask import Response
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.warehouse.queries import list_warehouses
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read
from fulfillment.web.models import ApiModel
from fulfillment.web.words import N_

blueprint = api_blueprint("warehouses", N_("Warehouses"))


class WarehouseOut(ApiModel):
    """A distribution centre; capacity counts parcels a day."""

    code: str
    name: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    daily_parcel_capacity: int
    is_active: bool


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
