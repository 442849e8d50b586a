"""Our books of postage as they are compared with the carrier's."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.job_kinds import BUY_POSTAGE, SETTLE_POSTAGE, VOID_POSTAGE
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.shipping.tables import LIVE_POSTAGE, Parcel, Postage
from fulfillment.store.columns import table_of
from fulfillment.store.tables import Job, JobState

POSTAGE = table_of(Postage)
PARCEL = table_of(Parcel)
JOB = table_of(Job)


@dataclass(frozen=True)
class BookedPostage:
    """A purchase as our books have it."""

    id: uuid.UUID
    state: PostageState
    transaction_ref: str | None
    is_surplus: bool


@dataclass(frozen=True)
class Stranded:
    """Work that waits and that no job is promised for."""

    in_doubt: tuple[uuid.UUID, ...]
    voids: tuple[uuid.UUID, ...]
    parcels: tuple[uuid.UUID, ...]


def find_booked(
    session: Session, *, transaction_refs: Collection[str], postage_ids: Collection[uuid.UUID]
) -> list[BookedPostage]:
    """Our purchases with these names at the carrier, or these ids of ours."""
    query = sa.select(*_columns()).where(
        sa.or_(POSTAGE.c.transaction_ref.in_(list(transaction_refs)), POSTAGE.c.id.in_(list(postage_ids)))
    )
    return [BookedPostage(*row) for row in session.connection().execute(query)]


def list_bought_since(session: Session, *, since: datetime) -> list[BookedPostage]:
    """What we take for bought and the carrier should know."""
    query = (
        sa.select(*_columns())
        .where(POSTAGE.c.state == PostageState.BOUGHT, POSTAGE.c.bought_at >= since)
        .order_by(POSTAGE.c.id)
    )
    return [BookedPostage(*row) for row in session.connection().execute(query)]


def list_stranded(session: Session, *, now: datetime) -> Stranded:
    """Purchases in doubt, voids and parcels without postage that wait for nobody."""
    in_doubt = sa.select(POSTAGE.c.id).where(
        POSTAGE.c.state == PostageState.IN_DOUBT,
        POSTAGE.c.settle_after <= now,
        ~_has_job(SETTLE_POSTAGE, "postage_id", POSTAGE.c.id),
    )
    voids = sa.select(POSTAGE.c.id).where(
        POSTAGE.c.state == PostageState.VOID_REQUESTED, ~_has_job(VOID_POSTAGE, "postage_id", POSTAGE.c.id)
    )
    # Postage that is intended or being bought belongs to its parcel's job as well: it is taken up by it.
    settled = [state for state in LIVE_POSTAGE if state not in {"intended", "calling"}]
    has_postage = sa.exists().where(
        POSTAGE.c.parcel_id == PARCEL.c.id, POSTAGE.c.state.in_(settled), ~POSTAGE.c.is_surplus
    )
    parcels = sa.select(PARCEL.c.id).where(
        PARCEL.c.state == ParcelState.PACKED,
        PARCEL.c.problem.is_(None),
        ~has_postage,
        ~_has_job(BUY_POSTAGE, "parcel_id", PARCEL.c.id),
    )
    return Stranded(_ids(session, in_doubt), _ids(session, voids), _ids(session, parcels))


def _has_job(kind: str, name: str, owner: sa.ColumnElement[Any]) -> sa.Exists:
    return sa.exists().where(
        JOB.c.kind == kind,
        JOB.c.state.in_((JobState.QUEUED, JobState.RUNNING)),
        JOB.c.payload[name].astext == sa.cast(owner, sa.Text),
    )


def _ids(session: Session, query: sa.Select[Any]) -> tuple[uuid.UUID, ...]:
    return tuple(session.connection().execute(query).scalars())


def _columns() -> Sequence[sa.ColumnElement[Any]]:
    return [POSTAGE.c[name] for name in BookedPostage.__dataclass_fields__]
