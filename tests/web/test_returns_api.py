# ruff: noqa: ANN401 - answers are JSON
"""Returns, inspections, refunds, disputes and volume by API, as a program uses them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from fulfillment.store.session import InTransaction
from tests.flows.goods_back import Sent, send, set_up
from tests.web.visitors import Program

SCOPES = (
    "orders:read", "orders:write", "returns:read", "returns:write", "receipts:write", "inspections:write",
    "refunds:read", "refunds:propose", "refunds:approve", "reports:read", "periods:close",
)  # fmt: skip
MakeProgram = Callable[..., Program]


@pytest.fixture
def sent(in_transaction: InTransaction) -> Sent:
    def prepare(session: Session) -> Sent:
        set_up(session)
        return send(session, ("SOAP", 3), ("PILLS", 1))

    return in_transaction(prepare)


@pytest.fixture
def desk(program: MakeProgram) -> Program:
    return program(*SCOPES)


def post(
    program: Program, path: str, body: dict[str, Any] | None = None, status: int = 201, **given: Any
) -> Any:
    answer = program.call("POST", f"/api/v1/{path}", json=body or {}, **given)
    assert answer.status_code == status, answer.text
    return answer.json


def get(program: Program, path: str, status: int = 200) -> Any:
    answer = program.call("GET", f"/api/v1/{path}")
    assert answer.status_code == status, answer.text
    return answer.json


def ask(program: Program, sent: Sent, **units: int) -> dict[str, Any]:
    lines = [{"order_line_id": str(sent.lines[sku]), "units": qty} for sku, qty in units.items()]
    asked: dict[str, Any] = post(
        program, "returns", {"order_id": str(sent.order_id), "reason": "unwanted", "lines": lines}
    )
    return asked


def bring_back(program: Program, asked: dict[str, Any], *, disposition: str = "restock") -> None:
    for line in asked["lines"]:
        scan = {"scan_id": str(uuid.uuid4()), "sku": line["sku"], "qty": line["qty_requested"]}
        post(program, f"returns/{asked['id']}/receipts", scan)
        post(
            program,
            "inspections",
            {
                "return_id": asked["id"],
                "return_line_id": line["id"],
                "qty": line["qty_requested"],
                "grade": "sealed",
                "disposition": disposition,
            },
        )


def test_a_return_goes_its_whole_way_by_api(desk: Program, sent: Sent) -> None:
    asked = ask(desk, sent, SOAP=2)
    bring_back(desk, asked)
    (refund,) = get(desk, f"refunds?return_id={asked['id']}")["items"]
    approved = post(desk, f"refunds/{refund['id']}/approve", status=200)

    found = get(desk, f"returns/{asked['id']}")
    assert (asked["state"], found["state"]) == ("authorized", "decided")
    assert found["lines"][0]["qty_inspected"] == 2
    assert [row["grade"] for row in found["inspections"]] == ["sealed"]
    assert (refund["state"], approved["state"]) == ("proposed", "approved")
    assert [(part["provider"], part["amount_minor"], part["state"]) for part in approved["parts"]] == [
        ("sandbox", 2_000, "pending")
    ]
    assert [row["id"] for row in get(desk, f"inspections?return_id={asked['id']}")["items"]] == [
        row["id"] for row in found["inspections"]
    ]


def test_a_repeated_request_gets_its_first_answer_and_asks_for_nothing_twice(
    desk: Program, sent: Sent
) -> None:
    body = {
        "order_id": str(sent.order_id),
        "reason": "unwanted",
        "lines": [{"order_line_id": str(sent.lines["SOAP"]), "units": 3}],
    }

    first, second = (post(desk, "returns", body, key="the-same-key") for _ in range(2))

    assert first == second
    assert len(get(desk, "returns")["items"]) == 1


def test_what_can_come_back_is_listed_line_by_line(desk: Program, sent: Sent) -> None:
    ask(desk, sent, SOAP=1)

    lines = get(desk, f"orders/{sent.order_id}/returnable")["items"]

    assert [(line["sku"], line["shipped"], line["in_returns"], line["returnable"]) for line in lines] == [
        ("SOAP", 3, 1, 2),
        ("PILLS", 1, 0, 1),
    ]
    assert get(desk, f"orders/{uuid.uuid4()}/returnable", 404)["code"] == "not-found"


def test_too_many_units_are_refused_in_words(desk: Program, sent: Sent) -> None:
    body = {
        "order_id": str(sent.order_id),
        "reason": "unwanted",
        "lines": [{"order_line_id": str(sent.lines["SOAP"]), "units": 4}],
    }

    problem = post(desk, "returns", body, 409)

    assert problem["context"] == {"sku": "SOAP", "returnable": 3}


def test_lists_go_on_page_by_page(desk: Program, sent: Sent) -> None:
    numbers = [ask(desk, sent, SOAP=1)["number"] for _ in range(3)]

    first = get(desk, "returns?limit=2")
    second = get(desk, f"returns?limit=2&cursor={first['next_cursor']}")

    assert [row["number"] for row in first["items"] + second["items"]] == numbers[::-1]
    assert second["next_cursor"] is None
    assert get(desk, "returns?state=refused")["items"] == []


def test_a_return_is_posted_cancelled_and_decided_only_where_that_makes_sense(
    desk: Program, sent: Sent
) -> None:
    first, second = ask(desk, sent, SOAP=1), ask(desk, sent, SOAP=1)

    posted = post(desk, f"returns/{first['id']}/posted", {"tracking_number": "1Z9"}, 200)
    cancelled = post(desk, f"returns/{second['id']}/cancel", {"note": "keeps it"}, 200)

    assert (posted["state"], posted["tracking_number"]) == ("in_transit", "1Z9")
    assert cancelled["state"] == "cancelled"
    assert post(desk, f"returns/{first['id']}/decide", {"note": "lost"}, 409)["code"] == "conflict"
    assert post(desk, f"returns/{first['id']}/reopen", {"note": "why"}, 409)["code"] == "state-not-allowed"
    assert post(desk, f"returns/{first['id']}/refuse", {"note": "why"}, 409)["code"] == "conflict"
    assert post(desk, f"returns/{first['id']}/replace", {"note": "why"}, 409)["code"] == "conflict"
    assert post(desk, f"returns/{first['id']}/propose-refund", None, 409)["code"] == "conflict"


def test_a_rejected_refund_is_proposed_anew(desk: Program, sent: Sent) -> None:
    asked = ask(desk, sent, SOAP=1)
    bring_back(desk, asked)
    (refund,) = get(desk, "refunds")["items"]

    rejected = post(desk, f"refunds/{refund['id']}/reject", {"note": "other amount"}, 200)
    post(desk, f"returns/{asked['id']}/propose-refund", None, 200)

    assert rejected["state"] == "rejected"
    assert [row["state"] for row in get(desk, "refunds")["items"]] == ["proposed", "rejected"]
    assert post(desk, f"refunds/{refund['id']}/repeat", {"note": "why"}, 409)["code"] == "state-not-allowed"


def test_units_that_never_arrived_are_proposed_for_a_refund(desk: Program, sent: Sent) -> None:
    lines = [{"order_line_id": str(sent.lines["SOAP"]), "units": 1}]

    refund = post(
        desk,
        "refunds",
        {"order_id": str(sent.order_id), "lines": lines, "note": "the carrier has lost it"},
    )

    assert (refund["cause"], refund["amount_minor"], refund["parts"]) == ("undelivered", 1_000, [])
    assert get(desk, f"refunds/{refund['id']}") == refund


def test_a_dispute_is_told_listed_and_closed(desk: Program, sent: Sent) -> None:
    body = {"provider": "sandbox", "payment_id": "ch_S-1", "dispute_id": "dp_1", "amount_minor": 1_500}

    told = post(desk, "disputes", body)
    closed = post(desk, f"disputes/{told['id']}/close", {"is_won": True}, 200)

    assert (told["order_id"], told["counted_minor"], told["state"]) == (str(sent.order_id), 1_500, "open")
    assert closed["state"] == "won"
    assert [row["id"] for row in get(desk, "disputes")["items"]] == [told["id"]]
    assert post(desk, "disputes", {**body, "payment_id": "ch_nobodys", "dispute_id": "dp_2"}, 404)


def test_quarantined_units_wait_for_who_may_decide_about_quality(
    desk: Program, program: MakeProgram, sent: Sent
) -> None:
    bring_back(desk, ask(desk, sent, PILLS=1), disposition="quarantine")
    (waiting,) = get(desk, "quarantine")["items"]
    decision = {
        "warehouse_code": "CHI",
        "sku": "PILLS",
        "lot": "P1",
        "qty": 1,
        "disposition": "restock",
        "reason": "sealed, kept cool",
        "inspection_id": waiting["inspection_id"],
    }

    refused = post(desk, "quality-decisions", decision, 403)
    decided = post(program("quality:decide", "returns:read"), "quality-decisions", decision)

    assert (waiting["sku"], waiting["lot"], waiting["qty"], waiting["grade"]) == ("PILLS", "P1", 1, "sealed")
    assert refused["code"] == "forbidden"
    assert decided["disposition"] == "restock"
    assert get(desk, "quarantine")["items"] == []


def test_volume_is_listed_in_order_and_summed_by_period(desk: Program, sent: Sent) -> None:
    events = get(desk, f"volume-events?order_id={sent.order_id}")["items"]
    (period,) = get(desk, "commission-periods")["items"]
    report = get(desk, f"reports/volume?period_code={period['code']}")["items"]

    assert [(event["kind"], event["units"], event["volumes"]) for event in events] == [
        ("credited", 3, {"BV": 1_500})
    ]
    assert report == [
        {
            "period_code": period["code"],
            "member_number": None,
            "name": "BV",
            "credited": 1_500,
            "reversed": 0,
            "total": 1_500,
        }
    ]
    assert get(desk, "volume-events?kind=reversed")["items"] == []
    problem = post(desk, f"commission-periods/{period['code']}/close", None, 409)
    assert "still running" in problem["detail"]


def test_cancelled_units_stand_among_the_reversals_with_their_cause(
    desk: Program, in_transaction: InTransaction
) -> None:
    def prepare(session: Session) -> Sent:
        set_up(session)
        return send(session, ("SOAP", 1))

    shipped = in_transaction(prepare)
    problem = post(desk, f"orders/{shipped.order_id}/cancel", {"note": "too late"}, 409)

    assert "authorize a return instead" in problem["detail"]
    assert get(desk, "volume-events?kind=reversed")["items"] == []


def test_a_parcel_that_came_back_is_received_by_its_number(
    desk: Program, in_transaction: InTransaction
) -> None:
    def prepare(session: Session) -> Sent:
        set_up(session)
        return send(session, ("SOAP", 2), is_delivered=False)

    order_id = in_transaction(prepare).order_id
    (parcel,) = get(desk, f"orders/{order_id}")["parcels"]

    back = post(desk, "returned-parcels", {"parcel": parcel["tracking_number"]})

    assert (get(desk, f"returns/{back['return_id']}")["state"], back["loose"]) == ("received", [])
    assert post(desk, "returned-parcels", {"parcel": parcel["number"]}, 409)["code"] == "conflict"
    assert post(desk, "returned-parcels", {"parcel": "P-0"}, 404)["code"] == "not-found"
