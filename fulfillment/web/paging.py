"""Pages by cursor: stable while rows are added, and never slower at the end than at the start.

A cursor is opaque text with the sort key of the last row seen, signed, so that nobody builds one and depends
on what is inside.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from fulfillment.core.errors import InvalidInputError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_CURSOR_LENGTH = 1000

T = TypeVar("T")
Key = list[str | int | None]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the cursor that asks for what follows them, if anything does."""

    rows: Sequence[T]
    next_cursor: str | None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="cursor", serializer=json)


def read_cursor(text: str | None) -> Key | None:
    """The sort key inside a cursor; nothing for the first page.

    Raises:
        InvalidInputError: we did not make this cursor.
    """
    if not text:
        return None
    try:
        key: Key = _signer().loads(text[:MAX_CURSOR_LENGTH])
    except BadSignature as error:
        raise InvalidInputError(
            "This cursor is not one of ours. Take next_cursor of the page before as it is, or leave it out.",
            field="cursor",
        ) from error
    return key


def make_cursor(*key: str | int | None) -> str:
    """A cursor for what comes after the row with this sort key; give instants as ISO text, ids as text."""
    made = _signer().dumps(list(key))
    assert isinstance(made, str), "the URL-safe serializer makes text"
    return made


def page_of(rows: Sequence[T], *, limit: int, key: Callable[[T], tuple[Any, ...]]) -> Page[T]:
    """A page from rows fetched with `LIMIT limit + 1`: the extra row only says that there is more."""
    shown = rows[:limit]
    more = len(rows) > limit and bool(shown)
    return Page(shown, make_cursor(*(_plain(part) for part in key(shown[-1]))) if more else None)


def _plain(part: Any) -> str | int | None:  # noqa: ANN401 - a sort key holds what columns hold
    if part is None or isinstance(part, str | int):
        return part
    return str(part.isoformat()) if hasattr(part, "isoformat") else str(part)


@dataclass(frozen=True)
class AskedPage:
    """What a person's click on "next" asks for."""

    after: Key | None
    limit: int


def asked_page(*, limit: int = DEFAULT_LIMIT) -> AskedPage:
    """The page asked for by this request's `cursor`."""
    return AskedPage(read_cursor(request.args.get("cursor")), min(limit, MAX_LIMIT))
