from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from fulfillment.routing.plan import Reason
from fulfillment.web.plan_words import (
    gap_share,
    tell_change,
    tell_gap,
    tell_move,
    tell_parts,
    tell_proof,
    tell_so_far,
    tell_stage,
    tell_trigger,
    tell_wait,
    tell_way_out,
)


@pytest.fixture(autouse=True)
def reader(app: Flask) -> Iterator[None]:
    """Somebody reads."""
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("cost", "bound", "words"),
    [
        (100, 100, "Proven to be the cheapest possible."),
        (1_010, 1_000, "Proven to be at most 1.0% above the cheapest possible."),
        (100_001, 100_000, "Proven to be less than 0.1% above the cheapest possible."),
        (100, 0, "Nothing is proven about a cheaper plan."),
    ],
)
def test_a_gap_is_a_sentence(cost: int, bound: int, words: str) -> None:
    assert tell_gap(cost, bound) == words


def test_where_the_proof_is_lost_in_what_waits_it_is_told_with_what_waits_counted_in() -> None:
    report = {"history": [[0.1, 4_000, 1_000], [2.0, 2_040, 2_000]]}

    assert gap_share(40, 0, report) == pytest.approx(0.02)
    assert "proven to be at most 2.0% above the best possible" in tell_proof(40, 0, report)
    assert tell_proof(40, 0, {"history": [[2.0, 2_000, 2_000]]}) == "Proven to be the cheapest possible."
    assert tell_proof(40, 0, {}) == "Nothing is proven about a cheaper plan."
    assert gap_share(40, 0, {"history": [[2.0, 2_000, 0]]}) is None
    assert tell_proof(1_010, 1_000, report) == "Proven to be at most 1.0% above the cheapest possible."


def test_the_best_plan_so_far_says_how_good_it_is() -> None:
    assert "at most 10.0% above" in tell_so_far({"cost_minor": 110, "bound_minor": 100})
    assert "nothing is proven" in tell_so_far({"cost_minor": 110, "bound_minor": 0})
    assert "proven to be the best possible" in tell_so_far({"cost_minor": 100, "bound_minor": 100})


def test_stages_and_triggers_are_words_and_new_ones_are_readable() -> None:
    assert tell_stage("turn 3") == "Improving, round 3"
    assert tell_stage("linear") == "The linear program"
    assert tell_stage("some_new step") == "Some new step"
    assert tell_trigger("stock_lost") == "because stock was lost"
    assert tell_trigger("some_new") == "some new"


@pytest.mark.parametrize(
    ("reason", "detail", "words"),
    [
        ("unavailable", {"warehouse": "RNO"}, "RNO can no longer send it."),
        ("unavailable", {"warehouse": "RNO", "sku": "TEA"}, "RNO no longer has enough of TEA."),
        ("makes_room", {"warehouse": "RNO"}, "It makes room at RNO for orders that gain more."),
        ("cheaper", {}, "It costs less to send from there."),
        ("a_new_reason", {}, "A new reason"),
    ],
)
def test_a_move_says_why(reason: str, detail: dict[str, Any], words: str) -> None:
    assert tell_move(reason, detail) == words


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"reason": "short", "skus": ["TEA", "OIL"]}, "Receive more of TEA, OIL."),
        (
            {"reason": "capacity", "warehouses": ["RNO"]},
            "Raise today's parcels of RNO, or let it leave tomorrow.",
        ),
        ({"reason": "barred", "bars": {"closed": ["RNO"]}}, "Open RNO again."),
        (
            {"reason": "barred", "bars": {"no_zone": ["RNO"], "banned": ["BOS"]}},
            (
                "No rate reaches the place from RNO; add a zone or a rate card. "
                "A ban forbids it from BOS; change the ban, or cancel the line."
            ),
        ),
        ({"reason": "short"}, "Receive more of it."),
        ({"reason": "a_new_reason"}, ""),
    ],
)
def test_each_wait_has_a_way_out(row: dict[str, Any], words: str) -> None:
    assert tell_way_out(row) == words


def test_every_reason_of_the_planner_has_words() -> None:
    assert all(tell_wait(reason.value) != reason.value.capitalize() for reason in Reason)
    assert tell_wait("a_new_reason") == "A new reason"


def test_changes_and_parts_are_told() -> None:
    assert tell_change({"kind": "capacity", "warehouse": "RNO", "qty": 1_500}) == (
        "RNO can still send 1,500 parcels today."
    )
    assert tell_change({"kind": "cutoff", "warehouse": "RNO", "at": "15:30"}) == (
        "The cut-off of RNO is at 15:30."
    )
    assert tell_parts([{"warehouse": "RNO"}, {"warehouse": None}]) == "RNO + waiting"
    assert tell_parts([]) == "waiting"
