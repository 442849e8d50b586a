"""The public page of a parcel as its buyer sees it, on a desk and on a phone, with no session."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.engine import Engine

from fulfillment.config import Settings
from fulfillment.flows.apply_tracking import apply_report
from fulfillment.runtime import make_runtime
from fulfillment.sandbox.server import serve_courier
from fulfillment.shipping.carriers.protocol import TrackingReport
from fulfillment.shipping.tracking import TrackingScan, TrackingStatus
from tests.browser.conftest import DESK, PHONE
from tests.browser.desks import KEY, fits, serving
from tests.flows.bench import POLICY, Hands, column, pack, set_up
from tests.warehouse.halls import ANA

AT = datetime(2026, 3, 2, 16, tzinfo=UTC)
SCANS = (
    TrackingScan("1", TrackingStatus.TRANSIT, AT, "package_accepted", "", "Chicago, IL, 60601, US"),
    TrackingScan(
        "2", TrackingStatus.TRANSIT, AT + timedelta(hours=9), "package_departed", "", "Gary, IN, US"
    ),
    TrackingScan("3", TrackingStatus.TRANSIT, AT + timedelta(days=1), "out_for_delivery", "", "Reno, NV, US"),
)


@pytest.fixture
def parcel_url(make_settings: Callable[..., Settings], engine: Engine, tmp_path: Path) -> Iterator[str]:
    """The page of a parcel that is out for delivery."""
    with serve_courier(tmp_path) as courier:
        settings = make_settings(
            secret_key=KEY, shippo_api_token="shippo_test_only", shippo_url=courier.url, postage_quiet_s=0
        )
        runtime = make_runtime(settings, application_name="tests-browser")
        runtime.in_transaction(set_up)
        runtime.in_transaction(lambda session: pack(session, "1", SOAP=2))
        Hands(runtime).work()
        (carrier,) = column(engine, "SELECT carrier FROM parcel")
        (number,) = column(engine, "SELECT tracking_number FROM parcel")
        report = TrackingReport(
            carrier, number, None, TrackingStatus.TRANSIT, SCANS, eta=AT + timedelta(days=1, hours=4)
        )
        runtime.in_transaction(
            lambda session: apply_report(session, report=report, source="test", actor=ANA, policy=POLICY)
        )
        (public_id,) = column(engine, "SELECT public_id FROM parcel")
        with serving(settings) as address:
            yield f"{address}/t/{public_id}"
        runtime.close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_buyer_sees_how_far_her_parcel_is(
    size: object,
    open_page: Callable[..., Page],
    parcel_url: str,
    accessibility_violations: Callable[[Page], list[str]],
) -> None:
    page = open_page(viewport=size)

    page.goto(parcel_url)

    expect(page.get_by_role("heading", level=1)).to_have_text("Your parcel is on its way")
    expect(page.locator("[aria-current=step]")).to_contain_text("On its way")
    expect(page.locator(".timeline li").first).to_contain_text("Out for delivery")
    expect(page.locator("main")).to_contain_text("Expected on Mar 3, 2026")
    assert fits(page)
    assert accessibility_violations(page) == []
