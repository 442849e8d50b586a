"""A company with two halls, and the steps of an autoship run, for tests."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.charge_autoship import ChargedPage, ChargeResult, post_charges
from fulfillment.flows.enter_autoships import DueRow, EnteredPage, enter_due_orders
from fulfillment.flows.give_back_autoship import Settled, settle_runs
from fulfillment.flows.promise_autoship import RunOutcome, promise_run
from fulfillment.orders.autoship_runs import open_run
from fulfillment.orders.kinds import OnShortage, TenderKind
from fulfillment.orders.requests import TenderRequest
from fulfillment.reads.audit import audit_books
from fulfillment.routing.apart import Planner, plan_here
from fulfillment.shipping.terms import add_rate_card, save_zones
from fulfillment.simulation.tariffs import make_shipping_terms
from fulfillment.store.clock import advance_clock
from fulfillment.store.session import InTransaction, read_only
from fulfillment.warehouse.layout import NewBin
from fulfillment.warehouse.setup import NewWarehouse, add_bins, create_warehouse
from tests.flows.orders import HOME, order_of
from tests.warehouse.halls import ANA, list_products, stock

T = TypeVar("T")

POLICY = replace(CompanyPolicy(), autoship_plan_s=5, autoship_single_days=0)
BOSTON = replace(HOME, city="Boston", state="MA", zip="02110")
PLACES = {"BOS": (42.36, -71.06, "MA", "02110"), "CHI": (41.88, -87.63, "IL", "60661")}
DUE_ON = date(2026, 11, 29)


def build_company(session: Session, units: Mapping[tuple[str, str], int]) -> None:
    """Halls in Boston and Chicago, prices that grow with the distance, and these units by (hall, SKU)."""
    terms = make_shipping_terms()
    save_zones(session, bands=terms.bands, divisors=terms.divisors, actor=ANA)
    for table in terms.rates:
        add_rate_card(session, table=table, actor=ANA)
    list_products(session, *sorted({"TEA", "OIL", *(sku for _, sku in units)}))
    for code, (latitude, longitude, state, zip_code) in PLACES.items():
        address = Address(name="Hall", street1="1 Main St", city="X", state=state, zip=zip_code)
        hall = NewWarehouse(code, code, address, latitude, longitude, "America/New_York")
        create_warehouse(session, warehouse=hall, actor=ANA)
        planned = [NewBin(f"{code}-1", zone="A", aisle="A-1", walk_rank=1)]
        bins = add_bins(session, warehouse_code=code, bins=planned, actor=ANA)
        for (of_hall, sku), qty in units.items():
            if of_hall == code:
                stock(session, bins[f"{code}-1"], sku, qty)


def due_row(
    subscription: str, *lines: tuple[str, int], subscribed_on: date | None = None, **given: object
) -> DueRow:
    """A due order of these (SKU, qty)."""
    request = order_of(*lines, ref=subscription, on_shortage=OnShortage.BACKORDER, tenders=())
    request = replace(request, **given)  # type: ignore[arg-type]  # the keywords are those of OrderRequest
    return DueRow(subscription, request, subscribed_on)


@dataclass(frozen=True)
class Company:
    """The steps a shop and the workers take, on real transactions."""

    engine: Engine
    in_transaction: InTransaction
    policy: CompanyPolicy = POLICY

    def snapshot(self, work: Callable[[Session], T]) -> T:
        return read_only(self.engine, work)

    def open(self, *, period: str = "2026-11", due_on: date = DUE_ON) -> uuid.UUID:
        """A run that collects."""
        return self.in_transaction(
            lambda session: open_run(session, source="shop", period=period, due_on=due_on, actor=ANA)
        )[0]

    def enter(self, run_id: uuid.UUID, *rows: DueRow) -> EnteredPage:
        """A page of due orders enters."""
        return self.in_transaction(
            lambda session: enter_due_orders(session, run_id=run_id, rows=rows, actor=ANA, policy=self.policy)
        )

    def promise(self, run_id: uuid.UUID, *, planner: Planner = plan_here) -> RunOutcome:
        """The run is planned and promised."""
        return promise_run(
            self.in_transaction,
            self.snapshot,
            run_id=run_id,
            actor=ANA,
            policy=self.policy,
            planner=planner,
        )

    def outcomes(self, run_id: uuid.UUID) -> dict[str, str]:
        """What became of each subscription's order."""
        return {key: outcome for key, outcome, _ in self.dues(run_id)}

    def dues(self, run_id: uuid.UUID) -> list[tuple[str, str, str]]:
        """(subscription, outcome, reason) of each due order, by place."""
        return self.rows(
            "SELECT subscription, outcome, reason FROM autoship_order WHERE run_id = :run ORDER BY place",
            run=run_id,
        )

    def places(self) -> list[tuple[str, str, int]]:
        """(subscription, hall, units) of what is promised."""
        return self.rows(
            """SELECT split_part(o.source_ref, ' ', 1), f.warehouse_code, sum(l.qty)::int
            FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
            JOIN fulfillment_order_line l ON l.fulfillment_order_id = f.id
            WHERE f.state = 'promised' GROUP BY 1, 2 ORDER BY 1, 2"""
        )

    def rows(self, query: str, **given: object) -> list[Any]:
        """The rows of a query as tuples."""
        return self.in_transaction(
            lambda session: [tuple(row) for row in session.connection().execute(sa.text(query), given).all()]
        )

    def violations(self) -> list[str]:
        """Which rules of the books are broken."""
        report = self.in_transaction(audit_books)
        return [f"{each.rule}: {each.subject}" for each in report.named]

    def charge(self, run_id: uuid.UUID, *results: ChargeResult) -> ChargedPage:
        """The shop says what its charges came to."""
        return self.in_transaction(
            lambda session: post_charges(
                session, run_id=run_id, results=results, actor=ANA, policy=self.policy
            )
        )

    def settle(self) -> Settled:
        """The periodic look at all runs."""
        return settle_runs(self.in_transaction, actor=ANA, policy=self.policy)

    def advance(self, *, hours: int) -> None:
        """The business clock has run on."""
        self.in_transaction(lambda session: advance_clock(session, by=timedelta(hours=hours)))

    def reserved(self) -> dict[tuple[str, str], int]:
        """What is reserved, where anything is."""
        query = "SELECT warehouse_code, sku, reserved FROM availability WHERE reserved > 0"
        return {(code, sku): qty for code, sku, qty in self.rows(query)}

    def kept_back(self) -> dict[tuple[str, str], int]:
        """What is kept back, where anything is."""
        query = "SELECT warehouse_code, sku, kept_back FROM availability WHERE kept_back > 0"
        return {(code, sku): qty for code, sku, qty in self.rows(query)}


def paid(subscription: str, minor: int, *, ref: str | None = None) -> ChargeResult:
    """A charge that went through by card."""
    tender = TenderRequest(TenderKind.CARD, minor, "sandbox", ref or f"ch_{subscription}")
    return ChargeResult(subscription, is_paid=True, tenders=(tender,))


def declined(subscription: str, reason: str = "card expired") -> ChargeResult:
    """A charge that did not go through."""
    return ChargeResult(subscription, is_paid=False, reason=reason)
