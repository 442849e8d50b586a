import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy.engine import Engine

from tests.flows.bench import Hands, column, pack, pick_order
from tests.web.visitors import Program, body

SCOPES = ("parcels:write", "labels:write", "shipments:write", "shipping:read", "tracking:write")


@pytest.fixture
def floor(program: Callable[..., Program]) -> Program:
    return program(*SCOPES)


def picked(hands: Hands, ref: str = "1", **units: int) -> str:
    placed = hands.runtime.in_transaction(lambda session: pick_order(session, ref, **(units or {"SOAP": 2})))
    return str(placed.part_id)


def test_an_order_is_planned_packed_labeled_printed_and_handed_over(hands: Hands, floor: Program) -> None:
    part_id = picked(hands, SOAP=2)

    plan = body(floor.call("GET", f"/api/v1/fulfillment-orders/{part_id}/packing-plan"))
    packed = floor.call("POST", "/api/v1/parcels", json={"fulfillment_order_id": part_id})
    hands.work()
    parcel = body(floor.call("GET", f"/api/v1/parcels/{body(packed)['parcels'][0]['id']}"))
    label = parcel["labels"][0]
    file = floor.call("GET", f"/api/v1/labels/{label['id']}/file")
    shipment = floor.call(
        "POST", "/api/v1/shipments", json={"warehouse_code": "CHI", "carrier": parcel["carrier"]}
    )
    hands.work()
    detail = body(floor.call("GET", f"/api/v1/shipments/{body(shipment)['id']}"))
    manifest = floor.call("GET", f"/api/v1/manifests/{detail['manifests'][0]['id']}/files/1")
    tracking = body(floor.call("GET", f"/api/v1/tracking/{parcel['tracking_number']}"))

    assert plan["parcels"] == [{"carton_code": "S", "contents": [{"sku": "SOAP", "qty": 2, "lot": ""}]}]
    assert (packed.status_code, body(packed)["fulfillment_order_state"]) == (201, "packed")
    assert (parcel["state"], parcel["weight_g"], parcel["problem"]) == ("labeled", 490, None)
    assert (label["state"], label["has_file"]) == ("bought", True)
    assert (file.status_code, file.content_type, file.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert (shipment.status_code, body(shipment)["parcels"], body(shipment)["kept_back"]) == (201, 1, [])
    assert [row["state"] for row in detail["items"]] == ["shipped"]
    assert manifest.data[:5] == b"%PDF-"
    assert (tracking["state"], tracking["number"]) == ("shipped", parcel["number"])
    assert tracking["tracking_url"].endswith(f"/t/{parcel['public_id']}")


def test_the_same_key_packs_once_and_hears_the_same_answer(hands: Hands, floor: Program) -> None:
    order = {"fulfillment_order_id": picked(hands)}
    key = uuid.uuid4().hex

    first, second = (floor.call("POST", "/api/v1/parcels", key=key, json=order) for _ in range(2))
    other_key = floor.call("POST", "/api/v1/parcels", json=order)

    assert (first.status_code, second.status_code) == (201, 201)
    assert body(first) == body(second)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (other_key.status_code, body(other_key)["code"]) == (409, "conflict")


def test_of_two_packers_who_close_the_same_units_at_once_one_wins(
    hands: Hands, floor: Program, engine: Engine
) -> None:
    order = {"fulfillment_order_id": picked(hands)}

    def close(_: int) -> int:
        return floor.call("POST", "/api/v1/parcels", json=order).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(close, range(4)))

    assert statuses == [201, 409, 409, 409]
    assert column(engine, "SELECT sum(qty) FROM parcel_line") == [2]
    assert column(engine, "SELECT qty_packed FROM fulfillment_order_line") == [2]


def test_a_parcel_is_given_as_the_packer_closed_it(hands: Hands, floor: Program) -> None:
    part_id = picked(hands, SOAP=2)
    box = {"contents": [{"sku": "SOAP", "qty": 2}], "length_mm": 200, "width_mm": 150, "height_mm": 90}

    light = floor.call(
        "POST",
        "/api/v1/parcels",
        json={"fulfillment_order_id": part_id, "parcels": [{**box, "weight_g": 100}]},
    )
    right = floor.call(
        "POST",
        "/api/v1/parcels",
        json={"fulfillment_order_id": part_id, "parcels": [{**box, "weight_g": 420}]},
    )

    assert light.status_code == 409
    assert body(light)["context"] == {"measured_g": 100, "expected_g": 400, "allowed_g": 50}
    assert right.status_code == 201
    assert body(right)["parcels"][0]["weight_g"] == 420


def test_a_parcel_is_opened_again_and_its_label_given_up(
    hands: Hands, floor: Program, engine: Engine
) -> None:
    packed = hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=2))
    hands.work()
    path = f"/api/v1/parcels/{packed.parcel_ids[0]}"

    opened = floor.call("POST", f"{path}/unpack", json={"reason": "a bottle leaks"})
    again = floor.call("POST", f"{path}/unpack", json={"reason": "a bottle leaks"})

    assert (opened.status_code, body(opened)["state"]) == (200, "cancelled")
    assert body(opened)["labels"][0]["state"] == "void_requested"
    assert again.status_code == 409


def test_a_label_is_given_up_and_the_parcel_gets_another(hands: Hands, floor: Program) -> None:
    packed = hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=2))
    hands.work()
    path = f"/api/v1/parcels/{packed.parcel_ids[0]}"
    first = body(floor.call("GET", path))["labels"][0]

    voided = floor.call("POST", f"/api/v1/labels/{first['id']}/void", json={"reason": "torn"})
    between = body(floor.call("GET", path))
    asked = floor.call("POST", f"{path}/postage")
    hands.work()
    parcel = body(floor.call("GET", path))

    assert (voided.status_code, body(voided)["state"]) == (202, "void_requested")
    assert (between["state"], between["tracking_number"]) == ("packed", None)
    assert asked.status_code == 202
    assert parcel["state"] == "labeled"
    assert parcel["tracking_number"] != first["tracking_number"]


def test_lists_are_filtered_and_paged(hands: Hands, floor: Program) -> None:
    for ref in ("1", "2", "3"):
        hands.runtime.in_transaction(partial(pack, ref=ref, SOAP=1))

    first = body(floor.call("GET", "/api/v1/parcels?limit=2&state=packed"))
    second = body(floor.call("GET", f"/api/v1/parcels?limit=2&state=packed&cursor={first['next_cursor']}"))
    problems = body(floor.call("GET", "/api/v1/parcels?has_problem=true"))

    assert (len(first["items"]), len(second["items"])) == (2, 1)
    assert second["next_cursor"] is None
    assert problems["items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/api/v1/parcels/{uuid.UUID(int=1)}"),
        ("GET", f"/api/v1/labels/{uuid.UUID(int=1)}"),
        ("GET", f"/api/v1/labels/{uuid.UUID(int=1)}/file"),
        ("GET", f"/api/v1/shipments/{uuid.UUID(int=1)}"),
        ("GET", "/api/v1/tracking/NOWHERE"),
        ("POST", f"/api/v1/parcels/{uuid.UUID(int=1)}/postage"),
    ],
)
def test_what_is_not_there_is_named(method: str, path: str, hands: Hands, floor: Program) -> None:
    answer = floor.call(method, path)

    assert (answer.status_code, body(answer)["code"]) == (404, "not-found")


def test_a_program_without_the_scope_is_turned_away(hands: Hands, program: Callable[..., Program]) -> None:
    reader = program("shipping:read")

    answer = reader.call("POST", "/api/v1/parcels", json={"fulfillment_order_id": str(uuid.UUID(int=1))})

    assert answer.status_code == 403
