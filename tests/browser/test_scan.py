"""A wave picked on a phone in a real browser: by a scanner that types, offline, and by touch."""

import time
import uuid
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from fulfillment.accounts.roles import Role
from fulfillment.config import Settings
from fulfillment.flows.release_wave import release_wave
from fulfillment.store.session import InTransaction
from tests.accounts.people import make_user
from tests.browser.conftest import PHONE
from tests.browser.desks import KEY, fits, serving, sign_in
from tests.warehouse.halls import ANA, build_hall, list_products, stock
from tests.warehouse.orders import order, require_sound_stock

BETWEEN_KEYS_MS = 4
PATIENCE_S = 10.0


class Device:
    """A picker's phone with a scanner that types."""

    def __init__(self, page: Page, wave_id: uuid.UUID) -> None:
        self.page = page
        self.path = f"/scan/waves/{wave_id}"
        self.message = page.locator("#message")
        self.state = page.locator("#state")

    def open(self) -> None:
        self.page.goto(self.path)
        self.page.locator("#scan[data-ready=yes]").wait_for()

    def scan(self, *codes: str) -> None:
        for code in codes:
            self.page.keyboard.type(code, delay=BETWEEN_KEYS_MS)
            self.page.keyboard.press("Enter")

    def hears(self, tone: str, text: str) -> None:
        expect(self.page.locator("#message-text")).to_have_text(text)
        expect(self.message).to_have_attribute("data-tone", tone)

    def is_settled(self) -> None:
        expect(self.state).to_have_attribute("data-state", "online")
        expect(self.state).to_have_attribute("data-waiting", "0")


def comes_to(picked: Callable[[], dict[str, int]], units: dict[str, int]) -> None:
    """The books say so, at once or as soon as the device has written its last scan down and sent it."""
    patience = time.monotonic() + PATIENCE_S
    while picked() != units and time.monotonic() < patience:
        time.sleep(0.05)
    assert picked() == units


@pytest.fixture
def wave_id(in_transaction: InTransaction) -> uuid.UUID:
    """Two orders: three bars of soap from A-1, and a soap with six oils from A-2."""
    hall = in_transaction(lambda session: build_hall(session, bins=("A-1", "A-2", "A-3")))
    in_transaction(lambda session: list_products(session, "SOAP", "OIL"))
    in_transaction(lambda session: stock(session, hall["A-1"], "SOAP", 9))
    in_transaction(lambda session: stock(session, hall["A-2"], "OIL", 9))
    in_transaction(lambda session: order(session, "1", SOAP=3))
    in_transaction(lambda session: order(session, "2", OIL=6))
    wave = in_transaction(lambda session: release_wave(session, warehouse_code="CHI", actor=ANA))
    assert wave.wave_id is not None
    return wave.wave_id


@pytest.fixture
def phone(
    wave_id: uuid.UUID,
    make_settings: Callable[..., Settings],
    in_transaction: InTransaction,
    open_page: Callable[..., Page],
) -> Iterator[Device]:
    """A phone on which a picker has opened the wave."""
    in_transaction(lambda session: make_user(session, role=Role.WAREHOUSE))
    with serving(make_settings(secret_key=KEY)) as address:
        page = open_page(base_url=address, viewport=PHONE)
        sign_in(page, Role.WAREHOUSE)
        device = Device(page, wave_id)
        device.open()
        yield device
        page.goto("about:blank")


@pytest.fixture
def picked(in_transaction: InTransaction) -> Callable[[], dict[str, int]]:
    """The units picked so far, by article, as the books have them."""

    def count() -> dict[str, int]:
        query = sa.text("SELECT sku, sum(qty_picked) FROM fulfillment_order_line GROUP BY sku")
        rows = in_transaction(lambda session: session.connection().execute(query).all())
        return {sku: int(units) for sku, units in rows if units}

    return count


def test_a_wave_is_picked_by_scans_alone(
    phone: Device, picked: Callable[[], dict[str, int]], in_transaction: InTransaction
) -> None:
    expect(phone.page.locator("#bin")).to_have_text("A-1")
    expect(phone.page.locator("#next")).to_have_text("Next: A-2, 6 of OIL")
    phone.scan("A-1")
    phone.hears("good", "Right bin: A-1. Now take 3 of SOAP.")
    phone.scan("SOAP")
    phone.hears("good", "1 of 3 of SOAP picked. Scan the next one.")
    phone.scan("SOAP", "SOAP")
    expect(phone.page.locator("#message-text")).to_contain_text("All 3 of SOAP picked from A-1. Order O-")
    phone.scan("CHI-A-2", "OIL", "OIL", "OIL", "OIL", "OIL", "OIL")

    expect(phone.page.locator("#rest-words")).to_contain_text("is picked.")
    phone.is_settled()
    comes_to(picked, {"SOAP": 3, "OIL": 6})
    in_transaction(require_sound_stock)


def test_the_bin_is_the_largest_thing_on_the_screen_and_targets_are_large(phone: Device) -> None:
    size = "element => parseFloat(getComputedStyle(element).fontSize)"

    assert phone.page.locator("#bin").evaluate(size) >= 48
    heights = phone.page.locator("#deeds button").evaluate_all(
        "buttons => buttons.map(button => button.getBoundingClientRect().height)"
    )
    assert min(heights) >= 80


def test_wrong_scans_are_refused_by_name_and_stay_red_until_a_right_one(
    phone: Device, picked: Callable[[], dict[str, int]]
) -> None:
    phone.scan("A-2")
    phone.hears("bad", "This is bin A-2. Wanted is bin A-1.")
    phone.scan("SOAP")
    phone.hears("bad", "This is SOAP (Product SOAP). Scan bin A-1 first, then SOAP.")
    phone.scan("A-1", "OIL")
    phone.hears("bad", "This is OIL (Product OIL). Wanted is SOAP from A-1. Put it back in A-2.")
    phone.scan("NOTHING-OF-OURS")
    phone.hears("bad", "Nothing is known by the code NOTHING-OF-OURS. Wanted is SOAP from A-1.")
    phone.scan("SOAP")
    phone.hears("good", "1 of 3 of SOAP picked. Scan the next one.")

    phone.is_settled()
    comes_to(picked, {"SOAP": 1})


def test_one_more_than_wanted_is_refused_as_complete(phone: Device) -> None:
    phone.scan("A-1", "SOAP", "SOAP", "SOAP")
    phone.page.wait_for_timeout(350)
    phone.scan("SOAP")

    phone.hears("bad", "SOAP (Product SOAP) is complete already. Wanted is OIL from A-2. Put it back in A-1.")


def test_a_scanner_works_wherever_the_focus_is(phone: Device, picked: Callable[[], dict[str, int]]) -> None:
    phone.page.get_by_role("button", name="Type or camera").click()
    phone.scan("A-1")
    expect(phone.page.locator("#typed")).to_have_value("")
    phone.page.locator("#typed").fill("SOAP")
    phone.page.get_by_role("button", name="Take the code").click()
    phone.hears("good", "1 of 3 of SOAP picked. Scan the next one.")
    phone.page.get_by_role("button", name="Undo").focus()
    phone.scan("SOAP")

    phone.hears("good", "2 of 3 of SOAP picked. Scan the next one.")
    phone.is_settled()
    comes_to(picked, {"SOAP": 2})


def test_many_units_are_counted_on_the_pad(phone: Device, picked: Callable[[], dict[str, int]]) -> None:
    phone.scan("CMD-SKIP", "A-2", "OIL")
    phone.page.get_by_role("button", name="3", exact=True).click()
    phone.page.get_by_role("button", name="Count").click()
    phone.hears("good", "4 of 6 of OIL picked. Scan the next one.")
    phone.scan("OIL")
    phone.page.get_by_role("button", name="All 1").or_(phone.page.locator("#bin")).first.wait_for()
    phone.scan("OIL")

    phone.is_settled()
    comes_to(picked, {"OIL": 6})


def test_scans_made_offline_survive_a_reload_and_arrive_in_order(
    phone: Device, picked: Callable[[], dict[str, int]], in_transaction: InTransaction
) -> None:
    phone.page.locator("#scan[data-kept=yes]").wait_for()
    phone.scan("A-1")
    phone.is_settled()
    phone.page.context.set_offline(True)
    phone.scan("SOAP", "SOAP")
    expect(phone.state).to_have_attribute("data-waiting", "2")
    phone.page.reload()
    expect(phone.page.locator("#qty")).to_have_text("1")
    phone.scan("SOAP", "A-2", "OIL")
    expect(phone.state).to_contain_text("Offline, 5 kept")
    comes_to(picked, {})

    phone.page.context.set_offline(False)

    phone.is_settled()
    comes_to(picked, {"SOAP": 3, "OIL": 1})
    in_transaction(require_sound_stock)


def test_scans_made_while_the_server_does_not_answer_survive_a_reload(
    phone: Device, picked: Callable[[], dict[str, int]]
) -> None:
    phone.page.locator("#scan[data-kept=yes]").wait_for()
    phone.page.context.route("**/scan/scans", lambda _: None)
    phone.scan("A-1", "SOAP", "SOAP")
    expect(phone.state).to_have_attribute("data-waiting", "3")
    phone.page.wait_for_timeout(500)

    phone.page.context.unroute("**/scan/scans")
    phone.page.reload()

    expect(phone.page.locator("#qty")).to_have_text("1")
    phone.is_settled()
    comes_to(picked, {"SOAP": 2})


def test_a_burst_of_twenty_scans_a_second_loses_none(
    phone: Device, picked: Callable[[], dict[str, int]]
) -> None:
    phone.page.context.route("**/scan/scans", lambda route: _slowly(phone.page, route))

    phone.scan("A-1", "SOAP", "SOAP", "SOAP", "A-2", "OIL", "OIL", "OIL", "OIL", "OIL", "OIL")

    expect(phone.page.locator("#rest-words")).to_contain_text("is picked.")
    phone.is_settled()
    comes_to(picked, {"SOAP": 3, "OIL": 6})


def test_undo_takes_the_last_pick_back(phone: Device, picked: Callable[[], dict[str, int]]) -> None:
    phone.scan("A-1", "SOAP", "SOAP", "SOAP", "CMD-UNDO")

    phone.hears("warn", "Undone: 1 of SOAP is back in A-1. Put it there.")
    expect(phone.page.locator("#bin")).to_have_text("A-1")
    expect(phone.page.locator("#qty")).to_have_text("1")
    phone.is_settled()
    comes_to(picked, {"SOAP": 2})


def test_a_short_pick_is_asked_back_and_sends_the_picker_to_another_bin(
    phone: Device, in_transaction: InTransaction
) -> None:
    bin_id = in_transaction(
        lambda session: (
            session.connection().execute(sa.text("SELECT id FROM location WHERE code = 'A-3'")).scalar_one()
        )
    )
    in_transaction(lambda session: stock(session, bin_id, "SOAP", 5))
    phone.scan("A-1", "SOAP", "CMD-SHORT")
    phone.hears("warn", "Are 2 of SOAP missing in A-1? Scan or press Short again to report it.")

    phone.scan("CMD-SHORT")

    phone.hears("warn", "Short: 2 of SOAP were not in A-1. The rest comes from elsewhere.")
    phone.is_settled()
    phone.scan("A-2", "CMD-SKIP")
    expect(phone.page.locator("#bin")).to_have_text("A-3")
    in_transaction(require_sound_stock)


def test_a_full_tote_is_set_aside_and_the_rest_goes_into_the_next(
    phone: Device, in_transaction: InTransaction
) -> None:
    phone.scan("A-1", "TOTE-1")
    phone.hears("good", "This order goes into tote TOTE-1.")
    phone.scan("SOAP", "CMD-TOTE-FULL", "SOAP")
    phone.hears("bad", "This is SOAP. Scan an empty tote first.")
    phone.scan("TOTE-2")
    expect(phone.page.locator("#tote")).to_have_text("Tote TOTE-2")
    phone.scan("SOAP", "SOAP", "TOTE-2")

    phone.hears("bad", "Tote TOTE-2 holds another order. Take an empty one.")
    phone.is_settled()
    query = sa.text("SELECT tote FROM pick_task WHERE sku = 'SOAP'")
    totes = in_transaction(lambda session: session.connection().execute(query).scalars().all())
    assert totes == ["TOTE-2"]


def test_what_the_books_refuse_is_told_on_the_device(phone: Device, in_transaction: InTransaction) -> None:
    phone.page.context.set_offline(True)
    phone.scan("A-1")
    cancel = sa.text("UPDATE pick_task SET picker_id = 'user:other', claimed_until = now() + interval '1 h'")
    in_transaction(lambda session: session.connection().execute(cancel))

    phone.page.context.set_offline(False)

    phone.hears(
        "bad", "The books say otherwise. SOAP from A-1 is another picker's now; bin A-1 was not counted."
    )
    expect(phone.page.locator("#rest-words")).to_have_text("Your part is done. Tasks with other pickers: 2.")


def test_the_list_of_waves_opens_one_by_its_scanned_number(phone: Device) -> None:
    phone.page.goto("/scan/")
    card = phone.page.locator("[data-wave]")
    number = card.get_attribute("data-wave") or ""
    phone.scan("W-999")
    phone.page.locator("#not-found-code", has_text="W-999").wait_for()

    phone.scan(number)

    phone.page.locator("#scan[data-ready=yes]").wait_for()


def test_everybody_can_use_the_scan_page(
    phone: Device, accessibility_violations: Callable[[Page], list[str]]
) -> None:
    for codes in ([], ["A-2"], ["A-1"], ["SOAP", "CMD-SHORT"], ["CMD-SKIP", "A-2", "OIL"]):
        phone.scan(*codes)
        phone.page.wait_for_timeout(300)
        assert fits(phone.page)
        assert accessibility_violations(phone.page) == [], codes


def _slowly(page: Page, route: object) -> None:
    page.wait_for_timeout(300)
    route.continue_()  # type: ignore[attr-defined]  # Playwright's Route
