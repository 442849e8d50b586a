import uuid
from datetime import timedelta

import pytest
from sqlmodel import Session

from fulfillment.flows.apply_tracking import apply_report
from fulfillment.flows.hold_order import hold_order
from fulfillment.reads.timelines import Happening, HappeningKind, list_happenings
from fulfillment.shipping.carriers.protocol import TrackingReport
from fulfillment.shipping.tracking import TrackingScan, TrackingStatus
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from tests.flows.goods_back import POLICY, give_back, one, place, send, set_up
from tests.warehouse.halls import ANA

CARRIER = Actor(kind="carrier", id="usps", name="USPS")


@pytest.fixture(autouse=True)
def _house(session: Session) -> None:
    set_up(session)


def story_of(session: Session, order_id: uuid.UUID) -> list[Happening]:
    return list_happenings(session, order_id=order_id)


def test_everything_that_came_of_an_order_is_on_its_line_and_nothing_of_another(session: Session) -> None:
    sent, other = send(session, ("SOAP", 1), ref="A"), send(session, ("SOAP", 1), ref="B")
    give_back(session, sent, SOAP=1)

    mine, others = story_of(session, sent.order_id), story_of(session, other.order_id)

    assert {each.object_kind for each in mine} == {
        "customer_order", "fulfillment_order", "parcel", "return_authorization", "refund"
    }  # fmt: skip
    assert {each.object_kind for each in others} == {"customer_order", "fulfillment_order", "parcel"}
    assert not {each.label for each in mine} & {each.label for each in others}


def test_a_deed_told_by_the_change_of_state_is_not_told_twice(session: Session) -> None:
    order_id = place(session, ("SOAP", 1))
    hold_order(session, order_id=order_id, code="customer", note="Call first", actor=ANA)

    held = [each for each in story_of(session, order_id) if "held" in each.what]

    assert [(each.kind, each.who, each.reason) for each in held] == [
        (HappeningKind.MOVE, "Ana", "Call first")
    ]


def test_what_an_inspector_found_is_told_beside_the_change_of_state(session: Session) -> None:
    sent = send(session, ("SOAP", 1))
    give_back(session, sent, SOAP=1)

    found = [each for each in story_of(session, sent.order_id) if each.what == "return.inspected"]

    assert [(each.who, each.detail["grade"]) for each in found] == [("Ben", "sealed")]


def test_the_carriers_scans_stand_at_their_own_time_the_latest_first(session: Session) -> None:
    sent = send(session, ("SOAP", 1), is_delivered=False)
    number = one(session, "SELECT tracking_number FROM parcel")
    now = read_now(session)
    scans = tuple(
        TrackingScan(key, TrackingStatus.TRANSIT, now + timedelta(hours=hours), None, details, "Reno, NV")
        for key, hours, details in (("late", 9, "Left"), ("early", 3, "Came"))
    )
    report = TrackingReport("usps", number, None, TrackingStatus.TRANSIT, scans)
    apply_report(session, report=report, source="poll", actor=CARRIER, policy=POLICY)

    story = story_of(session, sent.order_id)

    told = [(each.reason, each.place) for each in story if each.kind is HappeningKind.SCAN]
    assert told == [("Left", "Reno, NV"), ("Came", "Reno, NV")]
    assert [each.at for each in story] == sorted((each.at for each in story), reverse=True)
