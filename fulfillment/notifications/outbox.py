"""A notice is written with the event it tells of; a job sends it after the commit."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.core.job_kinds import SEND_NOTICE
from fulfillment.notifications.messages import NoticeText
from fulfillment.notifications.tables import Notice, NoticeState
from fulfillment.store.columns import table_of
from fulfillment.store.jobs import NewJob, enqueue, enqueue_many

NOTICE = table_of(Notice)


def queue_notice(
    session: Session, *, notice: NoticeText, recipient: str, order_id: uuid.UUID | None = None
) -> None:
    """The recipient will be told of this event, once; telling again changes nothing.

    The Message-ID is fixed here: should a mail server take the message and the answer be lost, the second
    copy is recognizable as the first.
    """
    notice_id = new_id()
    statement = insert(NOTICE).values(
        id=notice_id,
        kind=notice.kind,
        event_key=notice.event_key,
        recipient=recipient,
        order_id=order_id,
        subject=notice.subject,
        body=notice.body,
        message_id=f"<{notice_id}@fulfillment>",
    )
    statement = statement.on_conflict_do_nothing(index_elements=["event_key", "recipient", "channel"])
    if session.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount == 1:
        enqueue(session, kind=SEND_NOTICE, payload={"notice_id": str(notice_id)})


@dataclass(frozen=True)
class NewNotice:
    """What to tell, whom, and about which order."""

    text: NoticeText
    recipient: str
    order_id: uuid.UUID | None = None


def queue_notices(session: Session, *, notices: Sequence[NewNotice]) -> None:
    """Each recipient will be told of each event, once; the way for hundreds of notices at once."""
    if not notices:
        return
    rows = []
    for notice in notices:
        notice_id = new_id()
        rows.append(
            {
                "id": notice_id,
                "kind": notice.text.kind,
                "event_key": notice.text.event_key,
                "recipient": notice.recipient,
                "order_id": notice.order_id,
                "subject": notice.text.subject,
                "body": notice.text.body,
                "message_id": f"<{notice_id}@fulfillment>",
            }
        )
    statement = insert(NOTICE).on_conflict_do_nothing(index_elements=["event_key", "recipient", "channel"])
    made = session.connection().execute(statement.returning(NOTICE.c.id), rows).scalars().all()
    enqueue_many(session, jobs=[NewJob(SEND_NOTICE, {"notice_id": str(notice_id)}) for notice_id in made])


def find_notice(session: Session, *, notice_id: uuid.UUID) -> Notice | None:
    """The notice with this id."""
    return session.get(Notice, notice_id)


def note_outcome(
    session: Session, *, notice_id: uuid.UUID, state: NoticeState, error: str | None = None
) -> None:
    """What became of the attempt to send stands on the notice."""
    sent_at = sa.func.now() if state is NoticeState.SENT else None
    session.connection().execute(
        sa.update(NOTICE).where(NOTICE.c.id == notice_id).values(state=state, error=error, sent_at=sent_at)
    )
