"""The floor's resources: waves, picks, stock, receipts, imports, jobs, routing."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from fulfillment.flows.queue_import import MAX_UPLOAD_BYTES
from fulfillment.store.session import InTransaction
from tests.warehouse.halls import build_hall, list_products, stock
from tests.warehouse.orders import order, require_sound_stock
from tests.web.visitors import Program

SCOPES = (
    "waves:write", "picks:write", "stock:read", "stock:write", "receipts:write", "imports:write",
    "jobs:read", "jobs:write", "orders:read",
)  # fmt: skip
PRODUCTS = b"sku,name,weight_g,length_mm,width_mm,height_mm,price\nBALM,Balm,100,90,60,30,10.00\n"

MakeProgram = Callable[..., Program]


@pytest.fixture
def floor(program: MakeProgram, in_transaction: InTransaction) -> Program:
    """A program on a floor with five bars of soap in A-1, five oils in A-2 and an order for both."""
    hall = in_transaction(build_hall)
    in_transaction(lambda session: list_products(session, "SOAP", "OIL"))
    in_transaction(lambda session: stock(session, hall["A-1"], "SOAP", 5))
    in_transaction(lambda session: stock(session, hall["A-2"], "OIL", 5))
    in_transaction(lambda session: order(session, "1", SOAP=2, OIL=1))
    return program(*SCOPES)


def post(program: Program, path: str, body: dict[str, Any], status: int = 200, **given: Any) -> Any:  # noqa: ANN401 - JSON
    answer = program.call("POST", f"/api/v1/{path}", json=body, **given)
    assert answer.status_code == status, answer.text
    return answer.json


def get(program: Program, path: str) -> Any:  # noqa: ANN401 - JSON
    answer = program.call("GET", f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json


def release(program: Program) -> str:
    wave_id: str = post(program, "waves", {"warehouse_code": "CHI"}, 201)["wave"]["id"]
    return wave_id


def scan(wave_id: str, code: str, sequence: int = 0, **given: object) -> dict[str, Any]:
    return {
        "scan_id": str(uuid.uuid4()),
        "wave_id": wave_id,
        "code": code,
        "device_id": "phone",
        "device_sequence": sequence,
        **given,
    }


def test_a_wave_is_released_once_and_lists_its_tasks_in_walking_order(floor: Program) -> None:
    first = post(floor, "waves", {"warehouse_code": "CHI"}, 201, key="release-1")
    again = post(floor, "waves", {"warehouse_code": "CHI"}, 201, key="release-1")
    other = post(floor, "waves", {"warehouse_code": "CHI"}, 200)

    assert first == again
    assert other == {"wave": None, "short": []}
    assert (first["wave"]["orders"], first["wave"]["tasks"], first["wave"]["units"]) == (1, 2, 3)
    page = get(floor, f"waves/{first['wave']['id']}/tasks?limit=1")
    assert [task["bin_code"] for task in page["items"]] == ["A-1"]
    page = get(floor, f"waves/{first['wave']['id']}/tasks?cursor={page['next_cursor']}")
    assert [task["bin_code"] for task in page["items"]] == ["A-2"]


def test_one_scan_is_booked_once_whatever_key_it_comes_under(floor: Program) -> None:
    wave_id = release(floor)
    post(floor, "picks", scan(wave_id, "A-1"))
    soap = scan(wave_id, "SOAP")

    first, second = post(floor, "picks", soap), post(floor, "picks", soap)

    assert first == second
    assert (first["outcome"], first["message"]) == ("picked", "1 of 2 of SOAP picked. Scan the next one.")
    assert get(floor, f"waves/{wave_id}")["units_picked"] == 1


def test_a_wrong_scan_is_an_answer_that_names_both_things(floor: Program) -> None:
    wave_id = release(floor)

    answer = post(floor, "picks", scan(wave_id, "A-2"))

    assert (answer["outcome"], answer["is_accepted"]) == ("wrong_bin", False)
    assert answer["message"] == "This is bin A-2. Wanted is bin A-1."


def test_a_journal_is_booked_in_the_order_of_the_device_and_only_once(
    floor: Program, in_transaction: InTransaction
) -> None:
    wave_id = release(floor)
    codes = ["A-1", "SOAP", "SOAP", "SOAP", "A-2", "OIL"]
    scans = [scan(wave_id, code, sequence) for sequence, code in enumerate(codes, start=1)]

    first = post(floor, "picks/journal", {"scans": scans[::-1]})
    second = post(floor, "picks/journal", {"scans": scans})

    outcomes = [entry["answer"]["outcome"] for entry in second["scans"]]
    assert outcomes == [
        "bin_confirmed", "picked", "task_done", "already_picked", "bin_confirmed", "task_done",
    ]  # fmt: skip
    assert first["scans"][::-1] == second["scans"]
    assert get(floor, f"waves/{wave_id}")["state"] == "done"
    assert [row["code"] for row in get(floor, f"picks?wave_id={wave_id}")["items"]] == codes
    in_transaction(require_sound_stock)


def test_a_scan_of_a_journal_that_cannot_be_booked_does_not_stop_the_others(floor: Program) -> None:
    wave_id = release(floor)
    scans = [scan(wave_id, "A-1", 1, task_id=str(uuid.uuid4())), scan(wave_id, "A-1", 2)]

    first, second = post(floor, "picks/journal", {"scans": scans})["scans"]

    assert (first["answer"], first["refusal"]["code"]) == (None, "not-found")
    assert second["answer"]["outcome"] == "bin_confirmed"


def test_a_journal_key_is_not_for_another_journal(floor: Program) -> None:
    wave_id = release(floor)
    post(floor, "picks/journal", {"scans": [scan(wave_id, "A-1", 1)]}, key="journal-1")

    refused = post(floor, "picks/journal", {"scans": [scan(wave_id, "SOAP", 2)]}, 422, key="journal-1")

    assert refused["code"] == "idempotency-key-reused"
    assert get(floor, f"waves/{wave_id}")["units_picked"] == 0


def test_stock_says_what_can_be_promised_and_what_stands_where(floor: Program) -> None:
    assert get(floor, "stock?sku=SOAP")["items"] == [
        {
            "warehouse_code": "CHI",
            "sku": "SOAP",
            "name": "Product SOAP",
            "sellable": 5,
            "reserved": 2,
            "kept_back": 0,
            "free": 3,
        }
    ]
    [place] = get(floor, "stock/places?bin_code=A-2")["items"]
    assert (place["sku"], place["qty"], place["claimed"]) == ("OIL", 5, 0)


def test_an_adjustment_names_the_order_it_leaves_short_and_happens_once(
    floor: Program, in_transaction: InTransaction
) -> None:
    body = {"warehouse_code": "CHI", "bin_code": "A-1", "sku": "SOAP", "delta": -4, "reason": "damaged"}

    first = post(floor, "stock/adjustments", body, 201, key="adjust-01")
    again = post(floor, "stock/adjustments", body, 201, key="adjust-01")

    assert first == again
    assert [part["units"]["SOAP"] for part in first["short"]] == [2]
    assert get(floor, "stock?sku=SOAP")["items"][0]["sellable"] == 1
    in_transaction(require_sound_stock)


def test_a_bin_is_counted_blocked_and_opened_and_a_lot_held(
    floor: Program, in_transaction: InTransaction
) -> None:
    place = {"warehouse_code": "CHI", "bin_code": "A-2"}
    post(floor, "stock/counts", {**place, "sku": "OIL", "qty_counted": 7}, 201)
    post(floor, "stock/bins/block", {**place, "reason": "leaking"})
    assert get(floor, "stock?sku=OIL")["items"][0]["sellable"] == 0
    post(floor, "stock/bins/open", {**place, "reason": "clean"})
    assert get(floor, "stock?sku=OIL")["items"][0]["sellable"] == 7
    post(floor, "stock/lots/hold", {"sku": "OIL", "lot": "", "reason": "recall"})
    post(floor, "stock/lots/release", {"sku": "OIL", "lot": "", "reason": "fine"})

    assert get(floor, "stock?sku=OIL")["items"][0]["sellable"] == 7
    in_transaction(require_sound_stock)


def test_goods_are_announced_received_put_away_and_closed_with_what_differs(
    floor: Program, in_transaction: InTransaction
) -> None:
    receipt = post(
        floor,
        "receipts",
        {"warehouse_code": "CHI", "supplier": "Soap Works", "lines": [{"sku": "SOAP", "qty": 10}]},
        201,
    )
    received = post(floor, f"receipts/{receipt['id']}/units", {"code": "SOAP", "qty": 8}, 201)
    put = {"warehouse_code": "CHI", "bin_code": received["suggested_bin"], "sku": "SOAP", "qty": 8}
    post(floor, "stock/put-aways", put, 201)

    closed = post(floor, f"receipts/{receipt['id']}/close", {})

    assert received["suggested_bin"] == "A-1"
    assert closed["discrepancies"] == [{"sku": "SOAP", "expected": 10, "received": 8}]
    assert closed["receipt"]["state"] == "closed"
    assert get(floor, "stock?sku=SOAP")["items"][0]["sellable"] == 13
    in_transaction(require_sound_stock)


def test_a_receipt_of_unknown_goods_is_refused_by_name(floor: Program) -> None:
    body = {"warehouse_code": "CHI", "lines": [{"sku": "NONE", "qty": 1}]}

    refused = post(floor, "receipts", body, 422)

    assert refused["detail"] == "There is no product NONE; add it first."


def upload(program: Program, content: bytes, **fields: str) -> Any:  # noqa: ANN401 - werkzeug's answer
    data = {"file": (io.BytesIO(content), "products.csv"), "kind": "products", **fields}
    return program.call("POST", "/api/v1/imports", data=data, content_type="multipart/form-data")


def test_a_file_is_taken_in_once_and_its_rows_are_a_jobs(floor: Program) -> None:
    first, second = upload(floor, PRODUCTS), upload(floor, PRODUCTS)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json == second.json
    run = get(floor, f"imports/{first.json['run_id']}")
    assert (run["state"], run["rows_total"], run["file_name"]) == ("running", 1, "products.csv")
    assert get(floor, f"jobs/{first.json['job_id']}")["kind"] == "import_file"
    assert [row["run_id"] for row in get(floor, "imports")["items"]] == [first.json["run_id"]]
    assert get(floor, f"imports/{first.json['run_id']}/rows") == {"items": []}


def test_a_file_that_does_not_fit_its_profile_is_refused_at_the_door(floor: Program) -> None:
    answer = upload(floor, b"a,b\n1,2\n")

    assert answer.status_code == 422
    assert "The file has no column" in answer.json["detail"]


def test_an_upload_that_is_too_large_is_refused(floor: Program) -> None:
    body = b"x" * (MAX_UPLOAD_BYTES + 100_000)

    answer = floor.call(
        "POST", "/api/v1/imports", data=body, content_type="multipart/form-data; boundary=line"
    )

    assert answer.status_code == 413


def test_routing_is_asked_for_and_is_one_run_while_it_waits(floor: Program) -> None:
    first, second = post(floor, "route", {}, 202), post(floor, "route", {"time_limit_s": 5}, 202)

    assert first == second
    [job] = get(floor, "jobs?kind=route_orders")["items"]
    assert (job["id"], job["state"]) == (first["job_id"], "queued")
    assert get(floor, "route/plans") == {"items": [], "next_cursor": None}


def test_a_job_that_is_not_dead_is_not_revived(floor: Program) -> None:
    job_id = post(floor, "route", {}, 202)["job_id"]

    refused = post(floor, f"jobs/{job_id}/revive", {}, 409)

    assert "only a dead job can be revived" in refused["detail"]
