"""Single orders that come while a run is at work, from a process of their own, and what each waits."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

import numpy as np

from fulfillment.bench.autoship_company import BENCH, Demand, address_at, sku_name
from fulfillment.core.places import load_places
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.flows.accept_order import accept_order
from fulfillment.orders.kinds import TenderKind
from fulfillment.orders.requests import LineRequest, OrderRequest, TenderRequest
from fulfillment.store.engine import make_engine
from fulfillment.store.session import transactions_on

STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 60.0


@dataclass(frozen=True)
class Waits:
    """(when, seconds until its commit) of each single order, by the machine's monotonic clock."""

    placed: list[tuple[float, float]]
    backordered: int


@dataclass(frozen=True)
class Singles:
    """The process that orders."""

    pipe: Connection

    def stop(self) -> Waits:
        """No more is ordered; what was measured."""
        self.pipe.send("stop")
        placed, backordered = self.pipe.recv()
        return Waits(placed, backordered)


@contextmanager
def placing_singles(url: str, demand: Demand, *, per_second: float) -> Iterator[Singles]:
    """Single orders come in the block, so many a second."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_place_until_told, args=(url, demand, per_second, theirs), daemon=True)
    process.start()
    assert ours.poll(STARTS_WITHIN_S), "the process that orders did not start"
    ours.recv()
    try:
        yield Singles(ours)
    finally:
        process.join(STOPS_WITHIN_S)
        if process.is_alive():
            process.terminate()


def _place_until_told(url: str, demand: Demand, per_second: float, pipe: Connection) -> None:
    engine = make_engine(url, pool_size=1, application_name="bench-singles")
    in_transaction = transactions_on(engine)
    policy = CompanyPolicy()
    rng = np.random.default_rng(1)
    weights = np.asarray(demand.popularity)
    placed: list[tuple[float, float]] = []
    backordered = number = 0
    load_places()
    pipe.send("ready")
    while not pipe.poll(1.0 / per_second):
        skus = np.unique(rng.choice(len(weights), size=int(rng.integers(1, 4)), p=weights))
        place = demand.places[int(rng.integers(0, len(demand.places)))]
        request = OrderRequest(
            source="bench-single",
            source_ref=f"SINGLE-{number}",
            currency="USD",
            ship_to=address_at(place, f"Single {number}"),
            lines=tuple(LineRequest(sku_name(int(sku)), 1, 1_000) for sku in skus),
            tenders=(TenderRequest(TenderKind.CARD, 1_000 * len(skus), "bench", f"single_{number}"),),
        )
        began = time.monotonic()
        accepted = in_transaction(partial(accept_order, request=request, actor=BENCH, policy=policy))
        placed.append((began, time.monotonic() - began))
        backordered += any(part.state is FulfillmentOrderState.BACKORDERED for part in accepted.parts)
        number += 1
    pipe.send((placed, backordered))
    engine.dispose()
