"""Hand-overs to a carrier's driver, and the close-out lists that go with them."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.shipping.carriers.protocol import LabelFile
from fulfillment.shipping.custody_tables import Handover, Manifest, ManifestDocument, ManifestState
from fulfillment.shipping.tables import Parcel, Postage
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.numbers import next_number

HANDOVER = table_of(Handover)
MANIFEST = table_of(Manifest)
DOCUMENT = table_of(ManifestDocument)
PARCEL = table_of(Parcel)
POSTAGE = table_of(Postage)


@dataclass(frozen=True)
class WrittenHandover:
    """A hand-over as it was written."""

    id: uuid.UUID
    number: str


def write_handover(
    session: Session,
    *,
    warehouse_code: str,
    carrier: str,
    handed_over_on: date,
    signed_by: str,
    actor: Actor,
    now: datetime,
) -> WrittenHandover:
    """The hand-over stands, still without parcels."""
    written = WrittenHandover(new_id(), next_number(session, "H"))
    session.connection().execute(
        sa.insert(HANDOVER).values(
            id=written.id,
            number=written.number,
            warehouse_code=warehouse_code,
            carrier=carrier,
            handed_over_on=handed_over_on,
            handed_over_at=now,
            parcels=0,
            signed_by=signed_by,
            actor=actor.name,
        )
    )
    return written


def note_parcels(session: Session, *, handover_id: uuid.UUID, parcels: int) -> None:
    """The hand-over says how many parcels it was."""
    session.connection().execute(
        sa.update(HANDOVER).where(HANDOVER.c.id == handover_id).values(parcels=parcels)
    )


def list_waiting(session: Session, *, warehouse_code: str, carrier: str) -> Sequence[uuid.UUID]:
    """The labeled parcels of a warehouse that wait for this carrier's driver."""
    query = (
        sa.select(PARCEL.c.id)
        .where(
            PARCEL.c.warehouse_code == warehouse_code,
            PARCEL.c.carrier == carrier,
            PARCEL.c.state == ParcelState.LABELED,
        )
        .order_by(PARCEL.c.id)
    )
    return session.connection().execute(query).scalars().all()


def request_manifests(
    session: Session, *, handover_id: uuid.UUID, parcel_ids: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """A close-out list is asked for once for each carrier account of the parcels; returns the new ones."""
    accounts = sa.select(POSTAGE.c.carrier_account).where(
        POSTAGE.c.parcel_id.in_(list(parcel_ids)), POSTAGE.c.state == PostageState.BOUGHT
    )
    found = set(session.connection().execute(accounts.distinct()).scalars())
    rows = [
        {"id": new_id(), "handover_id": handover_id, "carrier_account": account, "state": "requested"}
        for account in sorted(found)
    ]
    if not rows:
        return []
    statement = insert(MANIFEST).on_conflict_do_nothing(index_elements=["handover_id", "carrier_account"])
    return list(session.connection().execute(statement.values(rows).returning(MANIFEST.c.id)).scalars())


def get_manifest(session: Session, *, manifest_id: uuid.UUID) -> sa.Row[Any]:
    """The close-out list with its hand-over's warehouse and time.

    Raises:
        NotFoundError: there is none.
    """
    query = (
        sa.select(MANIFEST, HANDOVER.c.warehouse_code, HANDOVER.c.handed_over_at, HANDOVER.c.number)
        .join(HANDOVER, HANDOVER.c.id == MANIFEST.c.handover_id)
        .where(MANIFEST.c.id == manifest_id)
    )
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no manifest {manifest_id}.")
    return row


def list_transactions(session: Session, *, handover_id: uuid.UUID, carrier_account: str) -> Sequence[str]:
    """The purchases of one account in a hand-over, as the carrier service calls them."""
    query = (
        sa.select(POSTAGE.c.transaction_ref)
        .join(PARCEL, PARCEL.c.id == POSTAGE.c.parcel_id)
        .where(
            PARCEL.c.handover_id == handover_id,
            POSTAGE.c.carrier_account == carrier_account,
            POSTAGE.c.state == PostageState.BOUGHT,
            ~POSTAGE.c.is_surplus,
        )
        .order_by(POSTAGE.c.id)
    )
    return session.connection().execute(query).scalars().all()


def note_manifest(
    session: Session,
    *,
    manifest_id: uuid.UUID,
    state: ManifestState,
    manifest_ref: str | None = None,
    error: str | None = None,
) -> None:
    """Where the close-out list is."""
    values: dict[str, Any] = {"state": state, "error": error}
    if manifest_ref:
        values["manifest_ref"] = manifest_ref
    session.connection().execute(sa.update(MANIFEST).where(MANIFEST.c.id == manifest_id).values(values))


def store_manifest_files(session: Session, *, manifest_id: uuid.UUID, files: Sequence[LabelFile]) -> None:
    """The list's files are ours; storing them twice is once."""
    for place, file in enumerate(files, start=1):
        session.connection().execute(
            insert(DOCUMENT)
            .values(
                manifest_id=manifest_id,
                place=place,
                media_type=file.media_type,
                sha256=file.sha256,
                content=file.content,
            )
            .on_conflict_do_nothing()
        )
