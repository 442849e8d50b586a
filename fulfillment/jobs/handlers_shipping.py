"""Jobs of the shipping desk: postage, labels, manifests and tracking. Each only calls its flow."""

from collections.abc import Mapping
from datetime import timedelta
from functools import wraps
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.flows.apply_tracking import apply_webhook, poll_tracking
from fulfillment.flows.buy_postage import buy_postage
from fulfillment.flows.fetch_label import NO_FILE, fetch_label, note_missing_label
from fulfillment.flows.make_manifest import make_manifest
from fulfillment.flows.settle_postage import settle_postage
from fulfillment.flows.void_postage import void_postage
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.shipping.carriers.errors import CarrierRefusedError, CarrierUnavailableError
from fulfillment.shipping.custody_tables import ManifestState
from fulfillment.shipping.parcel_moves import note_asked
from fulfillment.shipping.scans import list_silent_parcels
from fulfillment.shipping.webhook_signatures import webhook_path
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import NewJob, enqueue_many

PATIENCE_S: Final = 60.0
"""Seconds between two tries once the ordinary ones are used up: a courier that is away comes back."""

SILENCE: Final = timedelta(hours=6)
SWEEP_LIMIT: Final = 1_000
"""Parcels asked about in one sweep; Shippo takes 500 such questions a minute."""

MANIFEST_POLL_S: Final = 10.0


def patient(handler: Handler) -> Handler:
    """A handler whose job waits for as long as the carrier is away, instead of dying of it.

    Nothing was done when the carrier did not answer, so that waiting can neither lose nor double anything.
    """

    @wraps(handler)
    def wait_for_carrier(context: JobContext) -> None:
        try:
            handler(context)
        except CarrierUnavailableError:
            if not context.claim.is_last_attempt:
                raise
            context.in_transaction(lambda session: context.defer(session, delay_s=PATIENCE_S))

    return wait_for_carrier


@patient
def buy(context: JobContext) -> None:
    """The parcel has postage, or shows why not."""
    result = buy_postage(
        context.in_transaction,
        context.runtime.carrier,
        parcel_id=UUID(context.payload["parcel_id"]),
        actor=context.actor,
        policy=context.runtime.policy,
    )
    _finish(context, state=result.state, problem=result.problem)


@patient
def settle(context: JobContext) -> None:
    """A purchase in doubt is settled, or the next look is promised."""
    state = settle_postage(
        context.in_transaction,
        context.runtime.carrier,
        postage_id=UUID(context.payload["postage_id"]),
        actor=context.actor,
        policy=context.runtime.policy,
    )
    _finish(context, state=state)


@patient
def void(context: JobContext) -> None:
    """The price of unused postage is given back, or the next look is promised."""
    state = void_postage(
        context.in_transaction,
        context.runtime.carrier,
        postage_id=UUID(context.payload["postage_id"]),
        actor=context.actor,
        policy=context.runtime.policy,
    )
    _finish(context, state=state)


def fetch(context: JobContext) -> None:
    """The label's file is ours; a file that does not come, or is no label, is shown on the parcel."""
    postage_id = UUID(context.payload["postage_id"])
    try:
        is_there = fetch_label(context.in_transaction, context.runtime.carrier, postage_id=postage_id)
    except CarrierUnavailableError as error:
        if context.claim.is_last_attempt:
            problem = f"{NO_FILE}: {error.message}"
            context.in_transaction(
                lambda session: note_missing_label(session, postage_id=postage_id, problem=problem)
            )
        raise
    _finish(context, state="fetched" if is_there else "refused")


def manifest(context: JobContext) -> None:
    """The close-out list is made or refused; one that is still being made is looked at again."""
    manifest_id = UUID(context.payload["manifest_id"])
    state = make_manifest(context.in_transaction, context.runtime.carrier, manifest_id=manifest_id)
    if state is ManifestState.REQUESTED:
        context.in_transaction(lambda session: context.defer(session, delay_s=MANIFEST_POLL_S))
    else:
        _finish(context, state=state)


def apply(context: JobContext) -> None:
    """The carrier's message has had its effect."""
    webhook_id = UUID(context.payload["webhook_id"])
    settings = context.runtime.settings

    def work(session: Session) -> None:
        outcome = apply_webhook(
            session,
            webhook_id=webhook_id,
            is_live=settings.is_live_courier,
            actor=context.actor,
            policy=context.runtime.policy,
        )
        context.finish(session, result={"outcome": outcome})

    context.in_transaction(work)


def poll(context: JobContext) -> None:
    """One silent parcel was asked about; without a parcel, every silent one will be."""
    if "parcel_id" in context.payload:
        _poll_parcel(context, UUID(context.payload["parcel_id"]))
        return
    _ensure_webhook(context)

    def sweep(session: Session) -> None:
        silent = list_silent_parcels(session, before=read_now(session) - SILENCE, limit=SWEEP_LIMIT)
        jobs = [NewJob(job_kinds.POLL_TRACKING, {"parcel_id": str(each)}, key=str(each)) for each in silent]
        enqueue_many(session, jobs=jobs)
        context.finish(session, result={"parcels": len(jobs)})

    context.in_transaction(sweep)


def _poll_parcel(context: JobContext, parcel_id: UUID) -> None:
    try:
        outcome = poll_tracking(
            context.in_transaction,
            context.runtime.carrier,
            parcel_id=parcel_id,
            actor=context.actor,
            policy=context.runtime.policy,
        )
    except (CarrierUnavailableError, CarrierRefusedError) as error:
        # The next sweep asks again; a job for each parcel that dies of a day's outage would help nobody.
        outcome = error.message
        context.in_transaction(
            lambda session: note_asked(session, parcel_id=parcel_id, now=read_now(session))
        )
    _finish(context, outcome=outcome)


def _ensure_webhook(context: JobContext) -> None:
    """The carrier knows where to call; where it does not answer, the next sweep tells it."""
    settings = context.runtime.settings
    token = settings.shippo_webhook_token.get_secret_value()
    if token:
        try:
            context.runtime.carrier.ensure_webhook(settings.public_url.rstrip("/") + webhook_path(token))
        except (CarrierUnavailableError, CarrierRefusedError):
            return


def _finish(context: JobContext, **result: object) -> None:
    context.in_transaction(lambda session: context.finish(session, result=result))


HANDLERS: Final[Mapping[str, Handler]] = {
    job_kinds.BUY_POSTAGE: buy,
    job_kinds.SETTLE_POSTAGE: settle,
    job_kinds.VOID_POSTAGE: void,
    job_kinds.FETCH_LABEL: fetch,
    job_kinds.MAKE_MANIFEST: manifest,
    job_kinds.APPLY_TRACKING: apply,
    job_kinds.POLL_TRACKING: poll,
}
