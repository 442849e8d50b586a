"""Parcels, labels, hand-overs and scans as pages and the API show them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.orders.tables import FulfillmentOrder, Order
from fulfillment.shipping.custody_tables import Handover, Manifest, ManifestDocument, TrackingEvent
from fulfillment.shipping.scans import REUSE_AFTER
from fulfillment.shipping.tables import Parcel, ParcelLine, Postage, PostageDocument
from fulfillment.store.columns import table_of

PARCEL = table_of(Parcel)
PARCEL_LINE = table_of(ParcelLine)
POSTAGE = table_of(Postage)
DOCUMENT = table_of(PostageDocument)
HANDOVER = table_of(Handover)
MANIFEST = table_of(Manifest)
MANIFEST_DOCUMENT = table_of(ManifestDocument)
EVENT = table_of(TrackingEvent)
ORDER = table_of(Order)
PART = table_of(FulfillmentOrder)
PRODUCT = table_of(Product)


@dataclass(frozen=True)
class ParcelDocument:
    """A parcel with what is in it, every purchase made for it, and its scans."""

    parcel: sa.Row[Any]
    lines: Sequence[sa.Row[Any]]
    postage: Sequence[sa.Row[Any]]
    scans: Sequence[sa.Row[Any]]


@dataclass(frozen=True)
class ParcelFilter:
    """Which parcels; None leaves a column out."""

    state: ParcelState | None = None
    fulfillment_order_id: uuid.UUID | None = None
    order_id: uuid.UUID | None = None
    warehouse_code: str | None = None
    carrier: str | None = None
    number: str | None = None
    has_problem: bool | None = None


@dataclass(frozen=True)
class HandoverDocument:
    """A hand-over with its parcels and close-out lists."""

    handover: sa.Row[Any]
    parcels: Sequence[sa.Row[Any]]
    manifests: Sequence[sa.Row[Any]]


def list_parcels_page(
    session: Session, *, wanted: ParcelFilter, after: uuid.UUID | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """The parcels that match, the newest first; `number` is the parcel's own or its tracking number."""
    query = _parcels().order_by(PARCEL.c.id.desc()).limit(limit)
    for column in ("state", "fulfillment_order_id", "order_id", "warehouse_code", "carrier"):
        value = getattr(wanted, column)
        if value is not None:
            query = query.where(PARCEL.c[column] == value)
    if wanted.number:
        number = wanted.number.strip().upper()
        query = query.where(sa.or_(PARCEL.c.number == number, PARCEL.c.tracking_number == number))
    if wanted.has_problem is not None:
        has_problem = PARCEL.c.problem.is_not(None)
        query = query.where(has_problem if wanted.has_problem else ~has_problem)
    if after is not None:
        query = query.where(PARCEL.c.id < after)
    return session.connection().execute(query).all()


def read_parcel(session: Session, *, parcel_id: uuid.UUID) -> ParcelDocument:
    """The parcel, whole.

    Raises:
        NotFoundError: there is none.
    """
    parcel = session.connection().execute(_parcels().where(PARCEL.c.id == parcel_id)).one_or_none()
    if parcel is None:
        raise NotFoundError(f"There is no parcel {parcel_id}.")
    lines = (
        sa.select(PARCEL_LINE, PRODUCT.c.name)
        .join(PRODUCT, PRODUCT.c.sku == PARCEL_LINE.c.sku)
        .where(PARCEL_LINE.c.parcel_id == parcel_id)
        .order_by(PARCEL_LINE.c.sku, PARCEL_LINE.c.lot)
    )
    connection = session.connection()
    return ParcelDocument(
        parcel=parcel,
        lines=connection.execute(lines).all(),
        postage=connection.execute(_labels().where(POSTAGE.c.parcel_id == parcel_id)).all(),
        scans=list_parcel_scans(session, parcel=parcel),
    )


def list_parcel_scans(session: Session, *, parcel: sa.Row[Any]) -> Sequence[sa.Row[Any]]:
    """The scans of the parcel's present label, in the order they happened."""
    if parcel.tracking_number is None:
        return []
    query = (
        sa.select(EVENT)
        .where(
            EVENT.c.carrier == parcel.carrier,
            EVENT.c.tracking_number == parcel.tracking_number,
            EVENT.c.received_at >= parcel.packed_at - REUSE_AFTER,
        )
        .order_by(EVENT.c.happened_at, EVENT.c.number)
    )
    return session.connection().execute(query).all()


def list_labels_page(
    session: Session, *, state: PostageState | None, after: uuid.UUID | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Purchases of postage, the newest first."""
    query = _labels().order_by(None).order_by(POSTAGE.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(POSTAGE.c.state == state)
    if after is not None:
        query = query.where(POSTAGE.c.id < after)
    return session.connection().execute(query).all()


def read_label(session: Session, *, postage_id: uuid.UUID) -> sa.Row[Any]:
    """One purchase.

    Raises:
        NotFoundError: there is none.
    """
    row = session.connection().execute(_labels().where(POSTAGE.c.id == postage_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no label {postage_id}.")
    return row


def list_handovers_page(
    session: Session, *, warehouse_code: str | None, after: uuid.UUID | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Hand-overs, the latest first."""
    query = sa.select(HANDOVER).order_by(HANDOVER.c.id.desc()).limit(limit)
    if warehouse_code is not None:
        query = query.where(HANDOVER.c.warehouse_code == warehouse_code)
    if after is not None:
        query = query.where(HANDOVER.c.id < after)
    return session.connection().execute(query).all()


def read_handover(session: Session, *, handover_id: uuid.UUID) -> HandoverDocument:
    """One hand-over, whole.

    Raises:
        NotFoundError: there is none.
    """
    connection = session.connection()
    handover = connection.execute(sa.select(HANDOVER).where(HANDOVER.c.id == handover_id)).one_or_none()
    if handover is None:
        raise NotFoundError(f"There is no hand-over {handover_id}.")
    files = (
        sa.select(sa.func.count()).where(MANIFEST_DOCUMENT.c.manifest_id == MANIFEST.c.id).scalar_subquery()
    )
    manifests = sa.select(MANIFEST, files.label("files")).where(MANIFEST.c.handover_id == handover_id)
    parcels = _parcels().where(PARCEL.c.handover_id == handover_id).order_by(PARCEL.c.number)
    return HandoverDocument(
        handover,
        connection.execute(parcels).all(),
        connection.execute(manifests.order_by(MANIFEST.c.id)).all(),
    )


def find_manifest_file(session: Session, *, manifest_id: uuid.UUID, place: int) -> sa.Row[Any]:
    """One file of a close-out list.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(MANIFEST_DOCUMENT).where(
        MANIFEST_DOCUMENT.c.manifest_id == manifest_id, MANIFEST_DOCUMENT.c.place == place
    )
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError("The manifest has no such file; it may still be being made.")
    return row


def _parcels() -> sa.Select[Any]:
    return (
        sa.select(
            PARCEL,
            ORDER.c.number.label("order_number"),
            PART.c.number.label("fulfillment_order_number"),
        )
        .join(ORDER, ORDER.c.id == PARCEL.c.order_id)
        .join(PART, PART.c.id == PARCEL.c.fulfillment_order_id)
    )


def _labels() -> sa.Select[Any]:
    return (
        sa.select(
            POSTAGE,
            PARCEL.c.number.label("parcel_number"),
            DOCUMENT.c.media_type,
            DOCUMENT.c.sha256,
        )
        .join(PARCEL, PARCEL.c.id == POSTAGE.c.parcel_id, isouter=True)
        .join(DOCUMENT, DOCUMENT.c.postage_id == POSTAGE.c.id, isouter=True)
        .order_by(POSTAGE.c.id)
    )
