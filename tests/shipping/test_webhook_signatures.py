"""Who may tell us where a parcel is."""

from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.shipping.webhook_signatures import (
    SignatureVerdict,
    check_signature,
    fingerprint,
    is_expected_token,
    sign,
)

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
BODY = b'{"event":"track_updated"}'
SECRET = "a-secret-agreed-with-the-carrier"


def test_a_signature_of_ours_is_valid_to_the_last_second_of_the_window() -> None:
    header = sign(body=BODY, secret=SECRET, at=NOW)

    verdict = check_signature(header, body=BODY, secret=SECRET, now=NOW + timedelta(seconds=300))

    assert verdict is SignatureVerdict.VALID


def test_the_header_is_the_one_the_carrier_documents() -> None:
    assert sign(body=b"{}", secret="k", at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)) == (
        "t=1700000000,v1=c6ef4734033cee2367414a0939385eca0397754aa7a59716da7463a9298b5146"
    )


@pytest.mark.parametrize(
    ("header", "verdict"),
    [
        (None, SignatureVerdict.MISSING),
        ("", SignatureVerdict.MISSING),
        ("v1=abc", SignatureVerdict.MALFORMED),
        ("t=\u0661\u0667,v1=" + "0" * 64, SignatureVerdict.MALFORMED),
        ("t=1772438400,v1=" + "0" * 64, SignatureVerdict.WRONG),
    ],
)
def test_a_header_that_proves_nothing_is_named(header: str | None, verdict: SignatureVerdict) -> None:
    assert check_signature(header, body=BODY, secret=SECRET, now=NOW) is verdict


def test_a_body_changed_on_the_way_is_refused() -> None:
    header = sign(body=BODY, secret=SECRET, at=NOW)

    verdict = check_signature(header, body=BODY + b" ", secret=SECRET, now=NOW)

    assert verdict is SignatureVerdict.WRONG


def test_a_replay_after_five_minutes_is_stale() -> None:
    header = sign(body=BODY, secret=SECRET, at=NOW)

    verdict = check_signature(header, body=BODY, secret=SECRET, now=NOW + timedelta(seconds=301))

    assert verdict is SignatureVerdict.STALE


def test_without_a_configured_token_nobody_gets_in() -> None:
    assert is_expected_token("päss", expected="päss")
    assert not is_expected_token("pass", expected="päss")
    assert not is_expected_token("", expected="")


def test_the_same_bytes_have_the_same_name() -> None:
    assert fingerprint(BODY) == fingerprint(bytes(BODY))
    assert fingerprint(BODY) != fingerprint(BODY + b"\n")
