"""Identifiers: time-ordered for rows, unguessable for the public."""

import secrets
import threading
import time
import uuid

PUBLIC_ID_BYTES = 16
TAIL_BITS = 74


class _Clockwork:
    """The last identifier made by this process: its milliseconds, and its 74 bits below them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.milliseconds = 0
        self.tail = 0

    def next(self) -> tuple[int, int]:
        """Milliseconds and tail, greater than any this process had before."""
        with self.lock:
            now = time.time_ns() // 1_000_000
            if now > self.milliseconds:
                self.milliseconds, self.tail = now, secrets.randbits(TAIL_BITS - 1)
            else:
                self.tail += 1 + secrets.randbits(32)
            return self.milliseconds, self.tail


_CLOCKWORK = _Clockwork()


def new_id() -> uuid.UUID:
    """A version 7 UUID: 48 bits of milliseconds, then random (RFC 9562, sections 5.7 and 6.2, method 2).

    Time order keeps new rows on the right edge of their index, and rows made together stand in the order
    they were made in. Generated here and not in SQL, because PostgreSQL has uuidv7() only from version 18 on.
    """
    milliseconds, tail = _CLOCKWORK.next()
    high, low = tail >> 62, tail & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0x2 << 62 | low)


def new_public_id() -> str:
    """128 unguessable bits for an address that needs no sign-in, such as a tracking page."""
    return secrets.token_urlsafe(PUBLIC_ID_BYTES)


def new_secret() -> str:
    """256 random bits as text, for tokens that are stored only as a hash."""
    return secrets.token_urlsafe(32)
