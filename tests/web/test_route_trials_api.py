from collections.abc import Callable

from sqlalchemy.engine import Engine

from fulfillment.flows.ask_trial import answer_trial
from fulfillment.routing.apart import plan_here
from fulfillment.store.session import InTransaction, read_only
from tests.web.desk_stories import one, open_house, place
from tests.web.visitors import Program, body

PATH = "/api/v1/route/trials"


def test_a_program_tries_a_closed_warehouse_and_reads_what_it_would_cost(
    engine: Engine, in_transaction: InTransaction, program: Callable[..., Program]
) -> None:
    in_transaction(open_house)
    place(in_transaction, ("SOAP", 3))
    shop = program("waves:write", "orders:read")
    changes = [{"kind": "close", "warehouse": "CHI"}, {"kind": "cutoff", "warehouse": "CHI", "at": "15:30"}]

    asked = shop.call("POST", PATH, key="trial-0001", json={"changes": changes})
    again = shop.call("POST", PATH, key="trial-0001", json={"changes": changes})
    plan_id = body(asked)["plan_id"]
    payload = one(engine, "SELECT payload FROM job WHERE kind = 'try_route'")
    answer_trial(in_transaction, lambda work: read_only(engine, work), payload=payload, planner=plan_here)
    answer = body(shop.call("GET", f"/api/v1/route/plans/{plan_id}"))

    assert (asked.status_code, again.status_code) == (202, 202)
    assert body(again) == body(asked)
    assert (answer["state"], answer["is_trial"]) == ("tried", True)
    assert answer["report"]["costs"]["after"]["lines_waiting"] == 1
    assert answer["report"]["waiting"][0]["bars"] == {"closed": ["CHI"]}
    assert one(engine, "SELECT changes FROM route_plan") == [
        {"kind": "close", "warehouse": "CHI"},
        {"kind": "cutoff", "warehouse": "CHI", "at": "15:30"},
    ]
    assert one(engine, "SELECT is_active FROM warehouse") is True


def test_a_change_that_cannot_be_tried_is_refused_with_its_place(
    in_transaction: InTransaction, program: Callable[..., Program]
) -> None:
    in_transaction(open_house)
    shop = program("waves:write")
    change = {"kind": "add_stock", "warehouse": "MARS", "sku": "NOPE", "qty": 1}

    answer = shop.call("POST", PATH, json={"changes": [change]})
    broken = [
        shop.call("POST", PATH, json={"changes": [each]}).status_code
        for each in (
            {"kind": "burn", "warehouse": "CHI"},
            {"kind": "close", "warehouse": "CHI", "qty": 3},
            {"kind": "add_stock", "warehouse": "CHI", "qty": 3},
            {"kind": "cutoff", "warehouse": "CHI", "at": "15:30+02:00"},
            {"kind": "cutoff", "warehouse": "CHI"},
        )
    ]

    assert answer.status_code == 422
    assert broken == [422] * 5
    assert [each["pointer"] for each in body(answer)["context"]["errors"]] == [
        "/changes/0/warehouse",
        "/changes/0/sku",
    ]


def test_a_program_without_the_scope_tries_nothing(program: Callable[..., Program]) -> None:
    assert program("orders:read").call("POST", PATH, json={"changes": []}).status_code == 403
