"""Mail over SMTP: one message a connection, with time-outs, encrypted wherever a password is sent."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import ClassVar, Final, Protocol
from urllib.parse import unquote, urlsplit

from fulfillment.core.errors import ConflictError, InvalidInputError, UnavailableError

TIMEOUT_S: Final = 15.0
PORTS: Final = {"smtp": 25, "smtps": 465}
MAX_REASON_LENGTH: Final = 300


class MailUnavailableError(UnavailableError):
    """The mail server did not take the message now, or was not heard; it may be sent again."""

    code: ClassVar[str] = "mail-unavailable"


class MailRefusedError(ConflictError):
    """The mail server will never take this message."""

    code: ClassVar[str] = "mail-refused"


@dataclass(frozen=True)
class Mail:
    """One message to one person; the id is the same whenever it is sent again."""

    message_id: str
    recipient: str
    subject: str
    body: str
    written_at: datetime


class Mailer(Protocol):
    """Whoever delivers mail."""

    def send(self, mail: Mail) -> None:
        """The mail server has taken the message.

        Raises:
            MailRefusedError: it never will.
            MailUnavailableError: it did not, or nobody knows.
        """
        ...


class SmtpMailer:
    """A mail server at an address such as smtp://user:password@host:587 or smtps://host."""

    def __init__(self, url: str, *, sender: str, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise InvalidInputError("FULFILLMENT_SMTP_URL must look like smtp://user:password@host:587.")
        self._is_tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender
        self._timeout_s = timeout_s

    def send(self, mail: Mail) -> None:
        """The mail server has taken the message."""
        message = compose(mail, sender=self._sender)
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise _failure(code, words) from None
        except smtplib.SMTPResponseException as error:
            raise _failure(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailableError(f"The mail server was not heard: {type(error).__name__}.") from error

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._is_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout_s, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)
        try:
            self._make_known(server, context)
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server

    def _make_known(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        """A password never travels in the open; without one, encryption is used where it is offered."""
        server.ehlo_or_helo_if_needed()
        if not self._is_tls and (self._user or server.has_extn("starttls")):
            server.starttls(context=context)
        if self._user:
            server.login(self._user, self._password)


def compose(mail: Mail, *, sender: str) -> EmailMessage:
    """The message as it travels.

    Raises:
        MailRefusedError: the recipient is no address; it could otherwise smuggle in further headers.
    """
    try:
        recipient = Address(addr_spec=mail.recipient.strip())
        message = EmailMessage()
        message["Message-ID"] = mail.message_id
        message["Date"] = format_datetime(mail.written_at)
        message["From"] = sender
        message["To"] = recipient
        message["Subject"] = " ".join(mail.subject.split())
        message["Auto-Submitted"] = "auto-generated"
    except (ValueError, IndexError) as error:
        raise MailRefusedError("The recipient's address cannot be written to.") from error
    message.set_content(mail.body)
    return message


def _failure(code: int, words: bytes | str) -> MailRefusedError | MailUnavailableError:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    reason = f"The mail server answered {code} {text}"[:MAX_REASON_LENGTH]
    return MailRefusedError(reason) if 500 <= code < 600 else MailUnavailableError(reason)
