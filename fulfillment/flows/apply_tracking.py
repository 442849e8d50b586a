"""The carrier's scans move parcels: accepted, delivered, coming back, lost; in its time, never backward."""

import json
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.flows.advance_part import advance_parts
from fulfillment.flows.ship_parcels import post_delivery, ship_parcels
from fulfillment.orders.packing import lock_parts
from fulfillment.shipping.carriers.protocol import Carrier, TrackingReport
from fulfillment.shipping.carriers.shippo_payloads import read_webhook
from fulfillment.shipping.parcel_moves import move_parcel, note_asked, note_position, note_problem
from fulfillment.shipping.parcels import get_parcel
from fulfillment.shipping.postage import get_postage
from fulfillment.shipping.scans import (
    find_postage_of,
    get_webhook,
    list_scans,
    lock_number,
    note_applied,
    write_scans,
)
from fulfillment.shipping.tables import PostagePurpose
from fulfillment.shipping.tracking import (
    TrackingPosition,
    TrackingScan,
    TrackingStatus,
    first_possession,
    needs_action,
    parcel_state_for,
    position_after,
)
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction

PROBLEMS = {
    ParcelState.RETURNING: "The carrier is bringing the parcel back",
    ParcelState.LOST: "The carrier has lost or destroyed the parcel",
}


def apply_webhook(
    session: Session, *, webhook_id: uuid.UUID, is_live: bool, actor: Actor, policy: CompanyPolicy
) -> str:
    """The stored message had its effect, once; returns in words what became of it.

    Messages of the other mode (a test message on a live installation, or the reverse) are kept and ignored.
    Purchases are not believed from messages: who is in doubt asks the carrier itself.
    """
    webhook = get_webhook(session, webhook_id=webhook_id)
    if webhook.applied_at is not None:
        return str(webhook.outcome)
    outcome = _read_and_apply(session, webhook.body, is_live=is_live, actor=actor, policy=policy)
    note_applied(session, webhook_id=webhook_id, outcome=outcome, now=read_now(session))
    return outcome


def _read_and_apply(
    session: Session, body: bytes, *, is_live: bool, actor: Actor, policy: CompanyPolicy
) -> str:
    try:
        content = json.loads(body)
    except ValueError:
        return "ignored: not JSON"
    if not isinstance(content, dict):
        return "ignored: not a message"
    message = read_webhook(content)
    if message.is_test is is_live:
        return "ignored: it is from the other mode"
    if message.report is None:
        return f"ignored: {message.event or 'no event'} changes nothing"
    return apply_report(session, report=message.report, source="webhook", actor=actor, policy=policy)


def poll_tracking(
    in_transaction: InTransaction,
    carrier: Carrier,
    *,
    parcel_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
) -> str:
    """The carrier was asked where the parcel is, and what it said is applied.

    Raises:
        NotFoundError: there is no such parcel.
        CarrierUnavailableError: no answer; the next sweep asks again.
        CarrierRefusedError: the carrier does not know the number.
    """
    parcel = in_transaction(lambda session: get_parcel(session, parcel_id=parcel_id))
    if parcel.carrier is None or parcel.tracking_number is None:
        return "ignored: the parcel has no label"
    report = carrier.track(parcel.carrier, parcel.tracking_number)

    def apply(session: Session) -> str:
        note_asked(session, parcel_id=parcel_id, now=read_now(session))
        return apply_report(session, report=report, source="poll", actor=actor, policy=policy)

    return in_transaction(apply)


def apply_report(
    session: Session, *, report: TrackingReport, source: str, actor: Actor, policy: CompanyPolicy
) -> str:
    """All scans of the report are kept, and the parcel they belong to is where they say."""
    lock_number(session, carrier=report.carrier, tracking_number=report.tracking_number)
    postage = find_postage_of(
        session,
        carrier=report.carrier,
        tracking_number=report.tracking_number,
        transaction_ref=report.transaction_id,
    )
    fresh = write_scans(
        session,
        carrier=report.carrier,
        tracking_number=report.tracking_number,
        parcel_id=None if postage is None else postage.parcel_id,
        scans=report.scans,
        source=source,
        now=read_now(session),
    )
    if postage is None:
        return f"kept {fresh} scans: no parcel has this number yet"
    _apply_scans(session, postage, report, actor=actor, policy=policy)
    return f"applied {fresh} new scans"


def apply_known_scans(
    session: Session, *, postage_id: uuid.UUID, actor: Actor, policy: CompanyPolicy
) -> None:
    """Scans that came before the purchase was ours are applied to its parcel now."""
    postage = get_postage(session, postage_id=postage_id)
    lock_number(session, carrier=postage.carrier, tracking_number=postage.tracking_number)
    _apply_scans(session, postage, None, actor=actor, policy=policy)


def _apply_scans(
    session: Session,
    postage: sa.Row[Any],
    report: TrackingReport | None,
    *,
    actor: Actor,
    policy: CompanyPolicy,
) -> None:
    carrier, number = postage.carrier, postage.tracking_number
    if report is not None:
        carrier, number = report.carrier, report.tracking_number
    scans = list_scans(session, carrier=carrier, tracking_number=number, since=postage.bought_at)
    if not scans or postage.parcel_id is None or postage.purpose != PostagePurpose.OUTBOUND:
        return
    part_id = get_parcel(session, parcel_id=postage.parcel_id).fulfillment_order_id
    lock_parts(session, part_ids=[part_id])
    parcel = get_parcel(session, parcel_id=postage.parcel_id, lock=True)
    possession = first_possession(scans)
    if postage.state != PostageState.BOUGHT or postage.is_surplus:
        if possession is not None:
            problem = (
                f"The carrier scanned label {number}, whose postage was given up. Find out what it took."
            )
            note_problem(session, parcel_id=parcel.id, problem=problem)
        return
    position = position_after(scans)
    eta_at = None if report is None else report.eta
    note_position(session, parcel_id=parcel.id, position=position, eta_at=eta_at)
    if possession is not None:
        ship_parcels(
            session,
            parcel_ids=[parcel.id],
            handover_id=None,
            shipped_at=possession.happened_at,
            reason="the carrier scanned it",
            actor=actor,
            policy=policy,
        )
        _follow(session, parcel.id, position, _latest(scans), actor=actor, policy=policy)
        advance_parts(session, part_ids=[part_id], actor=actor, now=read_now(session))


def _follow(
    session: Session,
    parcel_id: uuid.UUID,
    position: TrackingPosition,
    latest: TrackingScan,
    *,
    actor: Actor,
    policy: CompanyPolicy,
) -> None:
    """The parcel is in the state its position means, and a person hears of what only she can set right."""
    target = parcel_state_for(position.status, substatus=position.substatus)
    if target is None or target is ParcelState.SHIPPED:
        if needs_action(position.substatus):
            problem = f"The carrier waits: {latest.details or position.substatus}"
            note_problem(session, parcel_id=parcel_id, problem=problem)
        return
    is_delivery = position.status is TrackingStatus.DELIVERED
    moved = move_parcel(
        session,
        parcel_id=parcel_id,
        to=target,
        actor=actor,
        reason=latest.details or position.status.value,
        delivered_at=position.happened_at if is_delivery else None,
    )
    if moved and is_delivery:
        post_delivery(session, parcel=get_parcel(session, parcel_id=parcel_id), actor=actor, policy=policy)
    elif moved:
        problem = f"{PROBLEMS[target]}: {latest.details or position.substatus or position.status}."
        note_problem(session, parcel_id=parcel_id, problem=problem)


def _latest(scans: list[TrackingScan]) -> TrackingScan:
    return max(scans, key=lambda scan: (scan.happened_at, scan.key))
