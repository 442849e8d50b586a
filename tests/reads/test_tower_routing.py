import uuid
from typing import Any

from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.orders.kinds import RouteMoveOutcome
from fulfillment.orders.route_plans import NewMove, begin_plan, write_moves
from fulfillment.reads import tower_routing
from fulfillment.reads.tower_routing import MoveFilter, count_moves, every_move, is_planner_called, list_moves
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from tests.web.desk_stories import open_house, place

Part = dict[str, Any]
CHI: Part = {"warehouse": "CHI", "units": []}
BOS: Part = {"warehouse": "BOS", "units": []}
NOWHERE: Part = {"warehouse": None, "units": []}


def a_plan(in_transaction: InTransaction) -> uuid.UUID:
    plan_id = new_id()
    in_transaction(
        lambda session: begin_plan(session, plan_id=plan_id, trigger="test", orders=4, now=read_now(session))
    )
    return plan_id


def with_moves(in_transaction: InTransaction) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """A plan of four moves: saved 5, 9, 9, and one of 50 that makes its order wait."""
    in_transaction(open_house)
    plan_id = a_plan(in_transaction)
    orders = [place(in_transaction, ("SOAP", 1), ref=str(ref)) for ref in range(4)]
    given = [(5, CHI, BOS), (9, CHI, BOS), (9, NOWHERE, CHI), (50, CHI, NOWHERE)]
    moves = [
        NewMove(order_id, RouteMoveOutcome.APPLIED, [origin], [target], saved, "cheaper", {})
        for order_id, (saved, origin, target) in zip(orders, given, strict=True)
    ]
    moves[0] = NewMove(orders[0], RouteMoveOutcome.SKIPPED, [CHI], [BOS], 5, "cheaper", {})
    in_transaction(lambda session: write_moves(session, plan_id=plan_id, moves=moves))
    return plan_id, orders


def test_what_saves_most_comes_first_and_what_has_to_wait_last_on_every_page(
    in_transaction: InTransaction,
) -> None:
    plan_id, orders = with_moves(in_transaction)

    def pages(session: Session) -> list[uuid.UUID]:
        found: list[uuid.UUID] = []
        after = None
        while rows := list_moves(session, plan_id=plan_id, wanted=MoveFilter(), limit=1, after=after):
            found.append(rows[0].order_id)
            after = (rows[0].makes_wait, rows[0].saved_minor, rows[0].id)
        return found

    assert in_transaction(pages) == [orders[1], orders[2], orders[0], orders[3]]


def test_moves_are_found_by_outcome_warehouse_and_number(in_transaction: InTransaction) -> None:
    plan_id, orders = with_moves(in_transaction)

    def find(**wanted: object) -> list[uuid.UUID]:
        return in_transaction(
            lambda session: [
                row.order_id
                for row in list_moves(session, plan_id=plan_id, wanted=MoveFilter(**wanted), limit=9)  # type: ignore[arg-type]  # by name
            ]
        )

    numbers = in_transaction(
        lambda session: tower_routing.find_order_numbers(session, order_ids=[str(orders[2])])
    )
    assert find(outcome=RouteMoveOutcome.SKIPPED) == [orders[0]]
    assert find(warehouse="BOS") == [orders[1], orders[0]]
    assert find(number=numbers[str(orders[2])]) == [orders[2]]
    assert find(number="%") == []


def test_all_moves_of_a_plan_and_of_no_other(in_transaction: InTransaction) -> None:
    plan_id, orders = with_moves(in_transaction)
    other = a_plan(in_transaction)

    def look(session: Session) -> tuple[int, int, dict[RouteMoveOutcome, int]]:
        mine = list(every_move(session, plan_id=plan_id))
        return len(mine), len(list(every_move(session, plan_id=other))), count_moves(session, plan_id=plan_id)

    counts = {RouteMoveOutcome.PROPOSED: 0, RouteMoveOutcome.APPLIED: 3, RouteMoveOutcome.SKIPPED: 1}
    assert in_transaction(look) == (len(orders), 0, counts)


def test_the_planner_is_called_while_a_plan_runs(in_transaction: InTransaction) -> None:
    before = in_transaction(is_planner_called)
    a_plan(in_transaction)

    assert (before, in_transaction(is_planner_called)) == (False, True)
