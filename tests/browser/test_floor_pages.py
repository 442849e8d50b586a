"""The warehouse desk in a real browser: its pages fit, everybody can use them, packing goes by scanner."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, ViewportSize, expect

from fulfillment.accounts.roles import Role
from fulfillment.config import Settings
from fulfillment.flows.expect_goods import expect_goods
from fulfillment.flows.hand_over import hand_over
from fulfillment.flows.pack_order import pack_order
from fulfillment.flows.pick import ScanRequest, apply_scan
from fulfillment.flows.receive_goods import receive_goods
from fulfillment.flows.release_wave import release_wave
from fulfillment.shipping.cartons import NewCarton, save_cartons
from fulfillment.store.session import InTransaction
from tests.accounts.people import make_user
from tests.browser.conftest import DESK, PHONE
from tests.browser.desks import KEY, fits, serving, sign_in
from tests.flows.orders import POLICY
from tests.warehouse.halls import ANA, build_hall, list_products, stock
from tests.warehouse.orders import Placed, order


@dataclass(frozen=True)
class Floor:
    """A floor with work at every desk."""

    address: str
    wave_id: uuid.UUID
    receipt_id: uuid.UUID
    to_pack: uuid.UUID
    packed: uuid.UUID
    handover_id: uuid.UUID


def pick_all(in_transaction: InTransaction, wave_id: uuid.UUID) -> None:
    query = sa.text(
        "SELECT t.id, t.sku, t.qty, l.barcode FROM pick_task t JOIN location l ON l.id = t.location_id "
        "WHERE t.wave_id = :id ORDER BY t.sequence"
    )
    tasks = in_transaction(lambda session: session.connection().execute(query, {"id": wave_id}).all())
    for task in tasks:
        for code, qty in ((task.barcode, 1), (task.sku, task.qty)):
            scan = ScanRequest(uuid.uuid4(), wave_id, code, qty=qty, task_id=task.id)
            in_transaction(partial(apply_scan, request=scan, actor=ANA, policy=POLICY))


def pack_and_label(in_transaction: InTransaction, placed: Placed, carrier: str) -> None:
    in_transaction(
        lambda session: pack_order(session, fulfillment_order_id=placed.part_id, actor=ANA, policy=POLICY)
    )
    statement = sa.text(
        "UPDATE parcel SET state = 'labeled', carrier = :carrier, service = 'usps_ground_advantage', "
        "tracking_number = '9205590164917312751' || right(number, 3) WHERE fulfillment_order_id = :id"
    )
    values = {"id": placed.part_id, "carrier": carrier}
    in_transaction(lambda session: session.connection().execute(statement, values))


@pytest.fixture
def floor(make_settings: Callable[..., Settings], in_transaction: InTransaction) -> Iterator[Floor]:
    """Four orders picked, of which one waits for the packer, one for the driver, and one is gone."""
    hall = in_transaction(lambda session: build_hall(session, bins=("A-1", "A-2", "A-3")))
    in_transaction(lambda session: list_products(session, "SOAP", "OIL"))
    in_transaction(lambda session: stock(session, hall["A-1"], "SOAP", 40))
    in_transaction(lambda session: stock(session, hall["A-2"], "OIL", 40))
    carton = NewCarton("BOX-S", "Small box", 300, 200, 150, 100, 20_000)
    in_transaction(lambda session: save_cartons(session, cartons=[carton], actor=ANA))
    placed = [in_transaction(partial(order, ref=ref, SOAP=2, OIL=1)) for ref in "1234"]
    wave = in_transaction(lambda session: release_wave(session, warehouse_code="CHI", actor=ANA))
    assert wave.wave_id is not None
    pick_all(in_transaction, wave.wave_id)
    pack_and_label(in_transaction, placed[0], "ups")
    handed = in_transaction(
        lambda session: hand_over(
            session, warehouse_code="CHI", carrier="ups", actor=ANA, policy=POLICY, wants_manifest=False
        )
    )
    pack_and_label(in_transaction, placed[1], "usps")
    in_transaction(lambda session: order(session, "5", SOAP=2))
    receipt = in_transaction(
        lambda session: expect_goods(
            session, warehouse_code="CHI", supplier="Soap Works", lines=[], actor=ANA
        )
    )
    in_transaction(
        lambda session: receive_goods(
            session, receipt_id=receipt.receipt_id, receiving_id="1", code="SOAP", qty=4, actor=ANA
        )
    )
    in_transaction(lambda session: make_user(session, role=Role.SUPERVISOR))
    with serving(make_settings(secret_key=KEY)) as address:
        yield Floor(
            address,
            wave.wave_id,
            receipt.receipt_id,
            placed[2].part_id,
            placed[1].part_id,
            handed.handover_id,
        )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_of_the_floor_fits_and_everybody_can_use_it(
    floor: Floor,
    open_page: Callable[..., Page],
    accessibility_violations: Callable[[Page], list[str]],
    size: ViewportSize,
) -> None:
    page = open_page(base_url=floor.address, viewport=size)
    sign_in(page, Role.SUPERVISOR)

    for path in (
        "/scan/",
        "/waves/",
        f"/waves/{floor.wave_id}",
        "/pack/",
        f"/pack/{floor.to_pack}",
        f"/pack/{floor.packed}",
        "/ship/",
        f"/ship/{floor.handover_id}",
        "/receiving/",
        f"/receiving/{floor.receipt_id}",
        "/returns-dock/",
        "/stock/",
        "/stock/?q=A-1",
        "/stock/?q=SOAP",
    ):
        page.goto(path)
        assert fits(page), f"{path} is wider than the screen"
        assert accessibility_violations(page) == [], path


def test_a_packer_checks_each_unit_by_scanner_and_closes_the_box(
    floor: Floor, open_page: Callable[..., Page], in_transaction: InTransaction
) -> None:
    page = open_page(base_url=floor.address)
    sign_in(page, Role.SUPERVISOR)
    page.goto(f"/pack/{floor.to_pack}")

    def scan(code: str) -> None:
        page.keyboard.type(code, delay=4)
        page.keyboard.press("Enter")

    scan("SOAP")
    expect(page.locator("[data-check=SOAP]")).to_contain_text("1 / 2")
    scan("GLUE")
    expect(page.locator("#check-message")).to_contain_text("GLUE belongs in none of these boxes.")
    scan("SOAP")
    expect(page.locator("[data-check=SOAP]")).to_have_class("is-checked")
    scan("SOAP")
    expect(page.locator("#check-message")).to_contain_text("SOAP is in its box as often as it should be.")
    page.get_by_label("Weight on the scale").fill("400")
    page.get_by_role("button", name="Close 1 box").click()

    page.get_by_text("The label is being bought.").wait_for()
    pack_label = sa.text("UPDATE parcel SET state = 'labeled', carrier = 'usps' WHERE state = 'packed'")
    in_transaction(lambda session: session.connection().execute(pack_label))
    expect(page.locator("#parcels")).to_contain_text("Labeled")
