"""Fetching label files: from known hosts only, without redirects, within limits, and of a type that is one.

The address comes in a carrier service's answer. Followed blindly, it could lead into our own network or fill
the disk.
"""

import hashlib
import time
from collections.abc import Callable, Collection
from typing import Final
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter

from fulfillment.shipping.carriers.errors import CarrierUnavailableError, LabelFileRefusedError
from fulfillment.shipping.carriers.protocol import LabelFile

MAX_LABEL_BYTES: Final = 5 * 1024 * 1024
TIMEOUTS_S: Final = (3.0, 15.0)
DEADLINE_S: Final = 30.0
_CHUNK_BYTES: Final = 64 * 1024
_SIGNATURES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"^XA", "application/zpl"),
)


def fetch_label_file(
    url: str,
    *,
    allowed_hosts: Collection[str],
    own_origin: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> LabelFile:
    """The file at an address that the carrier service gave.

    `own_origin` is the sandbox courier's own scheme, host and port, the only place for which http will do.

    Raises:
        LabelFileRefusedError: the address is not allowed, or the file is too large or no label.
        CarrierUnavailableError: the file did not come; fetch it again.
    """
    _require_allowed(url, allowed_hosts=allowed_hosts, own_origin=own_origin)
    try:
        with requests.Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=0))
            session.mount("https://", HTTPAdapter(max_retries=0))
            with session.get(url, timeout=TIMEOUTS_S, allow_redirects=False, stream=True) as response:
                _require_ok(response.status_code)
                content = _read_within_limits(response, clock=clock)
    except requests.RequestException as error:
        raise CarrierUnavailableError(
            "The label file could not be fetched; it is tried again.", kind=type(error).__name__
        ) from error
    return LabelFile(_media_type(content), hashlib.sha256(content).hexdigest(), content)


def _require_allowed(url: str, *, allowed_hosts: Collection[str], own_origin: str | None) -> None:
    try:
        parts = urlsplit(url)
        host, origin = parts.hostname or "", _origin(parts)
    except ValueError:
        raise LabelFileRefusedError("The carrier service gave an address that cannot be read.") from None
    if parts.username is not None or parts.password is not None:
        raise LabelFileRefusedError("The address of the label file carries a user name.", host=host)
    if own_origin is not None and origin == _origin(urlsplit(own_origin)):
        return
    if parts.scheme == "https" and parts.port in {None, 443} and host in allowed_hosts:
        return
    raise LabelFileRefusedError(
        f"The label file lies on {host or 'no host'}, which is not in FULFILLMENT_LABEL_HOSTS.", host=host
    )


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return (parts.scheme, parts.hostname or "", parts.port)


def _require_ok(status: int) -> None:
    if 300 <= status < 400:
        raise LabelFileRefusedError("The label file's address leads elsewhere.", status=status)
    if status != 200:
        raise CarrierUnavailableError("The label file did not come; it is tried again.", status=status)


def _read_within_limits(response: requests.Response, *, clock: Callable[[], float]) -> bytes:
    ends_at = clock() + DEADLINE_S
    content = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_LABEL_BYTES:
            raise LabelFileRefusedError("The label file is larger than labels are.", limit=MAX_LABEL_BYTES)
        if clock() > ends_at:
            raise CarrierUnavailableError("The label file came too slowly; it is tried again.")
    return bytes(content)


def _media_type(content: bytes) -> str:
    start = content.lstrip()
    for signature, media_type in _SIGNATURES:
        if start.startswith(signature):
            return media_type
    raise LabelFileRefusedError("The file is neither PDF, PNG nor ZPL, so it is no label.", size=len(content))
