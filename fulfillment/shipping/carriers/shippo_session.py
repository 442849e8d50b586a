"""The HTTP under the SDK: time-outs, no redirects, no retries, and the raw answer instead of its parser.

Without this the SDK waits for ever, and raises on answers that it cannot parse although the label is paid.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from fulfillment.shipping.carriers.errors import CarrierUnavailableError

CONNECT_TIMEOUT_S: Final = 3.0
READ_TIMEOUT_S: Final = 30.0
_NEVER_SENT = (NewConnectionError, NameResolutionError, ConnectTimeoutError)


class CarrierSession(requests.Session):
    """A session whose every request has time-outs, follows no redirect and is sent once.

    A POST gets a connection of its own: on a kept-alive one that the server has just closed, a request that
    was never read looks like an answer that was lost.
    """

    def __init__(
        self, *, connect_timeout_s: float = CONNECT_TIMEOUT_S, read_timeout_s: float = READ_TIMEOUT_S
    ) -> None:
        super().__init__()
        self._timeouts = (connect_timeout_s, read_timeout_s)
        # Otherwise a .netrc on the host would replace the token.
        self.auth = _leave_as_is
        adapter = HTTPAdapter(max_retries=0)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    @override
    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        kwargs = {**kwargs, "timeout": self._timeouts, "allow_redirects": False}
        if request.method == "GET":
            return super().send(request, **kwargs)
        request.headers["Connection"] = "close"
        with requests.Session() as fresh:
            return fresh.send(request, **kwargs)


@dataclass(frozen=True, slots=True)
class Sdk:
    """The SDK's client and the modules its requests are made of; it carries no types."""

    client: Any
    components: Any
    operations: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body; `body` is None where it is not JSON."""

    status: int
    body: Any

    @property
    def is_success(self) -> bool:
        """Whether the status is one of the 2xx, whichever the documentation names."""
        return 200 <= self.status < 300


class RawAnswer(Exception):  # noqa: N818 - it carries an answer out of the SDK; it is no error
    """Carries the answer past the SDK's parser; it never leaves the adapter."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__("the carrier service answered")
        self.response = response

    @property
    def answer(self) -> Answer:
        """The answer with its JSON, if it is JSON."""
        try:
            body = json.loads(self.response.content)
        except ValueError:
            body = None
        return Answer(self.response.status_code, body)


class RawAnswerHook:
    """Hands every answer, good or bad, to us before the SDK reads it.

    It serves as the SDK's after-success and after-error hook; what such a hook returns as an exception is
    raised.
    """

    def after_success(self, _context: object, response: requests.Response) -> RawAnswer:
        """The answer to a call that the SDK takes for a success."""
        return RawAnswer(response)

    def after_error(
        self, _context: object, response: requests.Response | None, error: Exception | None
    ) -> RawAnswer | tuple[None, Exception | None]:
        """The answer to a call that the SDK takes for a failure; without one, the failure itself."""
        return (None, error) if response is None else RawAnswer(response)


def was_never_sent(error: requests.RequestException) -> bool:
    """Whether it is certain that no byte reached the service: refused, unresolved or never connected."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    if isinstance(error, requests.exceptions.ProxyError):
        return False
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, _NEVER_SENT)


def _leave_as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def unavailable(error: requests.RequestException) -> CarrierUnavailableError:
    """The error to raise, with only the kind of failure: its text may hold addresses of people."""
    return CarrierUnavailableError("The carrier service does not answer.", kind=type(error).__name__)
