"""One transaction per command, repeated only where nothing was left behind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, UnavailableError
from fulfillment.store.columns import table_of
from fulfillment.store.engine import make_engine
from fulfillment.store.session import in_transaction, read_only
from fulfillment.store.tables import ClockSetting, IdempotencyKey

KEY = table_of(IdempotencyKey)
CLOCK = table_of(ClockSetting)


def write(session: Session, key: str) -> None:
    session.connection().execute(sa.insert(KEY).values(actor_key="a", key=key, fingerprint="f"))


def lock(session: Session, key: str) -> None:
    session.connection().execute(sa.update(KEY).where(KEY.c.key == key).values(fingerprint="g"))


def keys(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(KEY.c.key).order_by(KEY.c.key)).scalars())


def test_what_the_work_wrote_is_committed_and_its_result_returned(engine: Engine) -> None:
    def work(session: Session) -> int:
        write(session, "one")
        return 7

    result = in_transaction(engine, work)

    assert result == 7
    assert keys(engine) == ["one"]


def test_a_refusal_leaves_no_trace(engine: Engine) -> None:
    def work(session: Session) -> None:
        write(session, "one")
        raise ConflictError("No.")

    with pytest.raises(ConflictError):
        in_transaction(engine, work)

    assert keys(engine) == []


def test_a_broken_constraint_is_not_tried_again(engine: Engine) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(1)
        write(session, "same")
        write(session, "same")

    with pytest.raises(IntegrityError):
        in_transaction(engine, work)

    assert len(tries) == 1


def test_the_loser_of_a_deadlock_is_tried_again_until_both_are_committed(engine: Engine) -> None:
    in_transaction(engine, lambda session: write(session, "left"))
    in_transaction(engine, lambda session: write(session, "right"))
    both_hold_one = threading.Barrier(2)
    tries = []

    def work_on(first: str, second: str, own: str) -> None:
        def work(session: Session) -> None:
            tries.append(own)
            lock(session, first)
            if tries.count(own) == 1:
                both_hold_one.wait()
            lock(session, second)
            write(session, own)

        in_transaction(engine, work)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(work_on, "left", "right", "x")
        two = pool.submit(work_on, "right", "left", "y")
        one.result()
        two.result()

    assert keys(engine) == ["left", "right", "x", "y"]
    assert len(tries) == 3


def test_work_that_loses_every_race_is_unavailable_after_its_attempts(engine: Engine) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(1)
        session.connection().execute(
            sa.text("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$")
        )

    with pytest.raises(UnavailableError) as refusal:
        in_transaction(engine, work, attempts=3)

    assert len(tries) == 3
    assert refusal.value.detail == {"outcome": "nothing"}


def test_a_connection_cut_before_commit_is_replaced_and_the_work_repeated(
    engine: Engine, owner_engine: Engine
) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(1)
        write(session, "one")
        if len(tries) == 1:
            cut(owner_engine, session)
        write(session, "two")

    in_transaction(engine, work)

    assert len(tries) == 2
    assert keys(engine) == ["one", "two"]


def test_a_connection_cut_at_commit_is_an_unknown_outcome_and_never_repeated(
    engine: Engine, owner_engine: Engine
) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(1)
        write(session, "one")
        cut(owner_engine, session)

    with pytest.raises(UnavailableError) as refusal:
        in_transaction(engine, work)

    assert refusal.value.detail == {"outcome": "unknown"}
    assert len(tries) == 1


def cut(owner_engine: Engine, session: Session) -> None:
    """The server has ended this session's connection."""
    number = session.connection().execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    with owner_engine.connect() as owner:
        assert owner.execute(sa.text("SELECT pg_terminate_backend(:n, 5000)"), {"n": number}).scalar_one()


def test_a_database_that_is_not_there_is_unavailable() -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing")

    with pytest.raises(UnavailableError) as refusal:
        in_transaction(engine, lambda session: write(session, "one"))

    assert refusal.value.detail == {"outcome": "nothing"}


def test_a_reader_sees_one_snapshot_whatever_is_committed_meanwhile(engine: Engine) -> None:
    in_transaction(engine, lambda session: write(session, "one"))

    def work(reader: Session) -> tuple[int, int]:
        count = sa.select(sa.func.count()).select_from(KEY)
        before = reader.connection().execute(count).scalar_one()
        in_transaction(engine, lambda session: write(session, "two"))
        return before, reader.connection().execute(count).scalar_one()

    counts = read_only(engine, work)

    assert counts == (1, 1)


def test_a_reader_cannot_write(engine: Engine) -> None:
    with pytest.raises(sa.exc.InternalError):
        read_only(engine, lambda session: write(session, "one"))

    assert keys(engine) == []


def test_a_pooled_connection_can_write_again_after_it_was_a_readers(engine: Engine) -> None:
    read_only(engine, lambda session: session.connection().execute(sa.select(KEY)).all())

    in_transaction(engine, lambda session: write(session, "one"))

    assert keys(engine) == ["one"]


def test_orm_rows_are_flushed_before_the_commit(engine: Engine) -> None:
    in_transaction(engine, lambda session: session.add(ClockSetting(shift=timedelta(hours=1))))

    with engine.connect() as connection:
        assert connection.execute(sa.select(CLOCK.c.shift)).scalar_one() == timedelta(hours=1)
