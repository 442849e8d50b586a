"""The driver takes the labeled parcels: from here on they are the carrier's, and shipped."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.job_kinds import MAKE_MANIFEST
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ParcelState
from fulfillment.flows.ship_parcels import ship_parcels
from fulfillment.reads.shipments import get_warehouse
from fulfillment.reads.unshippable import find_unshippable_lots
from fulfillment.shipping.handovers import list_waiting, note_parcels, request_manifests, write_handover
from fulfillment.shipping.tables import Parcel
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.jobs import NewJob, enqueue_many

PARCEL = table_of(Parcel)


@dataclass(frozen=True)
class HandedOver:
    """A hand-over, with the parcels that stayed here and why."""

    handover_id: uuid.UUID
    number: str
    parcel_ids: tuple[uuid.UUID, ...]
    kept_back: tuple[tuple[str, str], ...] = ()


def hand_over(
    session: Session,
    *,
    warehouse_code: str,
    carrier: str,
    actor: Actor,
    policy: CompanyPolicy,
    parcel_ids: Collection[uuid.UUID] | None = None,
    signed_by: str = "",
    wants_manifest: bool = True,
) -> HandedOver:
    """The parcels named, or all that wait for this carrier, are with it; its close-out list is made by a job.

    Two stations that hand over the same parcels ship each of them once. Parcels with a lot that was put on
    hold after it was packed stay here.

    Raises:
        NotFoundError: there is no such warehouse or parcel.
        ConflictError: a parcel named has no label, another carrier's, or a lot on hold, or the carrier has it
            already; or nothing waits.
    """
    warehouse = get_warehouse(session, code=warehouse_code)
    carrier = carrier.strip().lower()
    wanted = list_waiting(session, warehouse_code=warehouse_code, carrier=carrier)
    if parcel_ids is not None:
        wanted = sorted(set(parcel_ids))
        _require_ready(session, wanted, warehouse_code=warehouse_code, carrier=carrier)
    held = find_unshippable_lots(session, parcel_ids=wanted)
    if held and parcel_ids is not None:
        number, why = next(iter(held.values()))
        raise ConflictError(f"Parcel {number} cannot go: {why}. Open it and pack it anew.", parcel=number)
    going = [parcel_id for parcel_id in wanted if parcel_id not in held]
    now = read_now(session)
    day = now.astimezone(ZoneInfo(warehouse.time_zone)).date()
    written = write_handover(
        session,
        warehouse_code=warehouse_code,
        carrier=carrier,
        handed_over_on=day,
        signed_by=signed_by,
        actor=actor,
        now=now,
    )
    taken = ship_parcels(
        session,
        parcel_ids=going,
        handover_id=written.id,
        shipped_at=now,
        reason=f"handed over, {written.number}",
        actor=actor,
        policy=policy,
    )
    _require_taken(taken, going, is_named=parcel_ids is not None, place=f"{carrier} at {warehouse_code}")
    note_parcels(session, handover_id=written.id, parcels=len(taken))
    if wants_manifest:
        _ask_for_manifests(session, written.id, taken)
    record(
        session,
        actor=actor,
        deed="parcels.handed_over",
        object_kind="handover",
        object_id=written.id,
        detail={"number": written.number, "carrier": carrier, "parcels": len(taken)},
    )
    return HandedOver(written.id, written.number, tuple(sorted(taken)), tuple(held.values()))


def _require_ready(
    session: Session, parcel_ids: Sequence[uuid.UUID], *, warehouse_code: str, carrier: str
) -> None:
    query = sa.select(PARCEL).where(PARCEL.c.id.in_(list(parcel_ids))).order_by(PARCEL.c.id)
    rows = {row.id: row for row in session.connection().execute(query)}
    for parcel_id in parcel_ids:
        row = rows.get(parcel_id)
        if row is None:
            raise NotFoundError(f"There is no parcel {parcel_id}.")
        if row.state != ParcelState.LABELED:
            raise ConflictError(
                f"Parcel {row.number} is {row.state}; only a labeled parcel is handed over.",
                parcel=row.number,
                state=row.state,
            )
        if row.carrier != carrier or row.warehouse_code != warehouse_code:
            raise ConflictError(
                f"Parcel {row.number} is for {row.carrier} at {row.warehouse_code}, not for {carrier} at "
                f"{warehouse_code}. Put it back.",
                parcel=row.number,
                carrier=row.carrier,
            )


def _require_taken(
    taken: Collection[uuid.UUID], going: Collection[uuid.UUID], *, is_named: bool, place: str
) -> None:
    if is_named and len(taken) != len(going):
        raise ConflictError("Another station handed over one of these parcels just now. Look at the list.")
    if not taken:
        raise ConflictError(f"No labeled parcel waits for {place}.")


def _ask_for_manifests(session: Session, handover_id: uuid.UUID, parcel_ids: Collection[uuid.UUID]) -> None:
    manifests = request_manifests(session, handover_id=handover_id, parcel_ids=parcel_ids)
    enqueue_many(
        session,
        jobs=[NewJob(MAKE_MANIFEST, {"manifest_id": str(each)}, key=str(each)) for each in manifests],
    )
