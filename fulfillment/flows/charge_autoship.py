"""The shop says what its charges came to: what was paid is accepted, what was declined gives its stock back.

Results come in pages. What is promised and paid is accepted set-wise: its payment is captured, its volume
credited, its buyer told. What was given back meanwhile, or never promised, is promised anew or waits as a
backorder: money that was taken is never turned away silently.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from fulfillment.commissions.ledger import LineCredit, OrderCredit, credit_orders
from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ORDER, AutoshipRunState, OrderState
from fulfillment.flows.confirm_order import confirm_order
from fulfillment.flows.give_back_autoship import cancel_due_orders
from fulfillment.flows.hold_order import order_to_confirm
from fulfillment.notifications.messages import order_accepted
from fulfillment.notifications.outbox import NewNotice, queue_notices
from fulfillment.orders.autoship_charging import (
    LockedDue,
    capture_tenders,
    find_used_payments,
    list_volume_lines,
    lock_by_subscription,
    payments_of,
)
from fulfillment.orders.autoship_runs import get_run, move_run, require_state, set_outcomes
from fulfillment.orders.intake import SHIP_WITHIN_DAYS
from fulfillment.orders.kinds import DueOutcome
from fulfillment.orders.queries import get_order
from fulfillment.orders.requests import TenderRequest
from fulfillment.orders.tables import Order
from fulfillment.reads.autoship_charges import find_buyers
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.history import move_states

MOST_RESULTS: Final = 2_000
S = AutoshipRunState
CHARGEABLE: Final = (S.PLANNING, S.PROMISED, S.CHARGING, S.CLOSED)
ENDED: Final = (DueOutcome.DECLINED, DueOutcome.LAPSED, DueOutcome.CANCELLED)


@dataclass(frozen=True)
class ChargeResult:
    """What one charge came to: the payments captured, or why it was declined."""

    subscription: str
    is_paid: bool
    tenders: tuple[TenderRequest, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class RefusedResult:
    """A result that changed nothing; `row` counts from 0 in the page."""

    row: int
    subscription: str
    code: str
    sentence: str


@dataclass(frozen=True)
class ChargedPage:
    """What became of a page. `revived` were paid although their promise was gone; repeats changed nothing."""

    paid: int
    revived: int
    declined: int
    repeated: int
    refused: tuple[RefusedResult, ...]


class ResultRefusedError(FulfillmentError):
    """One result cannot be taken as it is; the others can."""

    code = "charge-result-refused"


@dataclass
class _Sorted:
    """The page by what is to be done."""

    promised: list[tuple[LockedDue, ChargeResult]] = field(default_factory=list)
    revived: list[tuple[LockedDue, ChargeResult]] = field(default_factory=list)
    declined: list[tuple[LockedDue, ChargeResult]] = field(default_factory=list)
    repeated: int = 0
    refused: list[RefusedResult] = field(default_factory=list)


def post_charges(
    session: Session,
    *,
    run_id: uuid.UUID,
    results: Sequence[ChargeResult],
    actor: Actor,
    policy: CompanyPolicy,
) -> ChargedPage:
    """Every right result of the page is carried out; a result sent again changes nothing.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run was never promised, or is cancelled: give the money back.
        InvalidInputError: the page is empty or has too many results.
    """
    if not 1 <= len(results) <= MOST_RESULTS:
        raise InvalidInputError(f"A page has 1 to {MOST_RESULTS} results; this one has {len(results)}.")
    run = get_run(session, run_id=run_id, lock=True)
    require_state(run, *CHARGEABLE, deed="taking results of charges")
    if run.state in (S.PROMISED, S.CLOSED):
        move_run(session, run_id=run_id, to=S.CHARGING, actor=actor, reason="results of charges came")
    now = read_now(session)
    dues = lock_by_subscription(
        session, run_id=run_id, subscriptions={result.subscription for result in results}
    )
    page = _sort(session, results, dues)
    capture_tenders(
        session, tenders=[(due, result.tenders) for due, result in (*page.promised, *page.revived)]
    )
    _accept(session, [due for due, _ in page.promised], actor=actor, policy=policy, now=now)
    for due, _ in page.revived:
        _revive(session, due, actor=actor, policy=policy, now=now)
    for reason in sorted({result.reason for _, result in page.declined}):
        ids = [due.order_id for due, result in page.declined if result.reason == reason]
        why = f"charge declined: {reason}" if reason else "charge declined"
        cancel_due_orders(
            session, order_ids=ids, outcome=DueOutcome.DECLINED, reason=why, actor=actor, now=now
        )
    answer = ChargedPage(
        len(page.promised), len(page.revived), len(page.declined), page.repeated, tuple(page.refused)
    )
    record(
        session,
        actor=actor,
        deed="autoship.charged",
        object_kind="autoship_run",
        object_id=run_id,
        detail={
            "paid": answer.paid,
            "revived": answer.revived,
            "declined": answer.declined,
            "repeated": answer.repeated,
            "refused": len(answer.refused),
        },
    )
    crash_point("autoship_charges_written")
    return answer


def _sort(session: Session, results: Sequence[ChargeResult], dues: Mapping[str, LockedDue]) -> _Sorted:
    used = find_used_payments(session, tenders=[t for result in results for t in result.tenders])
    page = _Sorted()
    seen: dict[str, ChargeResult] = {}
    for row, result in enumerate(results):
        try:
            _sort_one(page, result, due=dues.get(result.subscription), before=seen, used=used)
        except ResultRefusedError as error:
            page.refused.append(
                RefusedResult(row, result.subscription, str(error.detail["why"]), error.message)
            )
        else:
            seen.setdefault(result.subscription, result)
            if result.is_paid:
                used |= {(t.provider, t.provider_ref) for t in result.tenders if t.provider != "offline"}
    return page


def _sort_one(
    page: _Sorted,
    result: ChargeResult,
    *,
    due: LockedDue | None,
    before: Mapping[str, ChargeResult],
    used: set[tuple[str, str | None]],
) -> None:
    """The result stands in the page where it belongs.

    Raises:
        ResultRefusedError: it cannot be carried out.
    """
    if due is None:
        raise _refusal("not-due", f"Subscription {result.subscription} is not due in this run.")
    if result.subscription in before:
        if before[result.subscription] != result:
            raise _refusal("twice", f"Subscription {result.subscription} has two results in this page.")
        page.repeated += 1
    elif result.is_paid:
        _sort_paid(page, result, due, used)
    elif due.outcome is DueOutcome.PAID:
        raise _refusal("paid-before", f"Order {due.number} is paid; cancel it to give the money back.")
    elif due.outcome in ENDED:
        page.repeated += 1
    else:
        page.declined.append((due, result))


def _sort_paid(
    page: _Sorted, result: ChargeResult, due: LockedDue, used: set[tuple[str, str | None]]
) -> None:
    captured = sum(tender.captured_minor for tender in result.tenders)
    if due.outcome is DueOutcome.PAID:
        if due.payments != payments_of(result.tenders):
            raise _refusal(
                "paid-before", f"Order {due.number} was paid otherwise; give this second payment back."
            )
        page.repeated += 1
    elif due.outcome in ENDED or due.state is not OrderState.RECEIVED:
        raise _refusal(
            "cancelled-before",
            f"Order {due.number} is cancelled; place a new order with this payment, or give it back.",
        )
    elif captured < due.total_minor:
        raise _refusal(
            "underpaid",
            f"Order {due.number} costs {due.total_minor} minor units and {captured} were captured; send all "
            "its payments together.",
        )
    elif any((tender.provider, tender.provider_ref) in used for tender in result.tenders):
        raise _refusal(
            "payment-used", f"A payment of order {due.number} has been counted for an order before."
        )
    else:
        target = page.promised if due.outcome is DueOutcome.PROMISED else page.revived
        target.append((due, result))


def _accept(
    session: Session, dues: Sequence[LockedDue], *, actor: Actor, policy: CompanyPolicy, now: datetime
) -> None:
    """Promised and paid: the orders are accepted, their volume is credited, their buyers are told."""
    if not dues:
        return
    ids = sorted(due.order_id for due in dues)
    moved = move_states(
        session,
        table=Order,
        object_ids=ids,
        edges=ORDER,
        to=OrderState.ACCEPTED,
        actor=actor,
        reason="its autoship was paid",
        expected=OrderState.RECEIVED,
        values={"accepted_at": now, "promised_ship_by": now + timedelta(days=SHIP_WITHIN_DAYS)},
    )
    assert len(moved) == len(ids), "the due orders are locked and received"
    set_outcomes(session, order_ids=ids, outcome=DueOutcome.PAID, settled_at=now)
    buyers = find_buyers(session, order_ids=ids)
    lines = list_volume_lines(session, order_ids=ids)
    credit_orders(
        session,
        orders=[
            OrderCredit(
                order_id,
                buyers[order_id].member_id,
                tuple(LineCredit(line.id, line.qty, line.volumes) for line in lines[order_id]),
            )
            for order_id in ids
        ],
        time_zone=policy.time_zone,
        now=now,
    )
    queue_notices(
        session,
        notices=[
            NewNotice(order_accepted(number=due.number, order_id=due.order_id), recipient, due.order_id)
            for due in dues
            if (recipient := buyers[due.order_id].email)
        ],
    )


def _revive(session: Session, due: LockedDue, *, actor: Actor, policy: CompanyPolicy, now: datetime) -> None:
    """Paid without a promise: promised now by the rule of single orders, or backordered."""
    set_outcomes(session, order_ids=[due.order_id], outcome=DueOutcome.PAID, settled_at=now)
    order = get_order(session, order_id=due.order_id, lock=True)
    confirmed = order_to_confirm(session, order)
    confirm_order(session, confirmed=confirmed, actor=actor, policy=policy, now=now)


def _refusal(code: str, sentence: str) -> ResultRefusedError:
    return ResultRefusedError(sentence, why=code)
