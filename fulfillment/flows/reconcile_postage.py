"""Our labels and the carrier's, compared both ways: what it sold and we do not use is given back.

A label whose charge came after we had stopped looking, or that a restored backup has forgotten, is found
here and nowhere else.
"""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from sqlmodel import Session

from fulfillment.core.job_kinds import BUY_POSTAGE, SETTLE_POSTAGE, VOID_POSTAGE
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import PostageState
from fulfillment.flows.give_up_postage import start_void, void_surplus
from fulfillment.reads.postage_books import (
    BookedPostage,
    find_booked,
    list_bought_since,
    list_stranded,
)
from fulfillment.shipping.carriers.errors import CarrierRefusedError
from fulfillment.shipping.carriers.protocol import Carrier, Purchase, PurchaseStatus
from fulfillment.shipping.postage import PaidPostage
from fulfillment.shipping.surplus_postage import write_orphan
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import NewJob, enqueue_many
from fulfillment.store.session import InTransaction

LOOK_BACK = timedelta(days=7)
BATCH = 100
_OUR_METADATA = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GONE = frozenset(
    {
        PurchaseStatus.FAILED,
        PurchaseStatus.VOIDED,
        PurchaseStatus.VOID_PENDING,
    }
)


@dataclass
class PostageReport:
    """What the comparison found, each by the carrier's or our own id."""

    compared: int = 0
    surplus: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    still_paid: list[str] = field(default_factory=list)
    resumed: int = 0

    @property
    def differences(self) -> int:
        """Places where the books disagree; what another system bought on the same account is none."""
        found = (self.surplus, self.orphans, self.given_back, self.missing, self.still_paid)
        return sum(len(each) for each in found)


def reconcile_postage(
    in_transaction: InTransaction,
    carrier: Carrier,
    *,
    actor: Actor,
    policy: CompanyPolicy,
    look_back: timedelta = LOOK_BACK,
) -> PostageReport:
    """The two books are compared, and what is paid and not ours to use is being voided.

    - surplus: sold for a purchase that we had given up, or beside its adopted one; voided.
    - orphans: sold under an id of our form that our books do not know (a restored backup); voided.
    - foreign: sold to somebody else on the same account; left alone.
    - given_back: ours is bought, the carrier took it back or never completed it; a person looks.
    - missing: ours is bought, the carrier does not know it; a person looks.
    - still_paid: ours is voided, the carrier still has it paid; a person looks.

    Work that lost its job is promised again: purchases in doubt, voids, and packed parcels without postage.

    Raises:
        CarrierUnavailableError: the carrier does not answer; nothing more was compared.
    """
    now = in_transaction(read_now)
    since = now - look_back
    report = PostageReport()
    seen: set[str] = set()
    for batch in _batches(carrier.list_recent(since=since)):
        seen |= {purchase.transaction_id for purchase in batch}
        compare = partial(_compare, batch=batch, actor=actor, currency=policy.currency)
        _add(report, in_transaction(compare))
    for booked in in_transaction(lambda session: list_bought_since(session, since=since)):
        if booked.transaction_ref not in seen:
            _ask_about(report, booked, carrier)
    report.resumed = in_transaction(lambda session: _resume(session, now))
    in_transaction(lambda session: _record(session, report, actor))
    return report


def _batches(purchases: Iterator[Purchase]) -> Iterator[list[Purchase]]:
    while batch := list(islice(purchases, BATCH)):
        yield batch


def _compare(session: Session, batch: Sequence[Purchase], *, actor: Actor, currency: str) -> PostageReport:
    """One transaction's worth of the carrier's list against our books."""
    report = PostageReport(compared=len(batch))
    booked = find_booked(
        session,
        transaction_refs=[purchase.transaction_id for purchase in batch],
        postage_ids=[uuid.UUID(each.metadata) for each in batch if _OUR_METADATA.fullmatch(each.metadata)],
    )
    by_ref = {row.transaction_ref: row for row in booked if row.transaction_ref is not None}
    by_id = {str(row.id): row for row in booked}
    for purchase in batch:
        known = by_ref.get(purchase.transaction_id)
        if known is not None:
            _compare_known(report, known, purchase)
        elif purchase.is_live:
            _take_in(session, report, purchase, by_id.get(purchase.metadata), actor=actor, currency=currency)
    return report


def _ask_about(report: PostageReport, booked: BookedPostage, carrier: Carrier) -> None:
    """What the list leaves out is asked for by name: lists are filtered by the carrier's own clock."""
    assert booked.transaction_ref is not None, "what is bought has the carrier's name for it"
    try:
        _compare_known(report, booked, carrier.read_purchase(booked.transaction_ref))
    except CarrierRefusedError:
        report.missing.append(str(booked.id))


def _compare_known(report: PostageReport, known: BookedPostage, purchase: Purchase) -> None:
    if known.state is PostageState.BOUGHT and purchase.status in _GONE:
        report.given_back.append(str(known.id))
    if known.state is PostageState.VOIDED and purchase.is_live:
        report.still_paid.append(str(known.id))


def _take_in(
    session: Session,
    report: PostageReport,
    purchase: Purchase,
    intent: BookedPostage | None,
    *,
    actor: Actor,
    currency: str,
) -> None:
    """A paid purchase that stands in no row of ours."""
    if intent is not None:
        # Whoever is still asking or in doubt will settle it; what has ended can only be given back.
        if intent.state not in {PostageState.CALLING, PostageState.IN_DOUBT} and void_surplus(
            session, beside=intent.id, purchase=purchase, actor=actor
        ):
            report.surplus.append(purchase.transaction_id)
    elif _OUR_METADATA.fullmatch(purchase.metadata):
        paid = PaidPostage(purchase.transaction_id, purchase.tracking_number, purchase.label_url)
        orphan_id = write_orphan(
            session,
            rate_ref=purchase.rate_id,
            paid=paid,
            currency=currency,
            actor=actor,
            now=read_now(session),
        )
        if orphan_id is not None:
            start_void(session, postage_id=orphan_id, reason="our books do not know it", actor=actor)
            report.orphans.append(purchase.transaction_id)
    else:
        report.foreign.append(purchase.transaction_id)


def _resume(session: Session, now: datetime) -> int:
    """Work that no job is promised for any more is promised again; returns how much it was."""
    stranded = list_stranded(session, now=now)
    jobs = [
        *(NewJob(SETTLE_POSTAGE, {"postage_id": str(each)}, key=str(each)) for each in stranded.in_doubt),
        *(NewJob(VOID_POSTAGE, {"postage_id": str(each)}, key=str(each)) for each in stranded.voids),
        *(NewJob(BUY_POSTAGE, {"parcel_id": str(each)}, key=str(each)) for each in stranded.parcels),
    ]
    return len(enqueue_many(session, jobs=jobs))


def _add(report: PostageReport, part: PostageReport) -> None:
    report.compared += part.compared
    for name in ("surplus", "orphans", "foreign", "given_back", "still_paid"):
        getattr(report, name).extend(getattr(part, name))


def _record(session: Session, report: PostageReport, actor: Actor) -> None:
    record(
        session,
        actor=actor,
        deed="postage.reconciled",
        object_kind="carrier",
        object_id="postage",
        detail={
            "compared": report.compared,
            "surplus": report.surplus,
            "orphans": report.orphans,
            "foreign": len(report.foreign),
            "given_back": report.given_back,
            "missing": report.missing,
            "still_paid": report.still_paid,
            "resumed": report.resumed,
        },
    )
