"""The label's bytes are fetched and kept: bought is one thing, printed another."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import ParcelState
from fulfillment.shipping.carriers.errors import (
    CarrierRefusedError,
    CarrierUnavailableError,
    LabelFileRefusedError,
)
from fulfillment.shipping.carriers.protocol import Carrier, LabelFile
from fulfillment.shipping.parcel_moves import note_problem
from fulfillment.shipping.parcels import get_parcel
from fulfillment.shipping.postage import find_document, get_postage, store_document
from fulfillment.store.session import InTransaction

NO_FILE = "The label is bought, but its file cannot be had"


def fetch_label(in_transaction: InTransaction, carrier: Carrier, *, postage_id: uuid.UUID) -> bool:
    """Whether the label can be printed from our own copy; if not, the parcel says why.

    The address expires, so a file that does not come is asked for once more under the address the purchase
    has now. What is no label, or lies where labels do not, is never kept.

    Raises:
        NotFoundError: there is no such postage.
        CarrierUnavailableError: the file cannot be had now; the job tries again.
    """
    postage, document = in_transaction(
        lambda session: (
            get_postage(session, postage_id=postage_id),
            find_document(session, postage_id=postage_id),
        )
    )
    if document is not None:
        return True
    try:
        file = _fetch(carrier, postage)
    except (LabelFileRefusedError, CarrierRefusedError) as refusal:
        problem = f"{NO_FILE}: {refusal.message}"
        in_transaction(lambda session: note_missing_label(session, postage_id=postage_id, problem=problem))
        return False
    in_transaction(
        lambda session: _store(session, postage_id=postage_id, parcel_id=postage.parcel_id, file=file)
    )
    return True


def note_missing_label(session: Session, *, postage_id: uuid.UUID, problem: str) -> None:
    """The labeled parcel shows that its label cannot be printed."""
    parcel_id = get_postage(session, postage_id=postage_id).parcel_id
    if parcel_id is None:
        return
    if get_parcel(session, parcel_id=parcel_id, lock=True).state == ParcelState.LABELED:
        note_problem(session, parcel_id=parcel_id, problem=problem)


def _fetch(carrier: Carrier, postage: sa.Row[Any]) -> LabelFile:
    first = postage.label_url
    if first:
        try:
            return carrier.fetch_label(first)
        except (LabelFileRefusedError, CarrierUnavailableError):
            fresh = carrier.read_purchase(postage.transaction_ref).label_url
            if not fresh or fresh == first:
                raise
            return carrier.fetch_label(fresh)
    fresh = carrier.read_purchase(postage.transaction_ref).label_url
    if not fresh:
        raise CarrierUnavailableError("The carrier service has no label file yet.")
    return carrier.fetch_label(fresh)


def _store(session: Session, *, postage_id: uuid.UUID, parcel_id: uuid.UUID | None, file: LabelFile) -> None:
    store_document(
        session,
        postage_id=postage_id,
        media_type=file.media_type,
        sha256=file.sha256,
        content=file.content,
    )
    if parcel_id is not None:
        parcel = get_parcel(session, parcel_id=parcel_id, lock=True)
        if parcel.problem is not None and parcel.problem.startswith(NO_FILE):
            note_problem(session, parcel_id=parcel_id, problem=None)
