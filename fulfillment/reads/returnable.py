"""Which units of an order can still come back: sent, less those in a return or refunded as never arrived."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.states import ParcelState
from fulfillment.orders.tables import OrderLine
from fulfillment.returns.authorizations import units_in_returns
from fulfillment.returns.refunds import units_refunded_unreturned
from fulfillment.shipping.tables import Parcel, ParcelLine
from fulfillment.store.columns import table_of

LINE = table_of(OrderLine)
PRODUCT = table_of(Product)
PARCEL = table_of(Parcel)
PARCEL_LINE = table_of(ParcelLine)

GONE_OUT = (
    ParcelState.SHIPPED,
    ParcelState.DELIVERED,
    ParcelState.RETURNING,
    ParcelState.RETURNED,
    ParcelState.LOST,
)


@dataclass(frozen=True)
class ReturnableLine:
    """An order line with what went out, what is in returns or refunded without, and what can still come back.

    A kit comes back whole: its own line counts complete kits, and the lines of its parts are not listed. It
    is a supplement if any of its parts is.
    """

    order_line_id: uuid.UUID
    sku: str
    name: str
    kind: str
    is_supplement: bool
    qty: int
    shipped: int
    in_returns: int
    delivered_at: datetime | None
    disclosures: tuple[str, ...]

    @property
    def returnable(self) -> int:
        """Units that can still come back."""
        return max(0, self.shipped - self.in_returns)


@dataclass(frozen=True)
class _Shipped:
    qty: int
    delivered_at: datetime | None


def list_returnable(session: Session, *, order_id: uuid.UUID) -> list[ReturnableLine]:
    """Every line of the order that can come back as a whole, in line order."""
    query = (
        sa.select(LINE, PRODUCT.c.name, PRODUCT.c.kind, PRODUCT.c.is_supplement)
        .join(PRODUCT, PRODUCT.c.sku == LINE.c.sku)
        .where(LINE.c.order_id == order_id)
        .order_by(LINE.c.line_no)
    )
    rows = session.connection().execute(query).all()
    shipped = _shipped_by_line(session, order_id=order_id)
    in_returns = units_in_returns(session, order_id=order_id)
    unreturned = units_refunded_unreturned(session, order_id=order_id)
    return [
        ReturnableLine(
            order_line_id=row.id,
            sku=row.sku,
            name=row.name,
            kind=row.kind,
            is_supplement=any(each.is_supplement for each in rows if row.id in {each.id, each.kit_line_id}),
            qty=row.qty,
            shipped=(found := _shipped_of(row, rows, shipped)).qty,
            in_returns=in_returns.get(row.id, 0) + unreturned.get(row.id, 0),
            delivered_at=found.delivered_at,
            disclosures=tuple(row.disclosures),
        )
        for row in rows
        if row.kit_line_id is None
    ]


def _shipped_by_line(session: Session, *, order_id: uuid.UUID) -> dict[uuid.UUID, _Shipped]:
    query = (
        sa.select(
            PARCEL_LINE.c.order_line_id,
            sa.func.sum(PARCEL_LINE.c.qty).label("qty"),
            sa.func.max(PARCEL.c.delivered_at).label("delivered_at"),
        )
        .join(PARCEL, PARCEL.c.id == PARCEL_LINE.c.parcel_id)
        .where(PARCEL.c.order_id == order_id, PARCEL.c.state.in_(GONE_OUT))
        .group_by(PARCEL_LINE.c.order_line_id)
    )
    return {
        row.order_line_id: _Shipped(int(row.qty), row.delivered_at)
        for row in session.connection().execute(query)
    }


def _shipped_of(row: Any, rows: Sequence[Any], shipped: dict[uuid.UUID, _Shipped]) -> _Shipped:  # noqa: ANN401 - rows of the joined query
    """What went out of a line; of a kit, as many as all of its parts together make."""
    nothing = _Shipped(0, None)
    if not row.is_kit:
        return shipped.get(row.id, nothing)
    parts = [part for part in rows if part.kit_line_id == row.id]
    complete = min((shipped.get(part.id, nothing).qty // (part.qty // row.qty) for part in parts), default=0)
    arrivals = [shipped.get(part.id, nothing).delivered_at for part in parts]
    known = [arrival for arrival in arrivals if arrival is not None]
    return _Shipped(complete, max(known) if known else None)
