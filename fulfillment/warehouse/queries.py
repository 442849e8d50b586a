"""What other floors ask about warehouses."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Warehouse

WAREHOUSE = table_of(Warehouse)


def list_warehouses(session: Session) -> Sequence[sa.Row[Any]]:
    """Every warehouse, closed ones too, by code."""
    return session.connection().execute(sa.select(WAREHOUSE).order_by(WAREHOUSE.c.code)).all()
