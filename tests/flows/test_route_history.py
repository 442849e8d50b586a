"""What a run leaves in the history: moves with their reasons, prices, progress, and how it ended."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.route_orders import UNCHANGED, RouteReport, route_orders
from fulfillment.flows.stop_plan import stop_plan
from fulfillment.flows.try_plan import try_plan
from fulfillment.orders.kinds import OnShortage, RoutePlanState
from fulfillment.orders.route_plans import NewPrice, begin_plan, replace_prices
from fulfillment.reads.routing_rows import RoutingRows
from fulfillment.routing.apart import Ending, Planned, plan_here
from fulfillment.routing.plan import Progress, ScarceRow
from fulfillment.routing.problem import Problem
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction, read_only
from tests.flows.orders import HOME, POLICY, order_of
from tests.flows.test_route_orders import BOSTON, build_halls, places, zones_and_rates
from tests.warehouse.halls import ANA, stock

T = TypeVar("T")
MINUTE_AGO = "UPDATE route_plan SET beat_at = now() - interval '61 seconds'"


@pytest.fixture
def halls(in_transaction: InTransaction) -> dict[str, Any]:
    def build(session: Session) -> dict[str, Any]:
        bins = build_halls(session)
        zones_and_rates(session)
        return bins

    return in_transaction(build)


@dataclass(frozen=True)
class TwoHalls:
    """Two warehouses, and what is done there."""

    engine: Engine
    in_transaction: InTransaction
    bins: dict[str, Any]

    def route(self, **wishes: Any) -> RouteReport:  # noqa: ANN401 - whatever a run takes
        """One run, planned in this process."""
        terms = {"trigger": "test", "actor": ANA, "time_limit_s": 10, "planner": plan_here}
        return route_orders(self.in_transaction, self.snapshot, **{**terms, **wishes})

    def snapshot(self, work: Callable[[Session], T]) -> T:
        """Reads of one moment."""
        return read_only(self.engine, work)

    def accept(self, *lines: tuple[str, int], **wishes: Any) -> uuid.UUID:  # noqa: ANN401 - as `order_of`
        """An order is accepted."""
        request = order_of(*lines, **wishes)
        return self.in_transaction(partial(accept_order, request=request, actor=ANA, policy=POLICY)).order_id

    def put(self, code: str, sku: str, qty: int) -> None:
        """Units come in."""
        self.in_transaction(lambda session: stock(session, self.bins[code], sku, qty))

    def ask(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""

        def work(session: Session) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in session.connection().execute(sa.text(query), values)]

        return self.in_transaction(work)

    def do(self, statement: str) -> None:
        """A statement is carried out."""
        self.in_transaction(lambda session: session.connection().execute(sa.text(statement)))

    def places(self) -> list[tuple[str, str | None, str, int]]:
        """Where every order stands."""
        return self.in_transaction(places)


@pytest.fixture
def day(engine: Engine, in_transaction: InTransaction, halls: dict[str, Any]) -> TwoHalls:
    return TwoHalls(engine, in_transaction, halls)


MOVES = """
    SELECT o.source_ref, m.outcome, m.reason, m.from_parts, m.to_parts, m.detail, m.saved_minor
    FROM route_move m JOIN customer_order o ON o.id = m.order_id ORDER BY 1
"""


def part(warehouse: str | None, **units: int) -> dict[str, Any]:
    return {"warehouse": warehouse, "units": [{"sku": sku, "qty": qty} for sku, qty in units.items()]}


def test_a_swap_is_told_with_what_each_order_saves(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.accept(("TEA", 1), ref="B", ship_to=BOSTON)
    day.put("BOS", "TEA", 1)
    day.accept(("TEA", 1), ref="C", ship_to=HOME)

    report = day.route()

    first, second = day.ask(MOVES)
    assert first[:5] == ("B", "applied", "cheaper", [part("CHI", TEA=1)], [part("BOS", TEA=1)])
    assert second[:5] == ("C", "applied", "cheaper", [part("BOS", TEA=1)], [part("CHI", TEA=1)])
    assert first[6] + second[6] == report.cost_before_minor - report.cost_after_minor
    assert (report.before.parcels, report.after.parcels) == (2, 2)
    assert report.after.cost_per_parcel == report.cost_after_minor / 2
    assert report.gap == 0


def test_an_order_that_makes_room_names_the_row_it_frees(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.accept(("TEA", 1), ref="C", ship_to=HOME)
    day.put("BOS", "TEA", 1)
    day.accept(("TEA", 1), ref="P", ship_to=HOME, pinned_warehouse_code="CHI")
    assert day.ask("SELECT count(*) FROM fulfillment_order WHERE state = 'backordered'") == [(1,)]

    day.route()

    moved, pinned = day.ask(MOVES)
    assert moved[:3] == ("C", "applied", "makes_room")
    assert (moved[5]["warehouse"], moved[5]["sku"]) == ("CHI", "TEA")
    assert moved[6] < 0
    assert pinned[:5] == ("P", "applied", "found", [part(None, TEA=1)], [part("CHI", TEA=1)])


def test_what_stands_where_it_can_no_longer_be_sent_is_moved_though_it_costs_more(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.put("BOS", "TEA", 1)
    day.accept(("TEA", 1), ref="C", ship_to=HOME)
    day.do("UPDATE warehouse SET is_active = false WHERE code = 'CHI'")

    report = day.route()

    [moved] = day.ask(MOVES)
    assert moved[:3] == ("C", "applied", "unavailable")
    assert moved[5] == {"warehouse": "CHI"}
    assert report.cost_after_minor > report.cost_before_minor
    assert day.places() == [("C", "BOS", "promised", 1)]


def test_two_parcels_that_become_one_are_told_so(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.put("BOS", "OIL", 1)
    day.accept(("TEA", 1), ("OIL", 1), ref="C", ship_to=HOME, on_shortage=OnShortage.SPLIT)
    day.put("CHI", "OIL", 1)

    report = day.route()

    [moved] = day.ask(MOVES)
    assert moved[:3] == ("C", "applied", "fewer_parcels")
    assert (report.before.split_share, report.after.split_share) == (1.0, 0.0)
    assert moved[3:5] == ([part("BOS", OIL=1), part("CHI", TEA=1)], [part("CHI", OIL=1, TEA=1)])


SCARCE = (
    ScarceRow("CHI", "TEA", 0, price_minor=399.6, used=3, available=3),
    ScarceRow("BOS", None, 0, price_minor=0.7, used=9, available=9),
    ScarceRow("BOS", "TEA", 0, price_minor=0.4, used=1, available=1),
)


def plan_scarcely(problem: Problem, **terms: Any) -> Planned:  # noqa: ANN401 - as a planner takes them
    planned = plan_here(problem, **terms)
    assert planned.plan is not None
    return replace(planned, plan=replace(planned.plan, scarce=SCARCE))


def test_scarce_rows_are_priced_in_whole_units_and_replaced_by_the_next_plan(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 3)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)

    first = day.route(planner=plan_scarcely)

    assert day.ask(
        "SELECT warehouse_code, sku, shelf_class, price_minor, used, available FROM row_price"
    ) == [
        ("CHI", "TEA", 0, 400, 3, 3),
        ("BOS", "", 0, 1, 9, 9),
    ]
    assert day.ask("SELECT DISTINCT plan_id FROM row_price") == [(first.plan_id,)]
    day.route()
    assert day.ask("SELECT * FROM row_price") == []


def test_prices_of_a_plan_begun_later_are_kept(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)
    old = uuid.uuid4()
    day.in_transaction(
        lambda session: begin_plan(session, plan_id=old, trigger="old", orders=1, now=read_now(session))
    )
    day.route()

    price = NewPrice("CHI", "TEA", 0, price_minor=9, used=1, available=1)

    assert day.in_transaction(partial(replace_prices, plan_id=old, prices=[price])) is False


class Stubborn:
    """Plans in this process and, after its first word, does something to the run."""

    def __init__(self, deed: Callable[[], object], *, ends: bool = True) -> None:
        self.deed = deed
        self.ends = ends

    def __call__(
        self,
        problem: Problem,
        *,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        **terms: Any,  # noqa: ANN401 - as a planner takes them
    ) -> Planned:
        assert not should_stop()

        on_progress(Progress("prices", 3.0, 120, 100))
        self.deed()
        planned = plan_here(problem, **terms)
        return planned if self.ends else replace(planned, plan=None, ending=Ending.CRASHED)


def test_progress_is_written_while_the_planner_runs(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)
    seen: list[tuple[Any, ...]] = []

    day.route(planner=Stubborn(lambda: seen.extend(day.ask("SELECT state, progress FROM route_plan"))))

    [(state, progress)] = seen
    assert state == "running"
    assert progress["stage"] == "prices"
    assert (progress["cost_minor"], progress["bound_minor"], progress["share"]) == (120, 100, 0.3)


def test_a_run_that_is_told_to_stop_moves_nothing_and_is_cancelled(day: TwoHalls) -> None:
    day.accept(("TEA", 1), ref="A", ship_to=HOME, on_shortage=OnShortage.BACKORDER)
    day.put("CHI", "TEA", 1)

    def stop() -> None:
        [(plan_id,)] = day.ask("SELECT id FROM route_plan")
        assert day.in_transaction(partial(stop_plan, plan_id=plan_id, actor=ANA)) is True
        assert day.in_transaction(partial(stop_plan, plan_id=plan_id, actor=ANA)) is False

    report = day.route(planner=Stubborn(stop))

    assert report.state is RoutePlanState.CANCELLED
    assert day.ask("SELECT state, moved FROM route_plan") == [("cancelled", 0)]
    assert day.places() == [("A", None, "backordered", 1)]
    assert day.ask("SELECT count(*) FROM route_move") == [(0,)]
    assert day.ask("SELECT count(*) FROM audit_entry WHERE deed = 'route.stopped'") == [(1,)]


def test_a_run_stopped_by_its_caller_is_cancelled(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)

    report = day.route(should_stop=lambda: True)

    assert (report.state, report.moved) == (RoutePlanState.CANCELLED, 0)
    assert day.ask("SELECT state FROM route_plan") == [("cancelled",)]


def test_what_has_ended_or_never_began_cannot_be_stopped(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)
    report = day.route()

    assert report.plan_id is not None
    with pytest.raises(ConflictError, match="is applied; only a running plan"):
        day.in_transaction(partial(stop_plan, plan_id=report.plan_id, actor=ANA))
    with pytest.raises(NotFoundError):
        day.in_transaction(partial(stop_plan, plan_id=uuid.uuid4(), actor=ANA))


def test_a_planner_that_gives_no_plan_leaves_every_promise(day: TwoHalls) -> None:
    day.put("BOS", "TEA", 1)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)
    day.put("CHI", "TEA", 1)

    report = day.route(planner=Stubborn(lambda: None, ends=False))

    assert report.state is RoutePlanState.FAILED
    assert "every order keeps its promise" in report.note
    assert day.ask("SELECT state, report->>'note' FROM route_plan") == [("failed", report.note)]
    assert day.places() == [("A", "BOS", "promised", 1)]


def test_a_plan_whose_worker_died_has_failed_once_the_next_run_begins(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)
    dead, alive = uuid.uuid4(), uuid.uuid4()
    begin = partial(begin_plan, trigger="x", orders=1, now=day.in_transaction(read_now))
    day.in_transaction(partial(begin, plan_id=dead))
    day.do(MINUTE_AGO)
    day.in_transaction(partial(begin, plan_id=alive))

    day.route()

    states = dict(day.ask("SELECT id, state FROM route_plan"))
    assert (states[dead], states[alive]) == ("failed", "running")
    [(note,)] = day.ask("SELECT report->>'note' FROM route_plan WHERE id = :dead", dead=dead)
    assert "The worker that made this plan died" in note


def test_a_plan_that_was_carried_out_is_not_made_again_until_something_else_happens(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.accept(("TEA", 1), ref="B", ship_to=BOSTON)
    day.put("BOS", "TEA", 1)
    day.accept(("TEA", 1), ref="C", ship_to=HOME)
    assert day.route(only_if_changed=True).moved == 2

    quiet = day.route(only_if_changed=True)
    day.put("CHI", "TEA", 1)
    changed = day.route(only_if_changed=True)
    day.accept(("TEA", 1), ref="D", ship_to=HOME)
    more = day.route(only_if_changed=True)

    assert (quiet.plan_id, quiet.state, quiet.note) == (None, None, UNCHANGED)
    assert [changed.state, more.state] == [RoutePlanState.APPLIED] * 2
    assert day.ask("SELECT count(*) FROM route_plan") == [(3,)]


def close_chicago(_: Session, rows: RoutingRows, now: datetime) -> RoutingRows:
    assert now.tzinfo is not None
    return replace(
        rows, warehouses=[replace(row, is_open=row.is_open and row.code != "CHI") for row in rows.warehouses]
    )


def test_a_trial_says_what_would_move_and_moves_nothing(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.put("BOS", "TEA", 1)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)
    changes = [{"kind": "close", "warehouse": "CHI"}]

    report = try_plan(
        day.in_transaction,
        day.snapshot,
        trigger="what_if",
        time_limit_s=10,
        changes=changes,
        alter=close_chicago,
        planner=plan_here,
    )

    assert (report.state, report.moved) == (RoutePlanState.TRIED, 1)
    assert report.cost_after_minor > report.cost_before_minor
    found = day.ask("SELECT state, is_trial, changes, moved FROM route_plan")
    assert found == [("tried", True, changes, 1)]
    [move] = day.ask(MOVES)
    assert move[:3] == ("A", "proposed", "unavailable")
    assert day.places() == [("A", "CHI", "promised", 1)]
    assert day.ask("SELECT count(*) FROM row_price") == [(0,)]


def test_a_trial_of_rows_that_make_no_problem_has_failed_with_the_sentence(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)

    def spoil(_: Session, rows: RoutingRows, now: datetime) -> RoutingRows:
        return replace(rows, stock=[replace(row, qty=-3) for row in rows.stock])

    with pytest.raises(InvalidInputError, match="TEA"):
        try_plan(day.in_transaction, day.snapshot, trigger="what_if", time_limit_s=10, alter=spoil)

    [(state, note)] = day.ask("SELECT state, report->>'note' FROM route_plan")
    assert state == "failed"
    assert "TEA" in note


def test_the_rules_of_others_are_run_on_the_same_problem(day: TwoHalls) -> None:
    day.put("CHI", "TEA", 1)
    day.put("BOS", "TEA", 1)
    day.accept(("TEA", 1), ref="A", ship_to=HOME)

    report = day.route(is_dry_run=True, has_peers=True)

    assert report.peers["nearest_complete"] == {"cost_ratio": 1.0, "split_share": 0.0, "unfilled_share": 0.0}
    assert len(report.peers) == 11
