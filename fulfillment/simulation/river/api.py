"""The product's own API, as any program would call it."""

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import requests

from fulfillment.core.errors import ConflictError, UnavailableError

TIMEOUT_S = 60
TRIES = 8
FIRST_PAUSE_S = 0.25
PAGE_SIZE = 200

Json = dict[str, Any]


class Api:
    """Calls with a bearer token; a write carries a key and is repeated under it until it is answered."""

    def __init__(self, url: str, *, token: str) -> None:
        self.url = f"{url}/api/v1"
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: object) -> Json:
        """What stands there.

        Raises:
            ConflictError: the product refused; the message is its own.
            UnavailableError: it did not answer, again and again.
        """
        return self._call("GET", path, query=query)

    def pages(self, path: str, **query: object) -> Iterator[Json]:
        """Every item of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, limit=PAGE_SIZE, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Json:
        """What the deed answers; repeated under one key until there is an answer.

        Raises:
            ConflictError: the product refused; the message is its own.
            UnavailableError: it did not answer, again and again.
        """
        return self._call("POST", path, body=body, key=key or str(uuid.uuid4()))

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Json:
        headers = {"Idempotency-Key": key} if key else {}
        trouble = ""
        for attempt in range(TRIES):
            try:
                answer = self.http.request(
                    method,
                    f"{self.url}{path}",
                    params={name: str(value) for name, value in (query or {}).items()},
                    json=body,
                    headers=headers,
                    timeout=TIMEOUT_S,
                )
            except requests.RequestException as error:
                trouble = type(error).__name__
            else:
                if answer.status_code < 400:
                    found: Json = answer.json()
                    return found
                if answer.status_code < 500 and answer.status_code != 429:
                    problem = answer.json()
                    raise ConflictError(
                        f"{method} {path}: {problem['detail']}",
                        status=answer.status_code,
                        problem=problem["code"],
                    )
                trouble = f"status {answer.status_code}"
            time.sleep(FIRST_PAUSE_S * 2**attempt)
        raise UnavailableError(f"{method} {path} was not answered ({trouble}).")
