"""The whole product on real servers for the chaos test: made, tormented, settled, and asked what it holds."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import redis
import requests
from sqlmodel import Session

from fulfillment.accounts.roles import SCOPES
from fulfillment.accounts.tokens import create_token
from fulfillment.local.stack import Stack, running_stack
from fulfillment.simulation.river.api import Api, Json
from fulfillment.store.engine import make_engine
from fulfillment.store.session import in_transaction
from tests.chaos.clients import Diary, ForgetfulApi
from tests.river.company import found_company
from tests.warehouse.halls import ANA

IMPATIENCE: Final = {
    "FULFILLMENT_POSTAGE_QUIET_S": "1",
    "FULFILLMENT_POSTAGE_PENDING_S": "1",
    "FULFILLMENT_POSTAGE_VOID_POLL_S": "1",
    "FULFILLMENT_JOB_LEASE_S": "3",
    "FULFILLMENT_SWEEP_EVERY_S": "0.5",
    "FULFILLMENT_LOG_LEVEL": "WARNING",
}
"""Waits that are minutes in life; the courier's delays below are shorter still."""

DELAY_S: Final = 0.3
COURIER_FAULTS: Final = {
    name: {"probability": 0.06, "delay_s": DELAY_S}
    for name in (
        "slow_after_charge",
        "drop_before_charge",
        "drop_after_charge",
        "error_before_charge",
        "error_after_charge",
        "late_charge",
        "queued",
        "unknown_enum",
        "object_tracking_status",
        "no_created_by",
        "http_200",
        "html",
        "label_missing",
        "rates_error",
        "list_error",
        "void_drop_after",
        "void_error_after",
        "too_many",
        "webhook_duplicate",
        "webhook_reorder",
        "webhook_lost",
    )
}
PAYMENT_FAULTS: Final = {
    name: {"probability": 0.1, "delay_s": DELAY_S}
    for name in ("drop_before", "drop_after", "error_before", "error_after", "pending", "html")
}
DEATHS: Final = ("worker-1", "flush", "web", "worker-2", "postgres", "valkey", "scheduler", "postgres")
LATER_DEATHS: Final = ("web", "postgres", "worker-1", "flush")
PAUSE_S: Final = 1.2
STEP_S: Final = 600
SETTLE_S: Final = 120.0


@dataclass
class World:
    """The running product, the people's way in, and what they wrote down."""

    stack: Stack
    token_of: dict[str, str]
    seed: int
    diary: Diary = field(default_factory=Diary)
    apis: int = 0
    deaths: list[str] = field(default_factory=list)

    def api(self, who: str) -> ForgetfulApi:
        """A client of its own, with its own luck."""
        self.apis += 1
        return ForgetfulApi(
            self.stack.url, token=self.token_of[who], diary=self.diary, seed=self.seed + self.apis
        )

    def sure_api(self) -> Api:
        """A client for afterwards, whose answers are not lost."""
        return Api(self.stack.url, token=self.token_of["supervisor"])

    def torment(self, deaths: Sequence[str]) -> None:
        """One part after another dies by SIGKILL, or the queue is emptied; each comes back before the next.

        Without the wait a slow machine would be dead all the time, and nothing would be tormented.
        """
        random = Random(self.seed)
        for name in random.sample(deaths, len(deaths)):
            time.sleep(PAUSE_S * (0.5 + random.random()))
            self.strike(name)
            if name != "flush":
                self.stack.await_running(name)
        time.sleep(PAUSE_S)

    def await_parcels(self, wanted: int, *, states: Sequence[str], step_s: int = 0) -> None:
        """So many parcels are in one of these states; the clocks run ahead by a step between two looks."""
        api = self.api("supervisor")
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            if sum(1 for state in states for _ in api.pages("/parcels", state=state)) >= wanted:
                return
            if step_s:
                self.pass_time(api, seconds=step_s)
            time.sleep(0.5)
        raise AssertionError(f"There are no {wanted} parcels that are {' or '.join(states)}.")

    def strike(self, name: str) -> None:
        """This part has died, or this queue is empty."""
        self.deaths.append(name)
        if name != "flush":
            self.stack.kill(name)
            return
        try:
            with redis.Redis.from_url(self.stack.settings["REDIS_URL"]) as valkey:
                valkey.flushall()
        except redis.RedisError:
            # It is dead at this moment, and empty when it comes back.
            return

    def control(self, party: str, path: str, body: Json | None = None, method: str = "POST") -> Json:
        """The answer of the courier's or the payment provider's remote control."""
        url = self.stack.courier_url if party == "courier" else self.stack.payments_url
        answer = requests.request(method, f"{url}/control/{path}", json=body or {}, timeout=30)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def misbehave(self) -> None:
        """Courier and provider fail by chance from now on."""
        self.control("courier", "faults", {"faults": COURIER_FAULTS, "seed": self.seed})
        self.control("payments", "faults", {"faults": PAYMENT_FAULTS, "seed": self.seed})
        self.control("courier", "settings", {"void_s": 1})

    def behave(self) -> None:
        """Nobody misbehaves and everybody is alive."""
        for party in "courier", "payments":
            self.control(party, "faults", method="DELETE")
        for name in self.stack.names():
            self.stack.await_running(name)

    def pass_time(self, api: Api, *, seconds: int) -> None:
        """It is later for everyone."""
        for party in "courier", "payments":
            self.control(party, "clock", {"advance_s": seconds})
        api.post("/clock", {"advance_s": seconds})

    def settle(self, api: Api) -> list[Json]:
        """Every job has ended, also those that waited for another time; returns those that are dead."""
        left: list[Json] = []
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            self.pass_time(api, seconds=STEP_S)
            for _ in range(10):
                time.sleep(0.2)
                left = api.get("/reports/jobs")["open"]
                if all(job["state"] == "dead" for job in left) and self.webhooks_pending() == 0:
                    return left
        raise AssertionError(f"These jobs never ended: {left}")

    def webhooks_pending(self) -> int:
        """Messages that the courier has not been rid of."""
        return int(self.control("courier", "state", method="GET")["webhooks"]["pending"])


@contextmanager
def running_world(folder: Path, *, seed: int, qty: int) -> Iterator[World]:
    """The product runs, with the river's company in it and two people who call it."""
    with running_stack(folder, workers=2, is_durable=False, environment=IMPATIENCE) as stack:
        engine = make_engine(stack.settings["DATABASE_URL"], application_name="chaos")
        in_transaction(engine, partial(found_company, qty=qty))
        tokens = {
            name: in_transaction(engine, partial(_make_token, name=name))
            for name in ("service", "supervisor")
        }
        engine.dispose()
        yield World(stack, tokens, seed)


def _make_token(session: Session, *, name: str) -> str:
    scopes = sorted(scope.value for scope in SCOPES)
    return create_token(session, actor=ANA, name=name, scopes=scopes, days=1).secret
