from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fulfillment.core.errors import InvalidInputError
from fulfillment.notifications.mailing import (
    Mail,
    MailRefusedError,
    MailUnavailableError,
    SmtpMailer,
    compose,
)
from tests.notifications.post_offices import PostOffice, open_post_office

MAIL = Mail(
    "<1@fulfillment>", "eva@example.com", "Ihr Päckchen", "Schöne Grüße", datetime(2026, 3, 2, tzinfo=UTC)
)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


def mailer(office: PostOffice) -> SmtpMailer:
    return SmtpMailer(f"smtp://127.0.0.1:{office.port}", sender="shop@example.com")


def test_a_message_arrives_as_it_was_written(office: PostOffice) -> None:
    mailer(office).send(MAIL)

    (message,) = office.received
    assert message["Message-ID"] == "<1@fulfillment>"
    assert message["To"] == "eva@example.com"
    assert message["From"] == "shop@example.com"
    assert message["Subject"] == "Ihr Päckchen"
    assert message.get_content().strip() == "Schöne Grüße"


@pytest.mark.parametrize(
    ("answer", "error"),
    [("550 no such person", MailRefusedError), ("451 come back", MailUnavailableError)],
)
def test_a_refused_recipient_is_final_only_if_the_server_says_so(
    office: PostOffice, answer: str, error: type[Exception]
) -> None:
    office.recipient_answer = answer

    with pytest.raises(error, match=answer):
        mailer(office).send(MAIL)

    assert office.received == []


def test_a_refused_message_says_what_the_server_said(office: PostOffice) -> None:
    office.message_answer = "554 looks like spam"

    with pytest.raises(MailRefusedError, match="554 looks like spam"):
        mailer(office).send(MAIL)


def test_a_server_that_is_not_there_may_be_tried_again(office: PostOffice) -> None:
    unheard = SmtpMailer("smtp://127.0.0.1:1", sender="shop@example.com")

    with pytest.raises(MailUnavailableError, match="was not heard"):
        unheard.send(MAIL)


def test_a_password_is_never_sent_in_the_open(office: PostOffice) -> None:
    with_password = SmtpMailer(f"smtp://user:secret@127.0.0.1:{office.port}", sender="shop@example.com")

    with pytest.raises(MailUnavailableError):
        with_password.send(MAIL)

    assert office.received == []


@pytest.mark.parametrize("recipient", ["", "eva", "eva@example.com\nBcc: all@example.com", "a b@example.com"])
def test_what_is_no_address_is_refused_before_anything_is_sent(recipient: str) -> None:
    with pytest.raises(MailRefusedError, match="cannot be written to"):
        compose(replace(MAIL, recipient=recipient), sender="shop@example.com")


def test_an_address_of_no_mail_server_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="FULFILLMENT_SMTP_URL"):
        SmtpMailer("https://example.com", sender="shop@example.com")
