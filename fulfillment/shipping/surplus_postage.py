"""Purchases nobody meant to make: they stand in our books only to be given back."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.core.states import PostageState
from fulfillment.shipping.postage import PaidPostage
from fulfillment.shipping.tables import Postage, PostagePurpose
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history

POSTAGE = table_of(Postage)
UNKNOWN = "unknown"


def write_surplus(
    session: Session, *, of: sa.Row[Any], paid: PaidPostage, actor: Actor, now: datetime
) -> uuid.UUID | None:
    """A purchase beside the adopted one stands in our books, to be voided; None if it stood there."""
    values = {
        "purpose": of.purpose,
        "parcel_id": of.parcel_id,
        "return_id": of.return_id,
        "carrier": of.carrier,
        "service": of.service,
        "carrier_account": of.carrier_account,
        "shipment_ref": of.shipment_ref,
        "rate_ref": of.rate_ref,
        "quoted_minor": of.quoted_minor,
        "charged_minor": of.quoted_minor,
        "currency": of.currency,
        "label_url": paid.label_url,
    }
    reason = "found beside the adopted purchase"
    return _write(session, values, paid=paid, reason=reason, actor=actor, now=now)


def write_orphan(
    session: Session, *, rate_ref: str, paid: PaidPostage, currency: str, actor: Actor, now: datetime
) -> uuid.UUID | None:
    """A purchase that our books have forgotten stands in them again, to be voided; None if it stood there.

    What it was for is not known any more, nor what it cost: the carrier's list does not say.
    """
    values = {
        "purpose": PostagePurpose.OUTBOUND,
        "carrier": UNKNOWN,
        "service": UNKNOWN,
        "carrier_account": "",
        "shipment_ref": "",
        "rate_ref": rate_ref,
        "quoted_minor": 0,
        "currency": currency,
        "label_url": paid.label_url,
    }
    reason = "found at the carrier, unknown to our books"
    return _write(session, values, paid=paid, reason=reason, actor=actor, now=now)


def _write(
    session: Session, values: dict[str, Any], *, paid: PaidPostage, reason: str, actor: Actor, now: datetime
) -> uuid.UUID | None:
    postage_id = new_id()
    statement = (
        insert(POSTAGE)
        .values(
            **values,
            id=postage_id,
            state=PostageState.BOUGHT,
            is_surplus=True,
            transaction_ref=paid.transaction_ref,
            tracking_number=paid.tracking_number,
            bought_at=now,
            lookups=0,
        )
        .on_conflict_do_nothing(index_elements=["transaction_ref"])
        .returning(POSTAGE.c.id)
    )
    if session.connection().execute(statement).one_or_none() is None:
        return None
    begin_history(
        session, table=POSTAGE, object_ids=[postage_id], state=PostageState.BOUGHT, actor=actor, reason=reason
    )
    return postage_id
