"""A packing bench for tests: products with sizes, cartons, and orders picked through the flows."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import requests
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.catalog.kinds import HazardClass
from fulfillment.catalog.products import save_products
from fulfillment.catalog.specifications import NewProduct
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.pack_order import PackedOrder, pack_order
from fulfillment.flows.pick import ScanRequest, apply_scan
from fulfillment.flows.release_wave import release_wave
from fulfillment.jobs.registry import HANDLERS
from fulfillment.jobs.runner import try_job
from fulfillment.runtime import Runtime
from fulfillment.sandbox.server import RunningCourier
from fulfillment.shipping.cartons import STANDARD_CARTONS, save_cartons
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.jobs import due_jobs
from fulfillment.store.tables import Job
from tests.warehouse.halls import ANA, build_hall, stock
from tests.warehouse.orders import Placed, order

POLICY = CompanyPolicy(postage_quiet_s=0, postage_pending_s=0, postage_void_poll_s=1)
JOB = table_of(Job)


def set_up(session: Session) -> None:
    """A hall with soap in one lot, tea in two, and perfume, which is hazardous; and cartons."""
    hall = build_hall(session, bins=("A-1", "A-2", "A-3"))
    products = [
        NewProduct("SOAP", "Soap", 500, "USD", weight_g=200, length_mm=90, width_mm=60, height_mm=40),
        NewProduct("TEA", "Tea", 900, "USD", weight_g=100, length_mm=120, width_mm=80, height_mm=60),
        NewProduct(
            "SCENT",
            "Perfume",
            4_900,
            "USD",
            weight_g=150,
            length_mm=60,
            width_mm=60,
            height_mm=120,
            hazard_class=HazardClass.FLAMMABLE_LIQUID,
            is_limited_quantity=True,
        ),
    ]
    save_products(session, products=products, actor=ANA)
    save_cartons(session, cartons=STANDARD_CARTONS, actor=ANA)
    today: date = read_now(session).date()
    stock(session, hall["A-1"], "SOAP", 100)
    stock(session, hall["A-2"], "TEA", 2, lot="T1", expires_on=today + timedelta(days=300))
    stock(session, hall["A-3"], "TEA", 50, lot="T2", expires_on=today + timedelta(days=400))
    stock(session, hall["A-1"], "SCENT", 20)


def pick_order(session: Session, ref: str, **units: int) -> Placed:
    """An order whose units are all picked and on the bench."""
    placed = order(session, ref, **units)
    wave = release_wave(session, warehouse_code="CHI", actor=ANA, fulfillment_order_ids=[placed.part_id])
    assert wave.wave_id is not None
    assert not wave.short
    tasks = session.connection().execute(
        sa.text(
            "SELECT t.id, t.sku, t.qty, l.code FROM pick_task t JOIN location l ON l.id = t.location_id "
            "WHERE t.fulfillment_order_id = :id ORDER BY t.sequence"
        ),
        {"id": placed.part_id},
    )
    for task in tasks.all():
        for code, qty in ((task.code, 1), (task.sku, task.qty)):
            request = ScanRequest(uuid.uuid4(), wave.wave_id, code, qty=qty, task_id=task.id)
            answer = apply_scan(session, request=request, actor=ANA, policy=POLICY)
            assert answer.is_accepted, answer.message
    return placed


def pack(session: Session, ref: str, **units: int) -> PackedOrder:
    """An order packed as planned."""
    placed = pick_order(session, ref, **units)
    return pack_order(session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY)


@dataclass
class Hands:
    """Runs due jobs in this process, one after another, as a worker would."""

    runtime: Runtime

    def work(self, *, kinds: set[str] | None = None, rounds: int = 20) -> None:
        """Every job that is due, or becomes due by the others, has been tried."""
        for _ in range(rounds):
            due = self.runtime.in_transaction(lambda session: self._due(session, kinds))
            if not due:
                return
            for job_id in due:
                try_job(self.runtime, job_id, handlers=HANDLERS)

    def hurry(self) -> None:
        """Whatever waits is due now, and the leases of workers that died are over."""
        execute(self.runtime, "UPDATE job SET due_at = now() WHERE state = 'queued'")
        execute(self.runtime, "UPDATE job SET lease_until = now() - interval '1 s' WHERE state = 'running'")

    def _due(self, session: Session, kinds: set[str] | None) -> list[uuid.UUID]:
        due = due_jobs(session, limit=500)
        if kinds is None:
            return due
        query = sa.select(JOB.c.id).where(JOB.c.id.in_(due), JOB.c.kind.in_(kinds))
        return list(session.connection().execute(query).scalars())


def column(engine: Engine, query: str, **values: Any) -> list[Any]:  # noqa: ANN401 - values of any type
    """The first column of a query's rows, as of now."""
    with engine.connect() as connection:
        return list(connection.execute(sa.text(query), values).scalars())


def execute(runtime: Runtime, statement: str) -> None:
    """What no flow would do is done to the tables."""

    def work(session: Session) -> None:
        session.connection().exec_driver_sql(statement)

    runtime.in_transaction(work)


def control(courier: RunningCourier, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer of the courier's remote control; with a body, of an order to it."""
    url = f"{courier.url}/control/{path}"
    response = requests.get(url, timeout=10) if body is None else requests.post(url, json=body, timeout=10)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def break_courier(courier: RunningCourier, name: str, *, times: int | None = 1, delay_s: float = 0.2) -> None:
    """The courier misbehaves in this way, once unless told otherwise."""
    control(courier, "faults", {"faults": {name: {"times": times, "delay_s": delay_s}}})


def live_at_courier(courier: RunningCourier) -> list[str]:
    """The transactions that are paid and usable, by the courier's own books."""
    purchases = control(courier, "purchases")["purchases"]
    return [each["id"] for each in purchases if each["status"] in {"SUCCESS", "REFUNDREJECTED"}]
