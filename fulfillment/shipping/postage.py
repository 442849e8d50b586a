"""Postage: written down before it is bought, so that a parcel never has two paid labels for long.

The states are intended → calling → bought, with `in_doubt` where the answer was lost. A parcel has at most
one purchase that is, or may turn out to be, paid: a partial unique index says so.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.core.states import POSTAGE as POSTAGE_EDGES
from fulfillment.core.states import PostageState
from fulfillment.shipping.rate_shopping import Offer
from fulfillment.shipping.tables import LIVE_POSTAGE, Postage, PostageDocument, PostagePurpose
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history, move_state

POSTAGE = table_of(Postage)
DOCUMENT = table_of(PostageDocument)


@dataclass(frozen=True)
class PaidPostage:
    """A purchase as the carrier service holds it."""

    transaction_ref: str
    tracking_number: str
    label_url: str


@dataclass(frozen=True)
class PostageFor:
    """What the postage is for: a parcel going out, or a return coming in."""

    purpose: PostagePurpose
    parcel_id: uuid.UUID | None = None
    return_id: uuid.UUID | None = None


def find_live_postage(session: Session, *, target: PostageFor, lock: bool = False) -> sa.Row[Any] | None:
    """The one purchase for this target that is, or may turn out to be, paid."""
    query = sa.select(POSTAGE).where(
        POSTAGE.c.purpose == target.purpose,
        POSTAGE.c.parcel_id == target.parcel_id
        if target.parcel_id is not None
        else POSTAGE.c.return_id == target.return_id,
        POSTAGE.c.state.in_(LIVE_POSTAGE),
        ~POSTAGE.c.is_surplus,
    )
    if lock:
        query = query.with_for_update()
    return session.connection().execute(query).one_or_none()


def get_postage(session: Session, *, postage_id: uuid.UUID, lock: bool = False) -> sa.Row[Any]:
    """The purchase with this id.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(POSTAGE).where(POSTAGE.c.id == postage_id)
    if lock:
        query = query.with_for_update()
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no postage {postage_id}.")
    return row


def intend_postage(
    session: Session, *, target: PostageFor, offer: Offer, shipment_ref: str, actor: Actor
) -> uuid.UUID:
    """The intent to buy this offer is written down; its id is the purchase's metadata at the carrier.

    Raises:
        ConflictError: the parcel has postage already, or a purchase whose outcome is not settled.
    """
    postage_id = new_id()
    statement = sa.insert(POSTAGE).values(
        id=postage_id,
        purpose=target.purpose,
        parcel_id=target.parcel_id,
        return_id=target.return_id,
        state=PostageState.INTENDED,
        carrier=offer.carrier,
        service=offer.service,
        carrier_account=offer.carrier_account,
        shipment_ref=shipment_ref,
        rate_ref=offer.rate_ref,
        quoted_minor=offer.price_minor,
        currency=offer.currency,
    )
    try:
        with session.begin_nested():
            session.connection().execute(statement)
    except IntegrityError as error:
        raise ConflictError(
            "This parcel has postage, or a purchase that is not settled; wait for it or void it first.",
            parcel_id=str(target.parcel_id),
        ) from error
    begin_history(
        session,
        table=POSTAGE,
        object_ids=[postage_id],
        state=PostageState.INTENDED,
        actor=actor,
        reason=f"{offer.carrier} {offer.service}",
    )
    return postage_id


def begin_call(session: Session, *, postage_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """From here on the carrier may have been asked to sell; only its own word ends the doubt.

    Raises:
        NotAllowedEdgeError: somebody else has begun, or the intent was given up.
    """
    _move(session, postage_id, PostageState.CALLING, actor, "asking the carrier", called_at=now)


def note_bought(
    session: Session, *, postage_id: uuid.UUID, paid: PaidPostage, actor: Actor, now: datetime
) -> None:
    """The purchase is ours: paid, with its tracking number."""
    row = get_postage(session, postage_id=postage_id)
    _move(
        session,
        postage_id,
        PostageState.BOUGHT,
        actor,
        "the carrier sold it",
        transaction_ref=paid.transaction_ref,
        tracking_number=paid.tracking_number,
        label_url=paid.label_url,
        charged_minor=row.quoted_minor,
        bought_at=now,
        settle_after=None,
        error=None,
    )


def note_not_bought(session: Session, *, postage_id: uuid.UUID, reason: str, actor: Actor) -> None:
    """Nothing was paid; the parcel may have other postage."""
    _move(session, postage_id, PostageState.FAILED, actor, reason, error=reason, settle_after=None)


def note_in_doubt(
    session: Session, *, postage_id: uuid.UUID, reason: str, settle_after: datetime, actor: Actor
) -> None:
    """Nobody here knows whether it was paid; it is looked up once the carrier's own limit has passed."""
    _move(session, postage_id, PostageState.IN_DOUBT, actor, reason, error=reason, settle_after=settle_after)


def note_looked_up(session: Session, *, postage_id: uuid.UUID, settle_after: datetime) -> int:
    """One more look found nothing; returns how many there were."""
    statement = (
        sa.update(POSTAGE)
        .where(POSTAGE.c.id == postage_id)
        .values(lookups=POSTAGE.c.lookups + 1, settle_after=settle_after)
        .returning(POSTAGE.c.lookups)
    )
    lookups: int = session.connection().execute(statement).scalar_one()
    return lookups


def request_void(session: Session, *, postage_id: uuid.UUID, reason: str, actor: Actor) -> None:
    """The postage may no longer be stuck on the parcel; the carrier is asked for its price next.

    Raises:
        NotAllowedEdgeError: it is not bought, or its void is under way.
    """
    _move(session, postage_id, PostageState.VOID_REQUESTED, actor, reason, refund_ref=None)


def note_voided(session: Session, *, postage_id: uuid.UUID, actor: Actor) -> None:
    """The carrier gave the price back."""
    _move(session, postage_id, PostageState.VOIDED, actor, "the carrier took it back")


def note_void_refused(session: Session, *, postage_id: uuid.UUID, reason: str, actor: Actor) -> None:
    """The carrier keeps the price; a person may ask again."""
    _move(session, postage_id, PostageState.VOID_REFUSED, actor, reason, error=reason)


def note_refund_ref(session: Session, *, postage_id: uuid.UUID, refund_ref: str) -> None:
    """The carrier's name for the void stands beside the postage."""
    session.connection().execute(
        sa.update(POSTAGE).where(POSTAGE.c.id == postage_id).values(refund_ref=refund_ref)
    )


def store_document(
    session: Session, *, postage_id: uuid.UUID, media_type: str, sha256: str, content: bytes
) -> None:
    """The label's bytes are ours, because the carrier's address for them expires; storing twice is once."""
    session.connection().execute(
        insert(DOCUMENT)
        .values(postage_id=postage_id, media_type=media_type, sha256=sha256, content=content)
        .on_conflict_do_nothing()
    )


def find_document(session: Session, *, postage_id: uuid.UUID) -> sa.Row[Any] | None:
    """The stored label of a purchase."""
    query = sa.select(DOCUMENT).where(DOCUMENT.c.postage_id == postage_id)
    return session.connection().execute(query).one_or_none()


def list_unsettled(session: Session, *, before: datetime) -> Sequence[uuid.UUID]:
    """Purchases in doubt whose quiet period has passed, oldest first."""
    query = (
        sa.select(POSTAGE.c.id)
        .where(POSTAGE.c.state == PostageState.IN_DOUBT, POSTAGE.c.settle_after <= before)
        .order_by(POSTAGE.c.id)
    )
    return session.connection().execute(query).scalars().all()


def _move(
    session: Session,
    postage_id: uuid.UUID,
    to: PostageState,
    actor: Actor,
    reason: str,
    **values: Any,  # noqa: ANN401 - columns of `postage`
) -> None:
    move_state(
        session,
        table=POSTAGE,
        object_id=postage_id,
        edges=POSTAGE_EDGES,
        to=to,
        actor=actor,
        reason=reason,
        values=values,
    )
