"""A mail server for tests, in a thread of this process."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class PostOffice:
    """What came in, and what to answer: to the recipient, and to the message."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    recipient_answer: str | None = None
    message_answer: str = "250 taken"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self,
        _server: Any,  # noqa: ANN401 - aiosmtpd carries no types
        _session: Any,  # noqa: ANN401
        envelope: Any,  # noqa: ANN401
        address: str,
        _options: Any,  # noqa: ANN401
    ) -> str:
        if self.recipient_answer is not None:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: ANN401, N802
        if self.message_answer.startswith("250"):
            message = BytesParser(policy=default).parsebytes(envelope.content)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
        return self.message_answer


@contextmanager
def open_post_office() -> Iterator[PostOffice]:
    """A mail server on a port of its own."""
    office = PostOffice()
    # aiosmtpd calls its own port to see that it answers, so that it has to know it beforehand.
    with socket.create_server(("127.0.0.1", 0)) as probe:
        office.port = probe.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
