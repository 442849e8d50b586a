"""Same key, same answer: a client may repeat any write until it hears one.

The key's row, the effect and the stored answer commit together. Whoever comes second with the same key
waits on the row of the first, then reads its answer.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import FulfillmentError, KeyReusedError
from fulfillment.store.clock import BUSINESS_NOW, remember_now
from fulfillment.store.columns import table_of
from fulfillment.store.crash import crash_point
from fulfillment.store.session import in_transaction
from fulfillment.store.tables import IdempotencyKey

KEY = table_of(IdempotencyKey)

# Built once, because every command of every client runs both.
CLAIM = (
    insert(KEY)
    .on_conflict_do_nothing()
    .returning(sa.type_coerce(BUSINESS_NOW, sa.DateTime(timezone=True)).label("now"))
)
STORE_ANSWER = (
    sa.update(KEY)
    .where(KEY.c.actor_key == sa.bindparam("of_actor"), KEY.c.key == sa.bindparam("of_key"))
    .values(status=sa.bindparam("status"), body=sa.bindparam("body"))
)


@dataclass(frozen=True)
class Answer:
    """What the client hears: an HTTP status and a JSON object; `is_repeat` if it was heard before."""

    status: int
    body: dict[str, Any]
    is_repeat: bool = False


def fingerprint_of(*parts: str | bytes) -> str:
    """A digest that differs whenever any part of a request differs."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def run_once(
    session: Session, *, actor_key: str, key: str, fingerprint: str, work: Callable[[], Answer]
) -> Answer:
    """The work is done if this actor's key is new; otherwise its first answer is given again.

    Claiming the key also asks for the business clock, so that `read_now` in the work asks nobody. If the
    work raises, the transaction must be rolled back, and the key with it.

    Raises:
        KeyReusedError: the key came before with another request.
    """
    connection = session.connection()
    row = {"actor_key": actor_key, "key": key, "fingerprint": fingerprint}
    now = connection.execute(CLAIM, row).scalar_one_or_none()
    if now is None:
        return _first_answer(session, actor_key=actor_key, key=key, fingerprint=fingerprint)
    remember_now(session, now)
    answer = work()
    stored = {"of_actor": actor_key, "of_key": key, "status": answer.status, "body": answer.body}
    connection.execute(STORE_ANSWER, stored)
    crash_point("answer_stored")
    return answer


def answer_once(
    engine: Engine,
    *,
    actor_key: str,
    key: str,
    fingerprint: str,
    work: Callable[[Session], Answer],
    refusal: Callable[[FulfillmentError], Answer | None],
) -> Answer:
    """One whole command under a key: its success, or its refusal, is what every repetition hears.

    A refusal rolls the work back and then stores the answer `refusal` makes of it in a transaction of its
    own, so that accepting costs no savepoint. If a twin has succeeded in between, its answer stands and is
    the one returned. Where `refusal` gives None (come back later, sign in first) nothing is stored and the
    error is raised.

    Raises:
        KeyReusedError: the key came before with another request.
        FulfillmentError: a refusal that is not to be stored.
    """

    def attempt(session: Session) -> Answer:
        return run_once(
            session, actor_key=actor_key, key=key, fingerprint=fingerprint, work=lambda: work(session)
        )

    try:
        answer = in_transaction(engine, attempt)
    except KeyReusedError:
        raise
    except FulfillmentError as error:
        refused = refusal(error)
        if refused is None:
            raise
    else:
        crash_point("answer_committed")
        return answer

    def store_refusal(session: Session) -> Answer:
        return run_once(session, actor_key=actor_key, key=key, fingerprint=fingerprint, work=lambda: refused)

    return in_transaction(engine, store_refusal)


def forget_old_keys(session: Session, *, before: datetime) -> int:
    """Keys first seen before this instant, by the database's own clock, are gone; returns how many."""
    return session.connection().execute(sa.delete(KEY).where(KEY.c.created_at < before)).rowcount


def _first_answer(session: Session, *, actor_key: str, key: str, fingerprint: str) -> Answer:
    """The stored answer of a key that was there before us."""
    row = (
        session.connection()
        .execute(
            sa.select(KEY.c.fingerprint, KEY.c.status, KEY.c.body).where(
                KEY.c.actor_key == actor_key, KEY.c.key == key
            )
        )
        .one()
    )
    if row.fingerprint != fingerprint:
        raise KeyReusedError(
            "This idempotency key was used before for another request. Send a new key with a new request.",
            key=key,
        )
    assert row.status is not None, "a committed key has its answer"
    return Answer(status=row.status, body=row.body, is_repeat=True)
