"""The carrier's close-out list for a hand-over: asked for, waited for, and its files kept."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.reads.shipments import get_warehouse
from fulfillment.shipping.carriers.errors import CarrierRefusedError
from fulfillment.shipping.carriers.protocol import (
    Carrier,
    LabelFile,
    Manifest,
    ManifestRequest,
    ManifestStatus,
)
from fulfillment.shipping.custody_tables import ManifestState
from fulfillment.shipping.handovers import (
    get_manifest,
    list_transactions,
    note_manifest,
    store_manifest_files,
)
from fulfillment.store.session import InTransaction


def make_manifest(
    in_transaction: InTransaction, carrier: Carrier, *, manifest_id: uuid.UUID
) -> ManifestState:
    """The list is made and its files are ours, or it is still being made, or the carrier refused it.

    The parcels are with the carrier either way. A run after a lost answer asks again; the carrier then either
    makes the list or says that the parcels are on one.

    Raises:
        NotFoundError: there is no such list.
        CarrierUnavailableError: the carrier does not answer; the job asks again.
    """
    row, request = in_transaction(lambda session: _read(session, manifest_id))
    if row.state != ManifestState.REQUESTED:
        return ManifestState(row.state)
    try:
        manifest = carrier.read_manifest(row.manifest_ref) if row.manifest_ref else carrier.manifest(request)
        files = _fetch(carrier, manifest)
    except CarrierRefusedError as refusal:
        error = refusal.message
        in_transaction(
            lambda session: note_manifest(
                session, manifest_id=manifest_id, state=ManifestState.REFUSED, error=error
            )
        )
        return ManifestState.REFUSED
    return in_transaction(lambda session: _record(session, manifest_id, manifest, files))


def _read(session: Session, manifest_id: uuid.UUID) -> tuple[sa.Row[Any], ManifestRequest]:
    row = get_manifest(session, manifest_id=manifest_id)
    warehouse = get_warehouse(session, code=row.warehouse_code)
    transactions = list_transactions(
        session, handover_id=row.handover_id, carrier_account=row.carrier_account
    )
    request = ManifestRequest(
        carrier_account=row.carrier_account,
        sender=Address(**warehouse.address),
        ship_at=row.handed_over_at,
        transaction_ids=tuple(transactions),
    )
    return row, request


def _fetch(carrier: Carrier, manifest: Manifest) -> list[LabelFile]:
    if manifest.status is not ManifestStatus.SUCCESS:
        return []
    return [carrier.fetch_label(url) for url in manifest.document_urls]


def _record(
    session: Session, manifest_id: uuid.UUID, manifest: Manifest, files: list[LabelFile]
) -> ManifestState:
    state = {
        ManifestStatus.SUCCESS: ManifestState.MADE,
        ManifestStatus.ERROR: ManifestState.REFUSED,
        ManifestStatus.QUEUED: ManifestState.REQUESTED,
    }[manifest.status]
    note_manifest(
        session,
        manifest_id=manifest_id,
        state=state,
        manifest_ref=manifest.manifest_id,
        error="; ".join(manifest.errors) or None,
    )
    store_manifest_files(session, manifest_id=manifest_id, files=files)
    return state
