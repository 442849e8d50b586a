"""The parcels of an order with what is in them, what was paid for them, and where their carriers saw them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.states import ParcelState
from fulfillment.distributors.tables import Member
from fulfillment.orders.tables import Order
from fulfillment.shipping.custody_tables import TrackingEvent
from fulfillment.shipping.scans import REUSE_AFTER
from fulfillment.shipping.tables import Parcel, ParcelLine, Postage
from fulfillment.store.columns import table_of

PARCEL = table_of(Parcel)
LINE = table_of(ParcelLine)
POSTAGE = table_of(Postage)
EVENT = table_of(TrackingEvent)
PRODUCT = table_of(Product)
ORDER = table_of(Order)
MEMBER = table_of(Member)

UNDER_WAY = (ParcelState.SHIPPED, ParcelState.RETURNING)


@dataclass(frozen=True)
class ParcelJourney:
    """One parcel: rows of its contents (sku, name, lot, qty), its purchases, and its scans, latest first."""

    parcel: sa.Row[Any]
    lines: Sequence[sa.Row[Any]]
    postage: Sequence[sa.Row[Any]]
    scans: Sequence[sa.Row[Any]]


def list_journeys(session: Session, *, order_id: uuid.UUID) -> list[ParcelJourney]:
    """Every parcel of the order, in the order they were packed."""
    connection = session.connection()
    parcels = connection.execute(
        sa.select(PARCEL).where(PARCEL.c.order_id == order_id).order_by(PARCEL.c.id)
    ).all()
    if not parcels:
        return []
    ids = [parcel.id for parcel in parcels]
    lines = connection.execute(
        sa.select(LINE, PRODUCT.c.name)
        .join(PRODUCT, PRODUCT.c.sku == LINE.c.sku)
        .where(LINE.c.parcel_id.in_(ids))
        .order_by(LINE.c.id)
    )
    postage = connection.execute(
        sa.select(POSTAGE).where(POSTAGE.c.parcel_id.in_(ids)).order_by(POSTAGE.c.id)
    )
    # A scan may have come before the parcel was known by this number, so the number decides.
    scans = connection.execute(
        sa.select(EVENT, PARCEL.c.id.label("of_parcel"))
        .join(
            PARCEL,
            sa.and_(
                PARCEL.c.carrier == EVENT.c.carrier,
                PARCEL.c.tracking_number == EVENT.c.tracking_number,
                EVENT.c.received_at >= PARCEL.c.packed_at - REUSE_AFTER,
            ),
        )
        .where(PARCEL.c.id.in_(ids))
        .order_by(EVENT.c.happened_at.desc(), EVENT.c.number.desc())
    )
    lines_of, postage_of = _by(lines, "parcel_id"), _by(postage, "parcel_id")
    scans_of = _by(scans, "of_parcel")
    return [
        ParcelJourney(p, lines_of.get(p.id, ()), postage_of.get(p.id, ()), scans_of.get(p.id, ()))
        for p in parcels
    ]


def _by(rows: Iterable[sa.Row[Any]], name: str) -> dict[uuid.UUID, list[sa.Row[Any]]]:
    groups: dict[uuid.UUID, list[sa.Row[Any]]] = {}
    for row in rows:
        groups.setdefault(getattr(row, name), []).append(row)
    return groups


def list_under_way(session: Session, *, member_number: str, limit: int) -> Sequence[sa.Row[Any]]:
    """The member's own parcels that a carrier has, the one expected first at the head."""
    query = (
        sa.select(PARCEL, ORDER.c.number.label("order_number"))
        .join(ORDER, ORDER.c.id == PARCEL.c.order_id)
        .join(MEMBER, MEMBER.c.id == ORDER.c.member_id)
        .where(MEMBER.c.number == member_number, PARCEL.c.state.in_(UNDER_WAY))
        .order_by(PARCEL.c.eta_at.asc().nulls_last(), PARCEL.c.id)
        .limit(limit)
    )
    return session.connection().execute(query).all()
