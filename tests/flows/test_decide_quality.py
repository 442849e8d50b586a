import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, ForbiddenError, InvalidInputError
from fulfillment.flows.decide_quality import decide_quality
from fulfillment.reads.quarantine import list_quarantined
from fulfillment.returns.kinds import Disposition, Grade
from fulfillment.store.actors import Actor
from fulfillment.store.clock import advance_clock
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import Units, transfer
from fulfillment.warehouse.places import places_of
from tests.flows.goods_back import ask, come_back, inspect, rows, send, set_up, units_at
from tests.warehouse.halls import ANA, BEN, NOON
from tests.warehouse.orders import require_sound_stock


@pytest.fixture
def hall(session: Session) -> Session:
    set_up(session)
    return session


def quarantine(session: Session, *, grade: Grade = Grade.SEALED) -> uuid.UUID:
    """Two units of lot P1 that Ben inspected and put aside."""
    sent = send(session, ("PILLS", 2))
    return_id = ask(session, sent, PILLS=2).return_id
    come_back(session, return_id, PILLS=2)
    return inspect(session, return_id, "PILLS", 2, grade=grade, disposition=Disposition.QUARANTINE)


def decide(
    session: Session,
    inspection_id: uuid.UUID | None,
    *,
    qty: int = 2,
    disposition: Disposition = Disposition.RESTOCK,
    actor: Actor = ANA,
) -> uuid.UUID:
    return decide_quality(
        session,
        warehouse_code="CHI",
        sku="PILLS",
        lot="P1",
        qty=qty,
        disposition=disposition,
        reason="seal and temperature log are good",
        inspection_id=inspection_id,
        actor=actor,
    )


def test_a_qualified_person_salvages_sealed_units_to_the_dock(hall: Session) -> None:
    inspection_id = quarantine(hall)
    waiting = [(each.lot, each.qty, each.grade) for each in list_quarantined(hall)]

    decide(hall, inspection_id)

    assert waiting == [("P1", 2, "sealed")]
    assert list_quarantined(hall) == []
    assert units_at(hall, "RECEIVING") == {("PILLS", "P1"): 2}
    assert rows(hall, "SELECT disposition, qty, decided_by FROM quality_decision") == [
        ("restock", 2, "user:ana")
    ]
    require_sound_stock(hall)


def test_units_are_destroyed_one_by_one_and_never_more_than_there_are(hall: Session) -> None:
    inspection_id = quarantine(hall)
    decide(hall, inspection_id, qty=1, disposition=Disposition.SCRAP)

    with pytest.raises(ConflictError, match="2 units of PILLS are to leave quarantine, but 1 of this"):
        decide(hall, inspection_id, qty=2, disposition=Disposition.SCRAP)

    assert units_at(hall, "SCRAP") == {("PILLS", "P1"): 1}
    assert units_at(hall, "QUARANTINE") == {("PILLS", "P1"): 1}


def test_who_inspected_units_does_not_decide_about_them(hall: Session) -> None:
    inspection_id = quarantine(hall)

    with pytest.raises(ForbiddenError, match="ask a second person"):
        decide(hall, inspection_id, actor=BEN)


def test_leaving_the_inspection_out_is_no_way_around_the_second_person(hall: Session) -> None:
    quarantine(hall)

    with pytest.raises(ConflictError, match="but 0 without an inspection"):
        decide(hall, None, actor=BEN)


def test_what_came_to_quarantine_another_way_is_decided_without_an_inspection(hall: Session) -> None:
    dock = rows(hall, "SELECT id FROM location WHERE code = 'A-2'")[0][0]
    movement = transfer(
        Units("PILLS", 2, "P1"),
        transfer_id="recall",
        subject=("test", "recall"),
        origin=dock,
        target=places_of("CHI").quarantine,
    )
    post_movements(hall, movements=[movement], actor=ANA, now=NOON)

    decide(hall, None, disposition=Disposition.SCRAP)

    assert units_at(hall, "QUARANTINE") == {}


def test_opened_units_are_never_sold_again(hall: Session) -> None:
    inspection_id = quarantine(hall, grade=Grade.OPENED)

    with pytest.raises(ConflictError, match="Goods found opened are never sold again"):
        decide(hall, inspection_id)


def test_an_expired_lot_is_never_sold_again(hall: Session) -> None:
    inspection_id = quarantine(hall)
    hall.connection().execute(sa.text("UPDATE product SET min_remaining_days = 30 WHERE sku = 'PILLS'"))
    advance_clock(hall, by=timedelta(days=280))

    with pytest.raises(ConflictError, match="Lot P1 of PILLS expires on"):
        decide(hall, inspection_id)


def test_staying_in_quarantine_is_no_decision(hall: Session) -> None:
    with pytest.raises(InvalidInputError, match="Decide to restock or to scrap"):
        decide(hall, None, disposition=Disposition.QUARANTINE)
