"""Something changed that a better plan could answer: all unreleased orders are routed anew, soon and once.

A run that finds nothing changed since the last plan ends at once, so that asking too often costs little.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlmodel import Session

from fulfillment.core.job_kinds import ROUTE_ORDERS
from fulfillment.reads.cutoffs import list_next_cutoffs
from fulfillment.reads.promises_at_risk import count_promises_at_risk
from fulfillment.store.bursts import enqueue_after_burst
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import NewJob

Trigger = Literal[
    "stock_found", "stock_lost", "warehouse_changed", "rates_changed", "bans_changed", "promise_at_risk"
]


def ask_route(session: Session, *, trigger: Trigger) -> UUID:
    """A run begins within the burst's window after this transaction, together with what else asks for one."""
    return enqueue_after_burst(session, kind=ROUTE_ORDERS, payload={"trigger": trigger})


def ask_if_at_risk(session: Session) -> int:
    """A run is asked for where unreleased orders cannot leave in time; returns how many cannot."""
    found = count_promises_at_risk(session, now=read_now(session))
    if found:
        ask_route(session, trigger="promise_at_risk")
    return found


def runs_before_cutoffs(session: Session, *, now: datetime, before: timedelta) -> list[NewJob]:
    """The runs due because some warehouse's cut-off is at most `before` away, one for each instant."""
    return [
        NewJob(
            ROUTE_ORDERS,
            {"trigger": "cutoff", "cutoff_at": instant.isoformat(), "warehouses": codes},
            key=f"cutoff {instant.isoformat()}",
            is_once=True,
        )
        for instant, codes in list_next_cutoffs(session, now=now).items()
        if instant - now <= before
    ]
