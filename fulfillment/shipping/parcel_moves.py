"""What happens to a parcel after it is packed: labeled, taken by the carrier, delivered, or given up."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import PARCEL as PARCEL_EDGES
from fulfillment.core.states import ParcelState
from fulfillment.shipping.tables import Parcel
from fulfillment.shipping.tracking import TrackingPosition
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import move_state, move_states

PARCEL = table_of(Parcel)

NO_LABEL: Mapping[str, Any] = {
    "carrier": None,
    "service": None,
    "tracking_number": None,
    "tracking_status": "unknown",
    "tracking_substatus": None,
    "tracking_at": None,
    "eta_at": None,
}


def label_parcel(
    session: Session, *, parcel_id: uuid.UUID, carrier: str, service: str, tracking_number: str, actor: Actor
) -> None:
    """The parcel has paid postage; it is not shipped before the carrier has it.

    Raises:
        NotAllowedEdgeError: it is not packed, or has a label.
    """
    _move(
        session,
        parcel_id,
        ParcelState.LABELED,
        actor,
        reason=f"{carrier} {service}",
        carrier=carrier,
        service=service,
        tracking_number=tracking_number,
        tracking_status="pre_transit",
        problem=None,
    )


def unlabel_parcel(session: Session, *, parcel_id: uuid.UUID, actor: Actor, reason: str) -> None:
    """The parcel's postage was given up; it may have other postage.

    Raises:
        NotAllowedEdgeError: it has no label, or the carrier has it.
    """
    _move(session, parcel_id, ParcelState.PACKED, actor, reason=reason, **NO_LABEL)


def cancel_parcel(session: Session, *, parcel_id: uuid.UUID, actor: Actor, reason: str) -> None:
    """The box was opened again; its units are the packer's.

    Raises:
        NotAllowedEdgeError: the carrier has it, or it was cancelled before.
    """
    _move(session, parcel_id, ParcelState.CANCELLED, actor, reason=reason, problem=None)


def take_parcels(
    session: Session,
    *,
    parcel_ids: Sequence[uuid.UUID],
    handover_id: uuid.UUID | None,
    shipped_at: datetime,
    actor: Actor,
    reason: str,
) -> set[uuid.UUID]:
    """Those of the labeled parcels that nobody else has handed over are with the carrier; returns them."""
    values: dict[str, Any] = {"shipped_at": shipped_at, "problem": None}
    if handover_id is not None:
        values["handover_id"] = handover_id
    moved = move_states(
        session,
        table=PARCEL,
        object_ids=list(parcel_ids),
        edges=PARCEL_EDGES,
        to=ParcelState.SHIPPED,
        actor=actor,
        reason=reason,
        values=values,
    )
    return {uuid.UUID(str(parcel_id)) for parcel_id in moved}


def move_parcel(
    session: Session,
    *,
    parcel_id: uuid.UUID,
    to: ParcelState,
    actor: Actor,
    reason: str,
    delivered_at: datetime | None = None,
) -> bool:
    """Whether the parcel moved; it stays where it is if no edge leads there."""
    values = {} if delivered_at is None else {"delivered_at": delivered_at, "problem": None}
    moved = move_states(
        session,
        table=PARCEL,
        object_ids=[parcel_id],
        edges=PARCEL_EDGES,
        to=to,
        actor=actor,
        reason=reason,
        values=values,
    )
    return bool(moved)


def note_position(
    session: Session, *, parcel_id: uuid.UUID, position: TrackingPosition, eta_at: datetime | None
) -> None:
    """Where the carrier says the parcel is."""
    values: dict[str, Any] = {
        "tracking_status": position.status.value,
        "tracking_substatus": position.substatus,
        "tracking_at": position.happened_at,
    }
    if eta_at is not None:
        values["eta_at"] = eta_at
    session.connection().execute(sa.update(PARCEL).where(PARCEL.c.id == parcel_id).values(values))


def note_asked(session: Session, *, parcel_id: uuid.UUID, now: datetime) -> None:
    """The carrier was asked where the parcel is."""
    session.connection().execute(
        sa.update(PARCEL).where(PARCEL.c.id == parcel_id).values(tracking_checked_at=now)
    )


def note_problem(session: Session, *, parcel_id: uuid.UUID, problem: str | None) -> None:
    """A person has to look at the parcel, or need not any more."""
    session.connection().execute(sa.update(PARCEL).where(PARCEL.c.id == parcel_id).values(problem=problem))


def _move(
    session: Session, parcel_id: uuid.UUID, to: ParcelState, actor: Actor, *, reason: str, **values: object
) -> None:
    move_state(
        session,
        table=PARCEL,
        object_id=parcel_id,
        edges=PARCEL_EDGES,
        to=to,
        actor=actor,
        reason=reason,
        values=values,
    )
