from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.engine import Engine

from fulfillment.flows.apply_tracking import apply_report
from fulfillment.reads.public_tracking import without_zip
from fulfillment.shipping.carriers.protocol import TrackingReport
from fulfillment.shipping.tracking import TrackingScan, TrackingStatus
from tests.flows.bench import POLICY, Hands, column, pack
from tests.warehouse.halls import ANA

AT = datetime(2030, 3, 4, 9, tzinfo=UTC)


@pytest.fixture
def address(hands: Hands, engine: Engine) -> str:
    hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=1))
    hands.work()
    (public_id,) = column(engine, "SELECT public_id FROM parcel")
    return f"/t/{public_id}"


def deliver(hands: Hands, engine: Engine) -> None:
    (carrier,) = column(engine, "SELECT carrier FROM parcel")
    (number,) = column(engine, "SELECT tracking_number FROM parcel")
    scans = (
        TrackingScan(
            "1", TrackingStatus.TRANSIT, AT, "package_accepted", "Accepted", "Chicago, IL, 60601, US"
        ),
        TrackingScan(
            "2",
            TrackingStatus.DELIVERED,
            AT + timedelta(days=1),
            "delivered",
            "Left with neighbor Mr. Smith, code 4711",
            "Reno, NV, 89501, US",
        ),
    )
    report = TrackingReport(carrier, number, None, TrackingStatus.DELIVERED, scans)
    hands.runtime.in_transaction(
        lambda session: apply_report(session, report=report, source="test", actor=ANA, policy=POLICY)
    )


def test_anybody_with_the_address_sees_how_far_the_parcel_is(app: Flask, address: str) -> None:
    page = app.test_client().get(address)

    assert page.status_code == 200
    assert "Your parcel waits for the carrier" in page.text
    assert "Chicago, IL" in page.text
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_the_way_is_told_without_anything_personal(
    app: Flask, hands: Hands, engine: Engine, address: str
) -> None:
    deliver(hands, engine)

    page = app.test_client().get(address).text

    assert "Your parcel was delivered" in page
    assert "Reno, NV, US" in page
    for personal in ("Eva", "Oak St", "60601", "89501", "Smith", "4711", "eva@example.com", "SOAP"):
        assert personal not in page, personal


def test_a_guess_finds_nothing(app: Flask, address: str) -> None:
    answers = [app.test_client().get(path) for path in ("/t/guess", "/t/" + "x" * 300, address[:-1])]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "There is no parcel at this address" in answers[0].text


def test_a_place_is_shown_without_its_postal_code() -> None:
    places = ["Reno, NV, 89501, US", "Toronto, ON, M5V 2T6, CA", "", "Reno"]

    assert [without_zip(place) for place in places] == ["Reno, NV, US", "Toronto, ON, CA", "", "Reno"]
