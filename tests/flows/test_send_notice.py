import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.flows.send_notice import send_notice
from fulfillment.notifications.mailing import Mail, MailUnavailableError, SmtpMailer
from fulfillment.notifications.messages import NoticeText
from fulfillment.notifications.outbox import queue_notice
from fulfillment.notifications.tables import NoticeState
from fulfillment.store.session import InTransaction
from tests.notifications.post_offices import PostOffice, open_post_office

NOTICE = NoticeText("parcel_shipped", "parcel_shipped:1", "On its way", "A parcel is on its way.")


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


@pytest.fixture
def notice_id(in_transaction: InTransaction) -> uuid.UUID:
    def write(session: Session) -> uuid.UUID:
        for _ in range(2):
            queue_notice(session, notice=NOTICE, recipient="eva@example.com")
        found: uuid.UUID = session.connection().execute(sa.text("SELECT id FROM notice")).scalar_one()
        return found

    return in_transaction(write)


def mailer(office: PostOffice) -> SmtpMailer:
    return SmtpMailer(f"smtp://127.0.0.1:{office.port}", sender="shop@example.com")


def outcome(in_transaction: InTransaction) -> tuple[str, str | None, bool]:
    def read(session: Session) -> tuple[str, str | None, bool]:
        query = sa.text("SELECT state, error, sent_at IS NOT NULL FROM notice")
        state, error, is_sent = session.connection().execute(query).one()
        return state, error, is_sent

    return in_transaction(read)


def test_a_notice_is_sent_once_however_often_its_job_runs(
    in_transaction: InTransaction, office: PostOffice, notice_id: uuid.UUID
) -> None:
    states = [send_notice(in_transaction, mailer(office), notice_id=notice_id) for _ in range(2)]

    assert states == [NoticeState.SENT, NoticeState.SENT]
    assert [message["Message-ID"] for message in office.received] == [f"<{notice_id}@fulfillment>"]
    assert outcome(in_transaction) == ("sent", None, True)


def test_without_a_mail_server_the_notice_is_kept_to_be_read(
    in_transaction: InTransaction, notice_id: uuid.UUID
) -> None:
    state = send_notice(in_transaction, None, notice_id=notice_id)

    assert state is NoticeState.KEPT
    assert outcome(in_transaction) == ("kept", None, False)


def test_a_refused_notice_says_why_and_is_not_tried_again(
    in_transaction: InTransaction, office: PostOffice, notice_id: uuid.UUID
) -> None:
    office.recipient_answer = "550 no such person"

    state = send_notice(in_transaction, mailer(office), notice_id=notice_id)

    assert state is NoticeState.FAILED
    assert outcome(in_transaction) == ("failed", "The mail server answered 550 no such person", False)


def test_a_mail_server_that_is_away_leaves_the_notice_waiting_with_the_reason(
    in_transaction: InTransaction, office: PostOffice, notice_id: uuid.UUID
) -> None:
    office.message_answer = "451 come back"

    with pytest.raises(MailUnavailableError):
        send_notice(in_transaction, mailer(office), notice_id=notice_id)
    waiting = outcome(in_transaction)
    office.message_answer = "250 taken"
    send_notice(in_transaction, mailer(office), notice_id=notice_id)

    assert waiting == ("pending", "The mail server answered 451 come back", False)
    assert outcome(in_transaction) == ("sent", None, True)


def test_a_second_copy_carries_the_same_message_id(
    in_transaction: InTransaction, office: PostOffice, notice_id: uuid.UUID
) -> None:
    class DyingAfterwards:
        def send(self, mail: Mail) -> None:
            mailer(office).send(mail)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_notice(in_transaction, DyingAfterwards(), notice_id=notice_id)
    send_notice(in_transaction, mailer(office), notice_id=notice_id)

    assert [message["Message-ID"] for message in office.received] == [f"<{notice_id}@fulfillment>"] * 2


def test_a_notice_that_is_not_there_is_named(in_transaction: InTransaction) -> None:
    with pytest.raises(NotFoundError, match="There is no notice"):
        send_notice(in_transaction, None, notice_id=uuid.UUID(int=1))
