"""The pages of the floor, as forms that are filled in."""

import html
import re
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from fulfillment.accounts.roles import Role
from fulfillment.flows.pick import ScanRequest, apply_scan
from fulfillment.flows.release_wave import release_wave
from fulfillment.shipping.cartons import NewCarton, save_cartons
from fulfillment.store.session import InTransaction
from fulfillment.warehouse.scanning import MESSAGES
from fulfillment.web.picking_words import OUTCOMES
from tests.flows.orders import POLICY
from tests.warehouse.halls import ANA, build_hall, list_products, stock
from tests.warehouse.orders import Placed, order, part_state, require_sound_stock
from tests.web.visitors import Browser

SignIn = Callable[[Role], Browser]


@pytest.fixture
def placed(in_transaction: InTransaction) -> Placed:
    """A promised order for two bars of soap from A-1, in a hall with a carton."""
    hall = in_transaction(build_hall)
    in_transaction(lambda session: list_products(session, "SOAP", "OIL"))
    in_transaction(lambda session: stock(session, hall["A-1"], "SOAP", 5))
    carton = NewCarton("BOX-S", "Small box", 300, 200, 150, 100, 20_000)
    in_transaction(lambda session: save_cartons(session, cartons=[carton], actor=ANA))
    return in_transaction(lambda session: order(session, "1", SOAP=2))


def one(in_transaction: InTransaction, query: str, **values: object) -> Any:  # noqa: ANN401 - whatever the column holds
    return in_transaction(lambda session: session.connection().execute(sa.text(query), values).scalar_one())


def release(in_transaction: InTransaction) -> uuid.UUID:
    wave = in_transaction(lambda session: release_wave(session, warehouse_code="CHI", actor=ANA))
    assert wave.wave_id is not None
    return wave.wave_id


def pick(in_transaction: InTransaction, *scans: tuple[str, int]) -> None:
    wave_id = release(in_transaction)
    for code, qty in scans:
        request = ScanRequest(uuid.uuid4(), wave_id, code, qty=qty)
        in_transaction(partial(apply_scan, request=request, actor=ANA, policy=POLICY))


def words(answer: TestResponse) -> str:
    """What a person reads on the page."""
    plain = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(plain))


def test_the_scan_page_says_what_the_warehouse_says() -> None:
    assert dict(OUTCOMES) == dict(MESSAGES)


def test_a_wave_is_released_from_the_page_and_shows_its_tasks(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    floor = signed_in(Role.WAREHOUSE)
    assert "1 wait to be released" in words(floor.get("/waves/"))

    answer = floor.post("/waves/", warehouse_code="CHI", max_orders="10")

    page = words(floor.get(answer.headers["Location"]))
    assert "Wave W-100001 is on the floor." in page
    assert "A-1 SOAP Product SOAP 0 / 2" in page
    assert in_transaction(lambda session: part_state(session, placed.part_id)) == "released"
    assert "2 units" in words(floor.get("/scan/")) or "1 stop to go" in words(floor.get("/scan/"))


def test_a_wave_with_nothing_promised_says_so(placed: Placed, signed_in: SignIn) -> None:
    floor = signed_in(Role.WAREHOUSE)
    floor.post("/waves/", warehouse_code="CHI", max_orders="10")

    answer = floor.post("/waves/", warehouse_code="CHI", max_orders="10")

    assert "Nothing is promised here" in words(floor.get(answer.headers["Location"]))


def test_a_device_carries_the_tasks_and_sends_its_journal(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    wave_id = release(in_transaction)
    floor = signed_in(Role.WAREHOUSE)
    headers = {"X-CSRF-Token": floor.csrf("/scan/"), "Accept": "application/json"}

    pack = floor.client.post(f"/scan/waves/{wave_id}/tasks", headers=headers).json
    assert pack is not None
    scans = [
        {
            "scan_id": str(uuid.uuid4()),
            "wave_id": str(wave_id),
            "code": code,
            "task_id": pack["tasks"][0]["id"],
        }
        for code in ("A-1", "OIL", "SOAP")
    ]
    answers = floor.client.post("/scan/scans", json={"scans": scans}, headers=headers).json

    assert answers is not None
    assert [each["outcome"] for each in answers["answers"]] == ["bin_confirmed", "wrong_item", "picked"]
    assert pack["bins"] == {"CHI-A-1": "A-1", "CHI-A-2": "A-2"}
    assert (pack["tasks"][0]["sku"], pack["tasks"][0]["qty"]) == ("SOAP", 2)
    again = floor.client.post(f"/scan/waves/{wave_id}/tasks", headers=headers).json
    assert again is not None
    assert again["picks"] == [{"task_id": pack["tasks"][0]["id"], "units": 1}]


def test_a_journal_that_cannot_be_read_is_refused_in_words(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    floor = signed_in(Role.WAREHOUSE)
    headers = {"X-CSRF-Token": floor.csrf("/scan/"), "Accept": "application/json"}

    answer = floor.client.post("/scan/scans", data="{", headers=headers)

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["detail"] == "The device sent what cannot be read. Reload the scan page."


def test_the_service_worker_and_the_command_sheet_are_served(placed: Placed, signed_in: SignIn) -> None:
    floor = signed_in(Role.WAREHOUSE)

    worker, sheet = floor.get("/scan/service-worker.js"), floor.get("/scan/commands.pdf")

    assert worker.content_type == "text/javascript; charset=utf-8"
    assert sheet.data.startswith(b"%PDF-")
    worker.close()


def test_a_picked_order_is_found_by_its_number_and_packed(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    pick(in_transaction, ("A-1", 1), ("SOAP", 2))
    floor = signed_in(Role.WAREHOUSE)
    number = one(in_transaction, "SELECT number FROM customer_order")
    found = floor.get(f"/pack/?code={number}")
    assert found.headers["Location"] == f"/pack/{placed.part_id}"
    page = words(floor.get(found.headers["Location"]))
    assert "should weigh 300 g" in page

    answer = floor.post(found.headers["Location"], carton_code="BOX-S", weight_g="310", plan="2")

    page = words(floor.get(answer.headers["Location"]))
    assert "P-100001" in page
    assert "The label is being bought." in page
    assert in_transaction(lambda session: part_state(session, placed.part_id)) == "packed"
    assert one(in_transaction, "SELECT weight_g FROM parcel") == 310


def test_a_weight_the_contents_do_not_have_is_asked_back(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    pick(in_transaction, ("A-1", 1), ("SOAP", 2))
    floor = signed_in(Role.WAREHOUSE)
    path = f"/pack/{placed.part_id}"

    refused = floor.post(path, carton_code="BOX-S", weight_g="900", plan="2")

    assert refused.status_code == 409
    assert "The parcel weighs 900 g, 600 g more than" in words(refused)
    assert 'value="900"' in refused.text
    accepted = floor.post(path, carton_code="BOX-S", weight_g="900", plan="2", is_weight_confirmed="true")
    assert accepted.status_code == 302


def test_boxes_that_were_planned_for_other_units_are_not_closed(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    pick(in_transaction, ("A-1", 1), ("SOAP", 1))
    floor = signed_in(Role.WAREHOUSE)

    refused = floor.post(f"/pack/{placed.part_id}", carton_code="BOX-S", weight_g="300", plan="2")

    assert refused.status_code == 409
    assert "The units of this order changed meanwhile" in words(refused)


def test_a_parcel_is_opened_again(placed: Placed, signed_in: SignIn, in_transaction: InTransaction) -> None:
    pick(in_transaction, ("A-1", 1), ("SOAP", 2))
    floor = signed_in(Role.WAREHOUSE)
    floor.post(f"/pack/{placed.part_id}", carton_code="BOX-S", weight_g="300", plan="2")
    parcel_id = one(in_transaction, "SELECT id FROM parcel")

    answer = floor.post(f"/pack/parcels/{parcel_id}/unpack", reason="wrong box")

    assert "The parcel is open again" in words(floor.get(answer.headers["Location"]))
    assert one(in_transaction, "SELECT state FROM parcel") == "cancelled"


def test_what_nobody_can_pack_is_told_on_the_packing_page(placed: Placed, signed_in: SignIn) -> None:
    answer = signed_in(Role.WAREHOUSE).get("/pack/?code=TOTE-9")

    assert "Nothing at CHI waits to be packed under TOTE-9." in words(answer)


def label_all(in_transaction: InTransaction) -> None:
    statement = sa.text(
        "UPDATE parcel SET state = 'labeled', carrier = 'usps', service = 'usps_priority', "
        "tracking_number = '92000' || right(number, 3)"
    )
    in_transaction(lambda session: session.connection().execute(statement))


def test_labeled_parcels_are_handed_over_to_their_carrier(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    pick(in_transaction, ("A-1", 1), ("SOAP", 2))
    floor = signed_in(Role.WAREHOUSE)
    floor.post(f"/pack/{placed.part_id}", carton_code="BOX-S", weight_g="300", plan="2")
    label_all(in_transaction)
    assert "Ready for USPS" in words(floor.get("/ship/"))
    parcel_id = one(in_transaction, "SELECT id FROM parcel")

    answer = floor.post(
        "/ship/", warehouse_code="CHI", carrier="usps", signed_by="Lee", parcel_id=str(parcel_id)
    )

    page = words(floor.get(answer.headers["Location"]))
    assert "1 parcel is with the carrier" in page
    assert "Taken by Lee." in page
    assert in_transaction(lambda session: part_state(session, placed.part_id)) == "shipped"
    in_transaction(require_sound_stock)


def test_goods_are_announced_received_and_put_away_on_the_pages(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    floor = signed_in(Role.WAREHOUSE)
    made = floor.post("/receiving/", warehouse_code="CHI", supplier="Soap Works", lines="SOAP 4\nOIL, 2")
    path = made.headers["Location"]

    scanned = floor.post(f"{path}/units", code="SOAP", qty="4")
    page = words(floor.get(scanned.headers["Location"]))
    assert "4 of SOAP received. They go to A-1." in page
    refused = floor.post(f"{path}/units", code="NONE", qty="1")
    assert refused.status_code == 404
    assert "Nothing is known by the code NONE" in words(refused)
    floor.post("/receiving/put-away", warehouse_code="CHI", sku="SOAP", qty="4", bin_code="CHI-A-1")
    closed = floor.post(f"{path}/close")

    assert "1 article differs from the announcement." in words(floor.get(closed.headers["Location"]))
    assert one(in_transaction, "SELECT sellable FROM availability WHERE sku = 'SOAP'") == 9
    in_transaction(require_sound_stock)


@pytest.mark.parametrize("line", ["SOAP", "SOAP many", "SOAP -1"])
def test_an_announced_line_without_units_is_refused_by_name(
    placed: Placed, signed_in: SignIn, line: str
) -> None:
    answer = signed_in(Role.WAREHOUSE).post(
        "/receiving/", warehouse_code="CHI", supplier="Soap Works", lines=line
    )

    assert answer.status_code == 422
    assert f"“{line}” is no line" in words(answer)


def test_put_away_goes_back_only_to_our_own_pages(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    floor = signed_in(Role.WAREHOUSE)
    made = floor.post("/receiving/", warehouse_code="CHI", supplier="Soap Works")
    floor.post(f"{made.headers['Location']}/units", code="SOAP", qty="4")

    answer = floor.post(
        "/receiving/put-away",
        warehouse_code="CHI",
        sku="SOAP",
        qty="4",
        bin_code="A-1",
        back="//evil.example",
    )

    assert answer.headers["Location"] == "/receiving/"


def test_stock_is_found_by_bin_article_and_name(placed: Placed, signed_in: SignIn) -> None:
    floor = signed_in(Role.WAREHOUSE)

    by_bin, by_sku = words(floor.get("/stock/?q=CHI-A-1")), words(floor.get("/stock/?q=SOAP"))
    by_name, unknown = words(floor.get("/stock/?q=product%20o")), words(floor.get("/stock/?q=zzz"))

    assert "A-1 CHI SOAP Product SOAP" in by_bin
    assert "SOAP Product SOAP CHI 5 2 3" in by_sku
    assert "OIL" not in by_bin
    assert "Nothing is known by that." in unknown
    assert "Correct" not in by_bin
    assert "Nothing is known" in by_name


def test_a_supervisor_counts_a_bin_and_hears_whom_it_leaves_short(
    placed: Placed, signed_in: SignIn, in_transaction: InTransaction
) -> None:
    supervisor = signed_in(Role.SUPERVISOR)
    place = {"warehouse_code": "CHI", "bin_code": "A-1", "sku": "SOAP", "back": "A-1"}

    answer = supervisor.post("/stock/count", **place, qty_counted="1")

    page = words(supervisor.get(answer.headers["Location"]))
    assert "A-1 is counted." in page
    assert "1 order lost stock by it" in page
    assert one(in_transaction, "SELECT sellable FROM availability WHERE sku = 'SOAP'") == 1
    refused = supervisor.post("/stock/adjust", **place, delta="-5", reason="damaged")
    assert refused.status_code == 409
    supervisor.post("/stock/bins", warehouse_code="CHI", bin_code="A-1", reason="wet", deed="block")
    assert one(in_transaction, "SELECT sellable FROM availability WHERE sku = 'SOAP'") == 0
    in_transaction(require_sound_stock)


def test_a_warehouse_worker_does_not_correct_stock(placed: Placed, signed_in: SignIn) -> None:
    floor = signed_in(Role.WAREHOUSE)

    answer = floor.post(
        "/stock/count", warehouse_code="CHI", bin_code="A-1", sku="SOAP", back="", qty_counted="1"
    )

    assert answer.status_code == 403
