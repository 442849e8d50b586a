"""A notice is sent, or kept where there is no mail server; what became of it stands on the notice."""

import uuid

from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.notifications.mailing import Mail, Mailer, MailRefusedError, MailUnavailableError
from fulfillment.notifications.outbox import find_notice, note_outcome
from fulfillment.notifications.tables import Notice, NoticeState
from fulfillment.store.crash import crash_point
from fulfillment.store.session import InTransaction


def send_notice(in_transaction: InTransaction, mailer: Mailer | None, *, notice_id: uuid.UUID) -> NoticeState:
    """The notice is with the mail server, or kept, or refused for good; one that was sent is not sent again.

    A process that dies between the mail server's yes and our record of it sends a second copy under the same
    Message-ID, by which mail programs show it once.

    Raises:
        NotFoundError: there is no such notice.
        MailUnavailableError: the mail server was not heard; the job tries again.
    """
    notice = in_transaction(lambda session: _read(session, notice_id))
    if notice.state is not NoticeState.PENDING:
        return notice.state
    if mailer is None:
        return _note(in_transaction, notice_id, NoticeState.KEPT)
    mail = Mail(notice.message_id, notice.recipient, notice.subject, notice.body, notice.created_at)
    try:
        mailer.send(mail)
    except MailRefusedError as refusal:
        return _note(in_transaction, notice_id, NoticeState.FAILED, error=refusal.message)
    except MailUnavailableError as error:
        _note(in_transaction, notice_id, NoticeState.PENDING, error=error.message)
        raise
    crash_point("notice_sent")
    return _note(in_transaction, notice_id, NoticeState.SENT)


def _read(session: Session, notice_id: uuid.UUID) -> Notice:
    notice = find_notice(session, notice_id=notice_id)
    if notice is None:
        raise NotFoundError(f"There is no notice {notice_id}.")
    return notice


def _note(
    in_transaction: InTransaction, notice_id: uuid.UUID, state: NoticeState, *, error: str | None = None
) -> NoticeState:
    in_transaction(lambda session: note_outcome(session, notice_id=notice_id, state=state, error=error))
    return state
