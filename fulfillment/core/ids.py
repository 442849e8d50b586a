"""Identifiers: time-ordered for rows, unguessable for the public."""

import secrets
import time
import uuid

PUBLIC_ID_BYTES = 16


def new_id() -> uuid.UUID:
    """A version 7 UUID: 48 bits of milliseconds, then random (RFC 9562, section 5.7).

    Time order keeps new rows on the right edge of their index. Generated here and not in SQL, because
    PostgreSQL has uuidv7() only from version 18 on.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def new_public_id() -> str:
    """128 unguessable bits for an address that needs no sign-in, such as a tracking page."""
    return secrets.token_urlsafe(PUBLIC_ID_BYTES)


def new_secret() -> str:
    """256 random bits as text, for tokens that are stored only as a hash."""
    return secrets.token_urlsafe(32)
