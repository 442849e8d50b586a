import uuid
from collections.abc import Callable, Sequence
from datetime import time
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.flows.ask_trial import answer_trial, ask_trial
from fulfillment.flows.planning_day import read_snapshot
from fulfillment.flows.what_if import MOST_CHANGES, Change, ChangeKind, change_rows, check_changes
from fulfillment.reads.routing_rows import RoutingRows
from fulfillment.routing.apart import plan_here
from fulfillment.store.session import InTransaction, read_only
from tests.warehouse.halls import ANA
from tests.web.desk_stories import one, open_house, place

CLOSE = Change(ChangeKind.CLOSE, "CHI")


@pytest.fixture
def waiting(in_transaction: InTransaction) -> uuid.UUID:
    """An order of 103 SOAP where CHI has 100."""
    in_transaction(open_house)
    return place(in_transaction, ("SOAP", 103))


def changed(engine: Engine, *changes: Change) -> tuple[RoutingRows, RoutingRows]:
    """The rows as they are, and after the changes."""

    def look(session: Session) -> tuple[RoutingRows, RoutingRows]:
        seen = read_snapshot(session)
        return seen.rows, change_rows(session, seen.rows, seen.now, changes=changes)

    return read_only(engine, look)


def answered(
    engine: Engine, in_transaction: InTransaction, changes: Sequence[Change]
) -> tuple[uuid.UUID, dict[str, Any]]:
    """A trial that was asked for and answered: its id and its report."""
    plan_id = in_transaction(lambda session: ask_trial(session, changes=changes, actor=ANA))
    payload = one(engine, "SELECT payload FROM job WHERE key = :key", key=str(plan_id))
    answer_trial(in_transaction, snapshot(engine), payload=payload, planner=plan_here)
    return plan_id, one(engine, "SELECT report FROM route_plan WHERE id = :id", id=plan_id)


def snapshot(engine: Engine) -> InTransaction:
    def run(work: Callable[[Session], Any]) -> Any:  # noqa: ANN401 - what the work reads
        return read_only(engine, work)

    return run


def test_a_change_survives_its_way_through_the_job() -> None:
    changes = [
        CLOSE,
        Change(ChangeKind.OPEN, "CHI"),
        Change(ChangeKind.ADD_STOCK, "CHI", "SOAP", 3),
        Change(ChangeKind.CAPACITY, "CHI", qty=0),
        Change(ChangeKind.CUTOFF, "CHI", at=time(15, 30)),
    ]

    assert [Change.from_json(change.as_json()) for change in changes] == changes
    assert changes[2].as_json() == {"kind": "add_stock", "warehouse": "CHI", "sku": "SOAP", "qty": 3}


@pytest.mark.usefixtures("waiting")
def test_each_change_alters_its_rows_and_no_others(engine: Engine) -> None:
    before, after = changed(
        engine,
        CLOSE,
        Change(ChangeKind.ADD_STOCK, "CHI", "SOAP", 3),
        Change(ChangeKind.CAPACITY, "CHI", qty=7),
    )

    hall = after.warehouses[0]
    assert (hall.code, hall.is_open, hall.capacity) == ("CHI", False, 7)
    assert before.warehouses[0].is_open
    assert sum(row.qty for row in after.stock) == sum(row.qty for row in before.stock) + 3
    assert (after.orders, after.products, after.zones, after.rates) == (
        before.orders,
        before.products,
        before.zones,
        before.rates,
    )


@pytest.mark.usefixtures("waiting")
def test_stock_nobody_waits_for_changes_nothing(engine: Engine) -> None:
    before, after = changed(engine, Change(ChangeKind.ADD_STOCK, "CHI", "PILLS", 9))

    assert after.stock == before.stock


@pytest.mark.usefixtures("waiting")
def test_a_cut_off_on_the_other_side_of_now_wins_or_loses_a_day(engine: Engine) -> None:
    def days(at: time, cutoff: time) -> int:
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE warehouse SET cutoff_at = :at"), {"at": cutoff})
        return changed(engine, Change(ChangeKind.CUTOFF, "CHI", at=at))[1].warehouses[0].ready_days

    first, last = time(0, 0), time(23, 59, 59)

    assert days(at=last, cutoff=first) < days(at=first, cutoff=first)
    assert days(at=last, cutoff=last) < days(at=first, cutoff=last)


def test_more_stock_would_end_the_wait_and_no_order_is_touched(
    engine: Engine, in_transaction: InTransaction, waiting: uuid.UUID
) -> None:
    before = one(engine, "SELECT json_agg(f ORDER BY id)::text FROM fulfillment_order f")

    plan_id, report = answered(engine, in_transaction, [Change(ChangeKind.ADD_STOCK, "CHI", "SOAP", 3)])

    assert report["costs"]["before"]["lines_waiting"] == 1
    assert report["costs"]["after"]["lines_waiting"] == 0
    assert one(engine, "SELECT state FROM route_plan WHERE id = :id", id=plan_id) == "tried"
    assert one(engine, "SELECT outcome FROM route_move WHERE order_id = :id", id=waiting) == "proposed"
    assert one(engine, "SELECT json_agg(f ORDER BY id)::text FROM fulfillment_order f") == before
    assert one(engine, "SELECT count(*) FROM row_price") == 0


@pytest.mark.usefixtures("waiting")
def test_a_closed_warehouse_leaves_its_orders_waiting(engine: Engine, in_transaction: InTransaction) -> None:
    _plan_id, report = answered(engine, in_transaction, [CLOSE])

    assert report["costs"]["before"]["parcels"] == 1
    assert report["costs"]["after"]["parcels"] == 0
    assert {row["reason"] for row in report["waiting"]} == {"barred"}
    assert report["map"]["warehouses"][0]["is_open"] is False


@pytest.mark.usefixtures("waiting")
def test_everything_wrong_with_the_changes_is_said_at_once(in_transaction: InTransaction) -> None:
    changes = [
        Change(ChangeKind.CLOSE, "MARS"),
        Change(ChangeKind.OPEN, "CHI"),
        Change(ChangeKind.ADD_STOCK, "CHI", "NOPE", 0),
        Change(ChangeKind.ADD_STOCK, "CHI", "SET", 1),
        Change(ChangeKind.CAPACITY, "CHI", qty=-1),
        Change(ChangeKind.CUTOFF, "CHI"),
    ]

    with pytest.raises(InvalidInputError) as refused:
        in_transaction(lambda session: ask_trial(session, changes=changes, actor=ANA))

    errors = cast("list[dict[str, str]]", refused.value.detail["errors"])
    assert [(each["pointer"], each["message"]) for each in errors] == [
        ("/changes/0/warehouse", "There is no warehouse 'MARS'. The warehouses are CHI."),
        ("/changes/1/warehouse", "CHI is open already."),
        ("/changes/2/sku", "There is no product 'NOPE'. Check the SKU."),
        ("/changes/2/qty", "Units must be a whole number from 1 to 1,000,000."),
        ("/changes/3/sku", "SET is a kit and has no stock. Add its parts."),
        ("/changes/4/qty", "Parcels must be a whole number from 0 to 1,000,000."),
        ("/changes/5/at", "A cut-off is a local time such as 15:30."),
    ]


@pytest.mark.usefixtures("waiting")
def test_a_warehouse_that_is_closed_can_be_tried_open_and_not_closed_again(
    engine: Engine, in_transaction: InTransaction
) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE warehouse SET is_active = false"))

    in_transaction(lambda session: check_changes(session, changes=[Change(ChangeKind.OPEN, "CHI")]))

    assert changed(engine, Change(ChangeKind.OPEN, "CHI"))[1].warehouses[0].is_open
    with pytest.raises(InvalidInputError, match="CHI is closed already"):
        in_transaction(lambda session: check_changes(session, changes=[CLOSE]))


def test_more_changes_than_anybody_means_are_refused(in_transaction: InTransaction) -> None:
    with pytest.raises(InvalidInputError, match=f"at most {MOST_CHANGES}"):
        in_transaction(lambda session: check_changes(session, changes=[CLOSE] * (MOST_CHANGES + 1)))


@pytest.mark.usefixtures("waiting")
def test_a_trial_whose_worker_died_is_not_answered_twice(
    engine: Engine, in_transaction: InTransaction
) -> None:
    plan_id, _report = answered(engine, in_transaction, [])
    payload = one(engine, "SELECT payload FROM job WHERE key = :key", key=str(plan_id))

    again = answer_trial(in_transaction, snapshot(engine), payload=payload, planner=plan_here)

    assert again is None
    assert one(engine, "SELECT count(*) FROM route_plan") == 1


@pytest.mark.usefixtures("waiting")
def test_a_trial_is_in_the_audit_trail_with_its_changes(
    engine: Engine, in_transaction: InTransaction
) -> None:
    in_transaction(lambda session: ask_trial(session, changes=[CLOSE], actor=ANA))

    assert one(engine, "SELECT detail FROM audit_entry WHERE deed = 'route.trial_asked'") == {
        "changes": [{"kind": "close", "warehouse": "CHI"}]
    }
