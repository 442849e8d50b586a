"""Same key, same answer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import (
    FulfillmentError,
    KeyReusedError,
    OutOfStockError,
    UnavailableError,
)
from fulfillment.store.actors import SYSTEM
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now, set_clock
from fulfillment.store.columns import table_of
from fulfillment.store.idempotency import Answer, answer_once, fingerprint_of, forget_old_keys, run_once
from fulfillment.store.session import in_transaction
from fulfillment.store.tables import AuditEntry, IdempotencyKey

ENTRY = table_of(AuditEntry)
KEY = table_of(IdempotencyKey)


def leave_effect(session: Session, answer: Answer) -> Answer:
    record(session, actor=SYSTEM, deed="effect", object_kind="test", object_id="1")
    return answer


def effects(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(ENTRY)).scalar_one()


def once(
    engine: Engine, key: str, answer: Answer, *, fingerprint: str = "f", actor: str = "user:1"
) -> Answer:
    def work(session: Session) -> Answer:
        return run_once(
            session,
            actor_key=actor,
            key=key,
            fingerprint=fingerprint,
            work=lambda: leave_effect(session, answer),
        )

    return in_transaction(engine, work)


def test_a_repetition_hears_the_first_answer_and_changes_nothing(engine: Engine) -> None:
    first = once(engine, "k", Answer(201, {"z": 1, "a": {"b": None}}))

    second = once(engine, "k", Answer(200, {"other": 2}))

    assert first == Answer(201, {"z": 1, "a": {"b": None}})
    assert second == Answer(201, {"z": 1, "a": {"b": None}}, is_repeat=True)
    assert list(second.body) == ["z", "a"]
    assert effects(engine) == 1


def test_another_request_under_the_same_key_is_refused_and_changes_nothing(engine: Engine) -> None:
    once(engine, "k", Answer(201, {}))

    with pytest.raises(KeyReusedError):
        once(engine, "k", Answer(201, {}), fingerprint="g")

    assert effects(engine) == 1


def test_two_actors_may_use_the_same_key(engine: Engine) -> None:
    once(engine, "k", Answer(201, {"who": 1}), actor="user:1")

    second = once(engine, "k", Answer(201, {"who": 2}), actor="user:2")

    assert second == Answer(201, {"who": 2})
    assert effects(engine) == 2


def test_a_key_whose_work_failed_is_free_again(engine: Engine) -> None:
    def fail(session: Session) -> Answer:
        return run_once(session, actor_key="user:1", key="k", fingerprint="f", work=refuse_stock)

    with pytest.raises(OutOfStockError):
        in_transaction(engine, fail)

    assert once(engine, "k", Answer(201, {})) == Answer(201, {})


def refuse_stock() -> Answer:
    raise OutOfStockError("None left.", left=0)


def test_twenty_twins_at_once_have_one_effect_and_hear_one_answer(engine: Engine) -> None:
    start = threading.Barrier(20)

    def twin(number: int) -> Answer:
        start.wait()
        return once(engine, "k", Answer(201, {"id": number}))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(twin, range(20)))

    assert effects(engine) == 1
    assert len({answer.body["id"] for answer in answers}) == 1
    assert sorted(answer.is_repeat for answer in answers) == [False] + [True] * 19


def test_the_second_twin_waits_for_the_first_and_hears_its_answer(engine: Engine) -> None:
    has_claimed, may_commit = threading.Event(), threading.Event()

    def slow(session: Session) -> Answer:
        def work() -> Answer:
            has_claimed.set()
            may_commit.wait()
            return leave_effect(session, Answer(201, {"from": "first"}))

        return run_once(session, actor_key="user:1", key="k", fingerprint="f", work=work)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(in_transaction, engine, slow)
        has_claimed.wait()
        second = pool.submit(once, engine, "k", Answer(201, {"from": "second"}))
        wait_for_a_blocked_connection(engine)
        may_commit.set()
        answers = [first.result(), second.result()]

    assert answers == [Answer(201, {"from": "first"}), Answer(201, {"from": "first"}, is_repeat=True)]
    assert effects(engine) == 1


def wait_for_a_blocked_connection(engine: Engine) -> None:
    blocked = sa.text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
    )
    with engine.connect() as connection:
        while not connection.execute(blocked).scalar_one():
            connection.rollback()


def stored_refusal(error: FulfillmentError) -> Answer | None:
    return None if isinstance(error, UnavailableError) else Answer(409, {"code": error.code, **error.detail})


def test_a_refusal_is_heard_again_even_when_it_would_succeed_by_now(engine: Engine) -> None:
    def refused(session: Session) -> Answer:
        leave_effect(session, Answer(201, {}))
        return refuse_stock()

    def accepted(session: Session) -> Answer:
        return leave_effect(session, Answer(201, {}))

    first = answer_once(
        engine, actor_key="user:1", key="k", fingerprint="f", work=refused, refusal=stored_refusal
    )
    second = answer_once(
        engine, actor_key="user:1", key="k", fingerprint="f", work=accepted, refusal=stored_refusal
    )

    assert first == Answer(409, {"code": "out-of-stock", "left": 0})
    assert second == Answer(409, {"code": "out-of-stock", "left": 0}, is_repeat=True)
    assert effects(engine) == 0


def test_a_refusal_that_asks_to_come_back_is_not_remembered(engine: Engine) -> None:
    def unavailable(_session: Session) -> Answer:
        raise UnavailableError("Later.")

    with pytest.raises(UnavailableError):
        answer_once(
            engine, actor_key="user:1", key="k", fingerprint="f", work=unavailable, refusal=stored_refusal
        )

    assert once(engine, "k", Answer(201, {})) == Answer(201, {})


def test_a_twin_that_succeeded_meanwhile_gives_the_answer_to_the_refused_one(engine: Engine) -> None:
    def refused(_session: Session) -> Answer:
        return refuse_stock()

    def twin_wins(error: FulfillmentError) -> Answer | None:
        once(engine, "k", Answer(201, {"from": "twin"}))
        return stored_refusal(error)

    answer = answer_once(
        engine, actor_key="user:1", key="k", fingerprint="f", work=refused, refusal=twin_wins
    )

    assert answer == Answer(201, {"from": "twin"}, is_repeat=True)


def test_claiming_a_key_tells_the_business_time_without_another_question(engine: Engine) -> None:
    in_transaction(engine, lambda session: set_clock(session, now=datetime(2031, 5, 1, tzinfo=UTC)))
    statements: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    def work(session: Session) -> Answer:
        return run_once(
            session,
            actor_key="user:1",
            key="k",
            fingerprint="f",
            work=lambda: Answer(201, {"now": read_now(session).date().isoformat()}),
        )

    answer = in_transaction(engine, work)

    assert answer.body == {"now": "2031-05-01"}
    assert len(statements) == 2


def test_old_keys_are_forgotten_and_young_ones_kept(engine: Engine) -> None:
    once(engine, "old", Answer(201, {}))
    once(engine, "young", Answer(201, {}))
    with engine.begin() as connection:
        long_ago = sa.func.now() - timedelta(days=31)
        connection.execute(sa.update(KEY).where(KEY.c.key == "old").values(created_at=long_ago))

    def forget(session: Session) -> int:
        month_ago = session.connection().execute(sa.select(sa.func.now() - timedelta(days=30))).scalar_one()
        return forget_old_keys(session, before=month_ago)

    assert in_transaction(engine, forget) == 1
    assert once(engine, "young", Answer(201, {})).is_repeat


def test_fingerprints_differ_where_parts_are_cut_differently() -> None:
    assert fingerprint_of("ab", "c") != fingerprint_of("a", "bc")
    assert fingerprint_of("POST", b"{}") == fingerprint_of("POST", "{}")
