"""The payment provider's HTTP protocol, as the sandbox payment provider speaks it.

`POST /refunds` with the key as `Idempotency-Key` and `refund_key`; `GET /refunds?key=` to ask what became of
it. One POST, time-outs, no redirects, no retries: what comes back is paid, refused or unknown.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.money import Money, decimal_text
from fulfillment.returns.gateways.protocol import (
    GatewayUnavailableError,
    LookUpOutcome,
    NotFound,
    Paid,
    ProviderRefund,
    RefundOrder,
    RefundOutcome,
    Refused,
    Unknown,
)

TIMEOUTS_S: Final = (3.0, 30.0)
KEYS_KEPT_FOR: Final = timedelta(hours=24)
MAX_PAGES: Final = 1000
KEY_REUSED: Final = "idempotency-key-reused"
_REFUSED_STATUSES: Final = frozenset({400, 402, 404, 422})
"""Given before any money moves. 401, 403 and 429 are certain too, but say nothing of the refund."""

_NEVER_SENT: Final = (NewConnectionError, NameResolutionError, ConnectTimeoutError)


class NotSentError(GatewayUnavailableError):
    """The provider took nothing: unreachable, or it wants another token or patience. Send again."""

    code = "refund-not-sent"


class HttpGateway:
    """A payment provider over HTTP; one instance serves all threads of a process."""

    def __init__(self, *, api_url: str, token: str, timeouts_s: tuple[float, float] = TIMEOUTS_S) -> None:
        self._api_url = api_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
        self._timeouts_s = timeouts_s

    @property
    def name(self) -> str:
        """The provider's name as refund parts record it."""
        return "sandbox"

    @property
    def keeps_keys_for(self) -> timedelta | None:
        """A day, as providers commonly do."""
        return KEYS_KEPT_FOR

    def send_refund(self, order: RefundOrder) -> RefundOutcome:
        """Pay, with exactly one POST.

        Raises:
            NotSentError: certainly nothing arrived; sending the same key later is safe.
        """
        body = {
            "payment": order.payment_ref,
            "amount": decimal_text(order.amount.minor, order.amount.currency),
            "currency": order.amount.currency,
            "refund_key": order.key,
            "reference": order.reference,
        }
        if order.captured is not None:
            body["captured"] = decimal_text(order.captured.minor, order.captured.currency)
        try:
            status, answer = self._call("POST", "/refunds", body=body, key=order.key)
        except requests.RequestException as error:
            if _was_never_sent(error):
                raise NotSentError("The payment provider cannot be reached.") from error
            return Unknown(type(error).__name__)
        if status in {401, 403, 429}:
            raise NotSentError("The payment provider takes no refunds from us now.", status=status)
        return _read_sent(status, answer, key=order.key)

    def look_up_refund(self, key: str) -> LookUpOutcome:
        """What became of a key."""
        refunds = self._ask("/refunds", {"key": key}).get("refunds")
        if not isinstance(refunds, list):
            raise GatewayUnavailableError("The payment provider's answer cannot be read.")
        mine = [each for each in refunds if isinstance(each, Mapping) and each.get("refund_key") == key]
        outcomes = [_read_outcome(each) for each in mine]
        # After a refusal the same key may have been sent again and paid; what was paid counts.
        for kind in (Paid, Unknown, Refused):
            for outcome in outcomes:
                if isinstance(outcome, kind):
                    return outcome
        return NotFound()

    def list_refunds(self, *, since: datetime) -> Iterator[ProviderRefund]:
        """The refunds the provider holds since an instant, newest first."""
        for page in range(1, MAX_PAGES + 1):
            listing = self._ask("/refunds", {"page": str(page), "since": since.isoformat()})
            refunds = listing.get("refunds") or []
            yield from (_read_refund(each) for each in refunds)
            if not listing.get("has_more"):
                return
        raise GatewayUnavailableError(f"The payment provider lists more than {MAX_PAGES} pages.")

    def _ask(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            status, answer = self._call("GET", path, query=query)
        except requests.RequestException as error:
            raise GatewayUnavailableError("The payment provider does not answer.") from error
        if status != 200 or not isinstance(answer, Mapping):
            raise GatewayUnavailableError("The payment provider gave no usable answer.", status=status)
        return answer

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        key: str = "",
    ) -> tuple[int, object]:
        """The status and the JSON of one request on a connection of its own."""
        headers = {**self._headers, **({"Idempotency-Key": key} if key else {})}
        with requests.Session() as session:
            session.trust_env = False
            session.mount("http://", HTTPAdapter(max_retries=0))
            session.mount("https://", HTTPAdapter(max_retries=0))
            response = session.request(
                method,
                self._api_url + path,
                params=query,
                json=body,
                headers=headers,
                timeout=self._timeouts_s,
                allow_redirects=False,
            )
        try:
            return response.status_code, json.loads(response.content)
        except ValueError:
            return response.status_code, None


def _read_sent(status: int, answer: object, *, key: str) -> RefundOutcome:
    """The outcome of a POST: certain only where the provider says so in a way that can be read."""
    unknown = Unknown(f"The answer had status {status} and could not be read.")
    if not isinstance(answer, Mapping):
        return unknown
    # A reused key was paid or not under its first order; only looking it up can tell.
    if status in _REFUSED_STATUSES and answer.get("code") not in {None, KEY_REUSED}:
        return Refused(str(answer["code"]), str(answer.get("message", "")))
    if status in {200, 201} and answer.get("refund_key") == key:
        try:
            return _read_outcome(answer)
        except GatewayUnavailableError:
            return unknown
    return unknown


def _read_outcome(raw: Mapping[str, Any]) -> RefundOutcome:
    """A refund's status in our words; one nobody knows yet is unknown."""
    status, reference = str(raw.get("status")), str(raw.get("id"))
    if status == "paid":
        return Paid(reference, _read_amount(raw), _read_instant(raw.get("paid_at")))
    if status == "refused":
        return Refused(str(raw.get("code") or "refused"), str(raw.get("message") or "no reason given"))
    return Unknown(f"The provider says {status}.", reference)


def _read_refund(raw: Mapping[str, Any]) -> ProviderRefund:
    return ProviderRefund(
        key=str(raw.get("refund_key")),
        provider_ref=str(raw.get("id")),
        payment_ref=str(raw.get("payment")),
        status=str(raw.get("status")),
        amount=_read_amount(raw),
        created_at=_read_instant(raw.get("created_at")),
    )


def _read_amount(raw: Mapping[str, Any]) -> Money:
    try:
        return Money.parse(str(raw.get("amount")), str(raw.get("currency")))
    except InvalidInputError as error:
        raise GatewayUnavailableError("The payment provider's amount cannot be read.") from error


def _read_instant(raw: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(raw)) if raw else None
    except ValueError:
        return None


def _was_never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, _NEVER_SENT)
