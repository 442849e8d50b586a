"""Misbehavior on demand: each switch strikes by chance from one seed, or a number of times.

A switch is set by `POST /control/faults`; what it does is described beside its name.
"""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from fulfillment.sandbox.storage import Storage

COURIER_FAULTS: Mapping[str, str] = {
    "slow": "POST /transactions waits delay_s before anything is charged",
    "slow_after_charge": "POST /transactions charges, then waits delay_s",
    "drop_before_charge": "POST /transactions closes the connection; nothing is charged",
    "drop_after_charge": "POST /transactions charges, then closes the connection",
    "error_before_charge": "POST /transactions answers 503; nothing is charged",
    "error_after_charge": "POST /transactions charges, then answers 502",
    "late_charge": "POST /transactions answers 504; the charge appears delay_s later",
    "refuse": "POST /transactions answers 201 with status ERROR",
    "queued": "POST /transactions answers QUEUED; the label comes delay_s later",
    "queued_then_error": "POST /transactions answers QUEUED; status ERROR comes delay_s later",
    "unknown_enum": "POST /transactions answers with words outside the documented enums",
    "object_tracking_status": "POST /transactions answers with tracking_status as an object",
    "no_created_by": "POST /transactions answers without created_by",
    "http_200": "POST /transactions answers 200 instead of 201",
    "html": "POST /transactions charges, then answers with an HTML page",
    "label_redirect": "label files answer 302 to a link-local address",
    "label_html": "label files are HTML",
    "label_huge": "label files never end",
    "label_missing": "label files answer 404",
    "label_foreign_host": "label_url points at another host",
    "rates_error": "POST /shipments answers 503",
    "rates_slow": "POST /shipments waits delay_s",
    "list_error": "GET lists answer 503",
    "track_error": "GET /tracks answers 503",
    "void_drop_after": "POST /refunds takes the label back, then closes the connection",
    "void_error_after": "POST /refunds takes the label back, then answers 502",
    "void_rejected": "refunds end in ERROR",
    "too_many": "any call answers 429",
    "webhook_duplicate": "webhooks are sent twice",
    "webhook_reorder": "webhooks are held back for up to delay_s",
    "webhook_lost": "webhooks are never sent",
    "webhook_unsigned": "webhooks lack their signature",
    "parcel_delayed": "a parcel takes two days more",
    "parcel_attempted": "the first delivery attempt fails",
    "parcel_returned": "a parcel goes back to its sender",
    "parcel_lost": "a parcel is lost",
}
PAYMENT_FAULTS: Mapping[str, str] = {
    "slow": "POST /refunds waits delay_s before anything is paid",
    "drop_before": "POST /refunds closes the connection; nothing is paid",
    "drop_after": "POST /refunds pays, then closes the connection",
    "error_before": "POST /refunds answers 500; nothing is paid and the key stays free",
    "error_after": "POST /refunds pays, then answers 500",
    "refuse": "POST /refunds answers 402: the tender's bank says no",
    "pending": "POST /refunds answers pending; it is paid delay_s later",
    "html": "POST /refunds pays, then answers with an HTML page",
    "lookup_error": "GET /refunds answers 503",
}


class UnknownFaultError(ValueError):
    """A switch of this name does not exist."""


@dataclass
class Fault:
    """How often a switch strikes: by chance, at most `times` times when that is given."""

    probability: float = 1.0
    times: int | None = None
    delay_s: float = 1.0


class FaultSwitches:
    """The switches that are on; they and their seed outlive the process."""

    def __init__(self, storage: Storage, *, known: Mapping[str, str]) -> None:
        self._storage = storage
        self._known = known
        self._lock = threading.Lock()
        kept: dict[str, dict[str, Any]] = storage.read_setting("faults", {})
        self._faults = {name: Fault(**given) for name, given in kept.items()}
        self._random = Random(storage.read_setting("fault_seed", 0))  # noqa: S311 - repeatable on purpose

    def set(self, switches: Mapping[str, Mapping[str, Any]], *, seed: int | None = None) -> None:
        """These switches are on beside those that were; an empty mapping changes none.

        Raises:
            UnknownFaultError: a name is not known, or a switch has an unknown field.
        """
        unknown = sorted(set(switches) - set(self._known))
        if unknown:
            raise UnknownFaultError(f"There is no fault called {', '.join(unknown)}.")
        try:
            faults = {name: Fault(**given) for name, given in switches.items()}
        except TypeError as error:
            raise UnknownFaultError(str(error)) from error
        with self._lock:
            self._faults.update(faults)
            if seed is not None:
                self._random = Random(seed)  # noqa: S311 - repeatable on purpose
                self._storage.keep_setting("fault_seed", seed)
            self._keep()

    def clear(self) -> None:
        """No switch is on."""
        with self._lock:
            self._faults.clear()
            self._keep()

    def strike(self, name: str) -> Fault | None:
        """The fault, if its switch is on and its turn has come."""
        with self._lock:
            fault = self._faults.get(name)
            if fault is None or fault.times == 0 or self._random.random() >= fault.probability:
                return None
            if fault.times is not None:
                fault.times -= 1
                self._keep()
            return fault

    def chance(self) -> float:
        """A number in [0, 1) from the seed."""
        with self._lock:
            return self._random.random()

    def as_json(self) -> dict[str, dict[str, Any]]:
        """The switches that are on."""
        with self._lock:
            return {name: asdict(fault) for name, fault in self._faults.items()}

    def _keep(self) -> None:
        self._storage.keep_setting("faults", {name: asdict(fault) for name, fault in self._faults.items()})
