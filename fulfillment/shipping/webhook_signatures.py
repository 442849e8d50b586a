"""Whether a webhook comes from the carrier: the token in its address, and the signature over its body.

Shippo signs `"{t}." + body` with HMAC-SHA256 and sends `Shippo-Auth-Signature: t=<unix>,v1=<hex>` when that
was agreed with it (docs.goshippo.com, webhook security). Otherwise the token is all there is.
"""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from enum import StrEnum

SIGNATURE_HEADER = "Shippo-Auth-Signature"
REPLAY_WINDOW = timedelta(seconds=300)
MAX_WEBHOOK_BYTES = 64 * 1024
_HEADER = re.compile(r"\s*t=([0-9]{1,12})\s*,\s*v1=([0-9a-fA-F]{64})\s*", re.ASCII)


class SignatureVerdict(StrEnum):
    """What a signature is worth; only `valid` lets the body in."""

    VALID = "valid"
    MISSING = "missing"
    MALFORMED = "malformed"
    STALE = "stale"
    WRONG = "wrong"


def webhook_path(token: str) -> str:
    """The path the carrier is asked to call."""
    return f"/api/v1/webhooks/shippo/{token}"


def is_expected_token(given: str, *, expected: str) -> bool:
    """Whether the token of the address is ours, in constant time; no token configured lets nobody in."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def check_signature(
    header: str | None, *, body: bytes, secret: str, now: datetime, window: timedelta = REPLAY_WINDOW
) -> SignatureVerdict:
    """The verdict on a signature header over the raw body, as it came and before any parsing."""
    assert secret, "signatures are checked only where a secret was agreed"
    if not header:
        return SignatureVerdict.MISSING
    parts = _HEADER.fullmatch(header)
    if parts is None:
        return SignatureVerdict.MALFORMED
    if not hmac.compare_digest(_digest(parts[1], body=body, secret=secret), parts[2].lower()):
        return SignatureVerdict.WRONG
    if abs(now.timestamp() - int(parts[1])) > window.total_seconds():
        return SignatureVerdict.STALE
    return SignatureVerdict.VALID


def sign(*, body: bytes, secret: str, at: datetime) -> str:
    """The header value that belongs to a body at an instant."""
    moment = str(int(at.timestamp()))
    return f"t={moment},v1={_digest(moment, body=body, secret=secret)}"


def fingerprint(body: bytes) -> str:
    """The name under which a message is stored once; the carrier gives its messages none."""
    return hashlib.sha256(body).hexdigest()


def _digest(moment: str, *, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
