"""The floor's jobs, each tried once in this process."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session
from typing_extensions import override

from fulfillment.config import Settings
from fulfillment.core import job_kinds
from fulfillment.core.errors import UnavailableError
from fulfillment.imports.runs import keep_file
from fulfillment.jobs.context import JobContext
from fulfillment.jobs.handlers_floor import HANDLERS, import_upload
from fulfillment.jobs.runner import try_job
from fulfillment.runtime import Runtime, runtime_on
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction
from tests.warehouse.halls import build_hall, list_products, stock
from tests.warehouse.orders import order, part_state, require_sound_stock

T = TypeVar("T")
Run = Callable[..., dict[str, Any]]
PRODUCTS = b"sku,name,weight_g,length_mm,width_mm,height_mm,price\nSOAP,Soap,100,90,60,30,10.00\n"


class InterruptedContext(JobContext):
    """A job that reads its file and then does not reach the database any more."""

    calls = 0

    @override
    def in_transaction(self, work: Callable[[Session], T]) -> T:
        self.calls += 1
        if self.calls > 1:
            raise UnavailableError("The database does not answer.")
        return super().in_transaction(work)


@pytest.fixture
def runtime(engine: Engine, make_settings: Callable[..., Settings]) -> Runtime:
    return runtime_on(make_settings(), engine)


@pytest.fixture
def run(runtime: Runtime, in_transaction: InTransaction) -> Run:
    """Tries one job; returns its row."""

    def run_one(job_kind: str, /, **payload: object) -> dict[str, Any]:
        job_id: UUID = in_transaction(lambda session: enqueue(session, kind=job_kind, payload=payload))
        try_job(runtime, job_id, handlers=HANDLERS)
        query = sa.text("SELECT state, result, last_error FROM job WHERE id = :id")
        row = in_transaction(lambda session: session.connection().execute(query, {"id": job_id}).one())
        return dict(row._mapping)

    return run_one


def test_stock_that_came_in_is_promised_to_the_most_urgent_order_first(
    run: Run, in_transaction: InTransaction
) -> None:
    hall = in_transaction(build_hall)
    in_transaction(lambda session: list_products(session, "SOAP"))
    late = in_transaction(lambda session: order(session, "1", priority=5, SOAP=3))
    urgent = in_transaction(lambda session: order(session, "2", priority=1, SOAP=2))
    in_transaction(lambda session: stock(session, hall["A-1"], "SOAP", 4))

    job = run(job_kinds.FILL_BACKORDERS)

    assert (job["state"], job["result"]) == ("done", {"filled": 1, "skipped": 0})
    assert in_transaction(lambda session: part_state(session, urgent.part_id)) == "promised"
    assert in_transaction(lambda session: part_state(session, late.part_id)) == "backordered"
    in_transaction(require_sound_stock)


def test_all_that_is_promised_goes_to_the_floor(run: Run, in_transaction: InTransaction) -> None:
    hall = in_transaction(build_hall)
    in_transaction(lambda session: list_products(session, "SOAP"))
    in_transaction(lambda session: stock(session, hall["A-1"], "SOAP", 4))
    placed = in_transaction(lambda session: order(session, "1", SOAP=2))

    job = run(job_kinds.RELEASE_WAVES, warehouse_code="CHI")

    assert job["state"] == "done"
    assert len(job["result"]["waves"]) == 1
    assert in_transaction(lambda session: part_state(session, placed.part_id)) == "released"


def test_an_uploaded_file_is_imported(run: Run, in_transaction: InTransaction) -> None:
    in_transaction(lambda session: keep_file(session, sha256="digest", content=PRODUCTS))

    job = run(
        job_kinds.IMPORT_FILE, file_sha256="digest", name="products.csv", kind="products", profile="generic"
    )

    assert job["state"] == "done", job["last_error"]
    assert job["result"]["rows"] == {"accepted": 1, "held": 0, "rejected": 0, "ignored": 0}


def test_a_file_that_cannot_be_read_is_dead_at_once_with_the_reason(
    run: Run, in_transaction: InTransaction
) -> None:
    in_transaction(lambda session: keep_file(session, sha256="digest", content=b"a,b\n1,2\n"))

    job = run(job_kinds.IMPORT_FILE, file_sha256="digest", name="x.csv", kind="orders", profile="generic")

    assert job["state"] == "dead"
    assert job["last_error"]


def test_an_import_that_cannot_reach_what_it_needs_is_tried_again(
    runtime: Runtime, in_transaction: InTransaction
) -> None:
    in_transaction(lambda session: keep_file(session, sha256="digest", content=PRODUCTS))
    payload = {"file_sha256": "digest", "name": "products.csv", "kind": "products", "profile": "generic"}
    job_id = in_transaction(lambda session: enqueue(session, kind=job_kinds.IMPORT_FILE, payload=payload))

    def out_of_reach(context: JobContext) -> None:
        import_upload(InterruptedContext(context.runtime, context.claim))

    try_job(runtime, job_id, handlers={job_kinds.IMPORT_FILE: out_of_reach})

    query = sa.text("SELECT state, last_error FROM job WHERE id = :id")
    row = in_transaction(lambda session: session.connection().execute(query, {"id": job_id}).one())
    assert tuple(row) == ("queued", "UnavailableError: The database does not answer.")


def test_the_audit_reports_that_every_rule_holds(run: Run) -> None:
    job = run(job_kinds.AUDIT)

    assert job["state"] == "done"
    assert (job["result"]["violations"], job["result"]["broken"]) == (0, [])


def test_lots_are_expired_also_when_there_is_nothing_to_do(run: Run) -> None:
    assert run(job_kinds.EXPIRE_LOTS)["result"] == {"lots": 0, "short": 0}
