"""Clients of the public API that lose answers, send twins, and never give up."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import requests
from typing_extensions import override

from fulfillment.core.errors import ConflictError, UnavailableError
from fulfillment.simulation.river.api import Api, Json

LOST: Final = 0.05
"""Share of answers that a client does not hear."""
TWINS: Final = 0.05
"""Share of writes that are sent twice at the same moment."""
PATIENCE_S: Final = 90.0
PAUSE_S: Final = 0.1
TIMEOUT_S: Final = 10.0


@dataclass
class Diary:
    """What the clients did and heard, in the order they heard it; threads write side by side."""

    lost: int = 0
    twins: int = 0
    unequal_twins: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    attempted: dict[str, Json] = field(default_factory=dict)
    acknowledged: dict[str, Json] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class ForgetfulApi(Api):
    """Calls until it hears an answer that it does not lose; a write keeps its key."""

    def __init__(self, url: str, *, token: str, diary: Diary, seed: int) -> None:
        super().__init__(url, token=token)
        self.twin = requests.Session()
        self.twin.headers.update(self.http.headers)
        self.diary = diary
        self.random = Random(seed)

    @override
    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Json:
        """What the product answers, as `Api._call`."""
        deadline = time.monotonic() + PATIENCE_S
        trouble = "nothing was tried"
        while time.monotonic() < deadline:
            answer = self._ask(method, path, query, body, key)
            if isinstance(answer, str):
                trouble = answer
            elif answer.status_code >= 500 or answer.status_code == 429:
                trouble = f"status {answer.status_code}"
            elif key and self.random.random() < LOST:
                self.diary.lost += 1
                continue
            else:
                return _read(answer, f"{method} {path}")
            time.sleep(PAUSE_S * (1 + self.random.random()))
        raise UnavailableError(f"{method} {path} was not answered ({trouble}).")

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None,
        body: Mapping[str, Any] | None,
        key: str | None,
    ) -> requests.Response | str:
        """One answer, or what went wrong; now and then two requests race for it."""

        def send(session: requests.Session) -> requests.Response | str:
            try:
                return session.request(
                    method,
                    f"{self.url}{path}",
                    params={name: str(value) for name, value in (query or {}).items()},
                    json=body,
                    headers={"Idempotency-Key": key} if key else {},
                    timeout=TIMEOUT_S,
                )
            except requests.RequestException as error:
                return type(error).__name__

        if key is None or self.random.random() >= TWINS:
            return send(self.http)
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(send, [self.http, self.twin])
        self.diary.twins += 1
        if _is_final(first) and _is_final(second) and _content(first) != _content(second):
            self.diary.unequal_twins.append(f"{method} {path}: {_content(first)} != {_content(second)}")
        return second if isinstance(first, str) else first


def _is_final(answer: requests.Response | str) -> bool:
    """Whether it is the answer under this key for ever."""
    return isinstance(answer, requests.Response) and answer.status_code < 500 and answer.status_code != 429


def _content(answer: requests.Response | str) -> tuple[int, Any]:
    """Status and body; a journal's refusals name the instant they were made at, and so are left out."""
    assert isinstance(answer, requests.Response), "only final answers are compared"
    return answer.status_code, answer.json()


def _read(answer: requests.Response, deed: str) -> Json:
    found: Json = answer.json()
    if answer.status_code >= 400:
        raise ConflictError(
            f"{deed}: {found['detail']}", status=answer.status_code, problem=found.get("code")
        )
    return found
