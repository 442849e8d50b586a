"""Refunds against the sandbox payment provider over HTTP, with every fault it knows."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotAllowedEdgeError
from fulfillment.core.states import RefundState
from fulfillment.flows.refund_order import approve_refund
from fulfillment.flows.repeat_refund import decide_refund_part, repeat_refund
from fulfillment.flows.send_refund import SentRefund, send_refund
from fulfillment.orders.kinds import TenderKind
from fulfillment.orders.requests import TenderRequest
from fulfillment.returns.gateways.http_api import HttpGateway
from fulfillment.returns.gateways.offline import OfflineGateway
from fulfillment.sandbox.server import RunningPayments, serve_payments
from fulfillment.store.clock import advance_clock
from fulfillment.store.session import InTransaction
from tests.flows.goods_back import EVA, POLICY, give_back, send, set_up
from tests.warehouse.halls import ANA

ROOT = Path(__file__).parents[2]
TOKEN = "sandbox-token"
CRASH_POINTS = ("refund_sending", "refund_answered", "refund_recorded", "before_commit")
PROGRAM = """
import sys
from uuid import UUID
from fulfillment.flows.send_refund import send_refund
from fulfillment.returns.gateways.http_api import HttpGateway
from fulfillment.store.engine import make_engine
from fulfillment.store.session import transactions_on
from tests.flows.goods_back import EVA, POLICY

_, database_url, payments_url, refund_id = sys.argv
gateways = {"sandbox": HttpGateway(api_url=payments_url, token="sandbox-token")}
in_transaction = transactions_on(make_engine(database_url))
send_refund(in_transaction, gateways, refund_id=UUID(refund_id), actor=EVA, policy=POLICY)
"""


@pytest.fixture
def payments(tmp_path: Path) -> Iterator[RunningPayments]:
    with serve_payments(tmp_path / "payments", token=TOKEN) as running:
        yield running


@dataclass
class Desk:
    """A refund of an order, and what became of it on both sides."""

    in_transaction: InTransaction
    engine: Engine
    payments: RunningPayments
    refund_id: uuid.UUID

    def send(
        self, *, gateways: tuple[str, ...] = ("sandbox", "offline"), timeout_s: float = 5.0
    ) -> SentRefund:
        made: dict[str, Any] = {
            "offline": OfflineGateway(),
            "sandbox": HttpGateway(api_url=self.payments.url, token=TOKEN, timeouts_s=(2.0, timeout_s)),
        }
        return send_refund(
            self.in_transaction,
            {name: made[name] for name in gateways},
            refund_id=self.refund_id,
            actor=EVA,
            policy=POLICY,
        )

    def fault(self, name: str, *, times: int | None = 1, delay_s: float = 0.0) -> None:
        self.payments.payments.faults.set({name: {"times": times, "delay_s": delay_s}})

    def advance(self, by: timedelta) -> None:
        self.in_transaction(lambda session: advance_clock(session, by=by))
        self.payments.payments.clock.advance(by.total_seconds())

    def rows(self, query: str) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def held(self) -> list[tuple[str, int]]:
        """(status, amount) of each refund the provider holds."""
        found, _ = self.payments.payments.list_refunds(key=None, since=0.0, page=1)
        return [(row["status"], row["amount"]) for row in reversed(found)]

    def state(self) -> str:
        state: str = self.rows("SELECT state FROM refund")[0][0]
        return state


def approved(session: Session, **given: Any) -> uuid.UUID:  # noqa: ANN401 - the keywords of an order
    """An approved refund of two of three units."""
    set_up(session)
    sent = send(session, ("SOAP", 3), **given)
    refund_id = give_back(session, sent, SOAP=2)
    approve_refund(session, refund_id=refund_id, actor=ANA)
    return refund_id


@pytest.fixture
def desk(in_transaction: InTransaction, engine: Engine, payments: RunningPayments) -> Desk:
    return Desk(in_transaction, engine, payments, in_transaction(approved))


@pytest.fixture
def split_desk(in_transaction: InTransaction, engine: Engine, payments: RunningPayments) -> Desk:
    """The order was paid by gift card, 500, and by card, 2,500."""
    tenders = (
        TenderRequest(TenderKind.GIFT_CARD, 500, "sandbox", "gift_1"),
        TenderRequest(TenderKind.CARD, 2_500, "sandbox", "ch_1"),
    )
    refund_id = in_transaction(lambda session: approved(session, tenders=tenders))
    return Desk(in_transaction, engine, payments, refund_id)


def require_paid_once(desk: Desk) -> None:
    assert desk.state() == "paid"
    assert [held for held in desk.held() if held[0] == "paid"] == [("paid", 2_000)]
    assert desk.rows("SELECT refunded_minor FROM tender") == [(2_000,)]
    assert desk.rows("SELECT state FROM return_authorization") == [("refunded",)]
    assert desk.rows("SELECT qty_refunded FROM return_line") == [(2,)]
    assert desk.rows("SELECT unit_no, volumes FROM volume_event WHERE kind = 'reversed' ORDER BY 1") == [
        (1, {"BV": -500}),
        (2, {"BV": -500}),
    ]
    assert desk.rows("SELECT count(*) FROM notice WHERE kind = 'refund_paid'") == [(1,)]


def test_a_refund_is_paid_and_everything_follows_at_once(desk: Desk) -> None:
    sent = desk.send()

    assert sent == SentRefund(RefundState.PAID, None)
    require_paid_once(desk)


def test_sending_a_paid_refund_again_changes_nothing(desk: Desk) -> None:
    desk.send()
    desk.send()

    require_paid_once(desk)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_before", "error_after", "html"])
def test_a_lost_answer_is_unknown_and_settled_by_the_next_look(desk: Desk, fault: str) -> None:
    desk.fault(fault)

    first = desk.send()
    after_first = desk.rows("SELECT state, amount_minor FROM refund_part")
    second = desk.send()

    assert (first.state, after_first) == (RefundState.UNKNOWN, [("unknown", 2_000)])
    assert first.look_again_s == POLICY.refund_look_up_s
    assert second == SentRefund(RefundState.PAID, None)
    require_paid_once(desk)


def test_an_answer_that_comes_too_late_is_unknown(desk: Desk) -> None:
    desk.fault("slow", delay_s=1.0)

    first = desk.send(timeout_s=0.3)
    second = desk.send()

    assert (first.state, second.state) == (RefundState.UNKNOWN, RefundState.PAID)
    require_paid_once(desk)


def test_a_pending_refund_is_asked_about_until_it_is_paid(desk: Desk) -> None:
    desk.fault("pending", delay_s=3_600.0)

    states = [desk.send().state for _ in range(2)]
    desk.payments.payments.storage.read("SELECT 1")
    with desk.payments.payments.storage.transaction() as database:
        database.execute("UPDATE refund SET settles_at = 0")
    states.append(desk.send().state)

    assert states == [RefundState.UNKNOWN, RefundState.UNKNOWN, RefundState.PAID]
    require_paid_once(desk)


def test_each_look_waits_longer_than_the_one_before(desk: Desk) -> None:
    desk.fault("pending", delay_s=3_600.0)

    pauses = [desk.send().look_again_s for _ in range(4)]

    assert pauses == [1.0, 2.0, 4.0, 8.0]


def test_a_provider_that_does_not_answer_a_look_up_is_asked_again(desk: Desk) -> None:
    desk.fault("drop_after")
    desk.send()
    desk.fault("lookup_error")

    states = [desk.send().state, desk.send().state]

    assert states == [RefundState.UNKNOWN, RefundState.PAID]
    require_paid_once(desk)


def test_a_wrong_token_pays_nothing_and_loses_nothing(desk: Desk) -> None:
    gateways = {"sandbox": HttpGateway(api_url=desk.payments.url, token="wrong")}

    sent = send_refund(desk.in_transaction, gateways, refund_id=desk.refund_id, actor=EVA, policy=POLICY)
    after = desk.rows("SELECT state, error FROM refund_part")
    desk.send()

    assert sent.state is RefundState.UNKNOWN
    assert after == [("sent", "The payment provider takes no refunds from us now.")]
    require_paid_once(desk)


def test_a_refused_refund_gives_its_money_back_and_is_set_aside_again_when_repeated(desk: Desk) -> None:
    desk.fault("refuse")

    failed = desk.send()
    after_refusal = desk.rows("SELECT refunded_minor FROM tender")
    desk.in_transaction(
        lambda session: repeat_refund(session, refund_id=desk.refund_id, note="the card is good", actor=ANA)
    )
    after_repeat = desk.rows("SELECT refunded_minor FROM tender")
    desk.send()

    assert failed == SentRefund(RefundState.FAILED, None)
    assert (after_refusal, after_repeat) == ([(0,)], [(2_000,)])
    assert desk.rows("SELECT count(*) FROM volume_event WHERE kind = 'reversed'") == [(2,)]
    require_paid_once(desk)


def test_a_refund_is_not_repeated_where_its_money_went_elsewhere(desk: Desk) -> None:
    desk.fault("refuse")
    desk.send()
    with desk.engine.begin() as connection:
        connection.execute(sa.text("UPDATE tender SET disputed_minor = 2500"))

    with pytest.raises(ConflictError, match="because of other refunds or a dispute"):
        desk.in_transaction(
            lambda session: repeat_refund(session, refund_id=desk.refund_id, note="again", actor=ANA)
        )

    assert desk.state() == "failed"


def test_a_share_no_bank_takes_is_paid_by_other_means(desk: Desk) -> None:
    desk.fault("refuse", times=None)
    desk.send()

    desk.in_transaction(
        lambda session: repeat_refund(
            session, refund_id=desk.refund_id, note="check 4711", actor=ANA, by_other_means=True
        )
    )
    sent = desk.send()

    assert sent.state is RefundState.PAID
    assert desk.rows("SELECT provider, provider_ref LIKE 'offline-%' FROM refund_part") == [("offline", True)]
    assert desk.held() == [("refused", 2_000)]


def test_one_tender_paid_and_one_refused_fails_and_repeats_only_the_refused(split_desk: Desk) -> None:
    split_desk.send(gateways=("offline",))
    assert (
        split_desk.rows("SELECT state, error FROM refund_part")
        == [("failed", "No gateway is set up for the provider sandbox.")] * 2
    )
    repeat = repeat_refund
    split_desk.in_transaction(
        lambda session: repeat(session, refund_id=split_desk.refund_id, note="set up now", actor=ANA)
    )
    split_desk.payments.payments.faults.set({"refuse": {"probability": 1.0, "times": 1}})

    failed = split_desk.send()
    states = sorted(split_desk.rows("SELECT amount_minor, state FROM refund_part"))
    split_desk.in_transaction(
        lambda session: repeat(session, refund_id=split_desk.refund_id, note="again", actor=ANA)
    )
    paid = split_desk.send()

    assert (failed.state, states) == (RefundState.FAILED, [(500, "failed"), (1_500, "paid")])
    assert paid.state is RefundState.PAID
    assert sorted(held for held in split_desk.held() if held[0] == "paid") == [("paid", 500), ("paid", 1_500)]
    assert split_desk.rows("SELECT count(*) FROM volume_event WHERE kind = 'reversed'") == [(2,)]


def test_one_tender_in_doubt_does_not_stop_the_other(split_desk: Desk) -> None:
    split_desk.fault("drop_after")

    first = split_desk.send()
    states = sorted(split_desk.rows("SELECT amount_minor, state FROM refund_part"))
    second = split_desk.send()

    assert (first.state, states) == (RefundState.UNKNOWN, [(500, "unknown"), (1_500, "paid")])
    assert second.state is RefundState.PAID
    assert split_desk.rows("SELECT sum(refunded_minor) FROM tender") == [(2_000,)]


def test_a_failed_share_beside_one_in_doubt_fails_the_refund_only_when_both_are_known(
    split_desk: Desk,
) -> None:
    split_desk.payments.payments.faults.set({"refuse": {"times": 1}})
    first_share_refused = split_desk.send()
    split_desk.in_transaction(
        lambda session: repeat_refund(session, refund_id=split_desk.refund_id, note="again", actor=ANA)
    )
    split_desk.fault("drop_before")

    in_doubt = split_desk.send()
    settled = split_desk.send()

    assert first_share_refused.state is RefundState.FAILED
    assert in_doubt.state is RefundState.UNKNOWN
    assert settled.state is RefundState.PAID


def test_once_the_provider_forgot_the_key_nothing_is_sent_and_a_person_decides(desk: Desk) -> None:
    desk.fault("drop_before")
    desk.send()
    desk.advance(timedelta(hours=25))

    lost = desk.send()
    share = desk.rows("SELECT id, state, needs_person FROM refund_part")[0]
    again = desk.send()

    assert lost == again == SentRefund(RefundState.UNKNOWN, None)
    assert share[1:] == ("unknown", True)
    assert desk.held() == []


@pytest.mark.parametrize(("is_paid", "state", "refunded"), [(True, "paid", 2_000), (False, "failed", 0)])
def test_a_person_says_what_became_of_a_lost_share(
    desk: Desk,
    is_paid: bool,
    state: str,
    refunded: int,
) -> None:
    desk.fault("drop_before")
    desk.send()
    desk.advance(timedelta(hours=25))
    desk.send()
    part_id = desk.rows("SELECT id FROM refund_part")[0][0]

    desk.in_transaction(
        lambda session: decide_refund_part(
            session,
            part_id=part_id,
            is_paid=is_paid,
            provider_ref="re_by_phone" if is_paid else "",
            note="their support said so",
            actor=ANA,
            policy=POLICY,
        )
    )

    assert desk.state() == state
    assert desk.rows("SELECT refunded_minor FROM tender") == [(refunded,)]


def test_a_share_that_is_still_asked_about_is_not_decided_by_a_person(desk: Desk) -> None:
    desk.fault("drop_before")
    desk.send()
    part_id = desk.rows("SELECT id FROM refund_part")[0][0]

    with pytest.raises(ConflictError, match="This share is unknown"):
        desk.in_transaction(
            lambda session: decide_refund_part(
                session,
                part_id=part_id,
                is_paid=False,
                provider_ref="",
                note="too slow",
                actor=ANA,
                policy=POLICY,
            )
        )


def test_after_the_keys_life_a_paid_share_is_still_found_by_asking(desk: Desk) -> None:
    desk.fault("drop_after")
    desk.send()
    desk.advance(timedelta(hours=30))

    desk.send()

    require_paid_once(desk)


def test_a_provider_that_never_settles_is_handed_to_a_person_after_a_week(desk: Desk) -> None:
    desk.fault("pending", delay_s=10**9)
    desk.send()
    desk.advance(timedelta(days=7))

    sent = desk.send()

    assert sent == SentRefund(RefundState.UNKNOWN, None)


@pytest.mark.parametrize("fault", [None, "drop_after"])
@pytest.mark.parametrize("name", CRASH_POINTS)
def test_a_process_that_dies_anywhere_pays_once_in_the_end(
    desk: Desk, database_url: str, name: str, fault: str | None
) -> None:
    if fault:
        desk.fault(fault)
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, database_url, desk.payments.url, str(desk.refund_id)],
        env={**os.environ, "FULFILLMENT_MODE": "test", "FULFILLMENT_CRASH_AT": name},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    for _ in range(2):
        desk.send()

    assert run.returncode == -signal.SIGKILL, run.stderr
    require_paid_once(desk)


def test_a_failed_refund_is_repeated_once_however_often_it_is_asked(desk: Desk) -> None:
    desk.fault("refuse")
    desk.send()

    def repeat() -> None:
        desk.in_transaction(
            lambda session: repeat_refund(session, refund_id=desk.refund_id, note="again", actor=ANA)
        )

    repeat()
    with pytest.raises(NotAllowedEdgeError):
        repeat()

    assert desk.rows("SELECT refunded_minor FROM tender") == [(2_000,)]
