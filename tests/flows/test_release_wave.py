from datetime import timedelta

import pytest
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.flows.expire_lots import expire_lots
from fulfillment.flows.hold_lot import hold_lot, release_lot
from fulfillment.flows.hold_order import hold_order
from fulfillment.flows.release_wave import release_wave
from fulfillment.store.clock import advance_clock, read_now
from fulfillment.warehouse.reservations import find_availability
from tests.warehouse.halls import ANA, build_hall, list_products, stock
from tests.warehouse.orders import order, part_state, require_sound_stock, tasks_of


def test_a_wave_claims_what_expires_first_in_walking_order(session: Session) -> None:
    hall = build_hall(session, bins=("A-1", "A-2", "A-3"))
    list_products(session, "SOAP", "OIL", min_remaining_days=30)
    today = read_now(session).date()
    stock(session, hall["A-3"], "SOAP", 2, lot="OLD", expires_on=today + timedelta(days=60))
    stock(session, hall["A-1"], "SOAP", 9, lot="NEW", expires_on=today + timedelta(days=300))
    stock(session, hall["A-2"], "OIL", 5)
    placed = order(session, "1", SOAP=4, OIL=1)

    wave = release_wave(session, warehouse_code="CHI", actor=ANA)

    assert (wave.orders, wave.tasks, wave.short) == (1, 3, ())
    assert tasks_of(session, placed.part_id) == [
        ("A-1", "NEW", 2, "open"),
        ("A-2", "", 1, "open"),
        ("A-3", "OLD", 2, "open"),
    ]
    assert part_state(session, placed.part_id) == "released"
    require_sound_stock(session)


def test_the_most_urgent_orders_go_first_and_held_ones_stay(session: Session) -> None:
    hall = build_hall(session)
    list_products(session, "SOAP")
    stock(session, hall["A-1"], "SOAP", 9)
    late = order(session, "late", priority=7, SOAP=1)
    urgent = order(session, "urgent", priority=1, SOAP=1)
    held = order(session, "held", priority=0, SOAP=1)
    hold_order(session, order_id=held.order_id, code="manual", note="ask first", actor=ANA)

    wave = release_wave(session, warehouse_code="CHI", actor=ANA, max_orders=1)

    assert wave.orders == 1
    states = [part_state(session, placed.part_id) for placed in (late, urgent, held)]
    assert states == ["promised", "released", "promised"]


def test_a_lot_that_expires_under_promises_is_never_oversold_and_the_short_order_is_named(
    session: Session,
) -> None:
    hall = build_hall(session)
    list_products(session, "SOAP", min_remaining_days=30)
    today = read_now(session).date()
    stock(session, hall["A-1"], "SOAP", 3, lot="OLD", expires_on=today + timedelta(days=40))
    stock(session, hall["A-2"], "SOAP", 2, lot="NEW", expires_on=today + timedelta(days=400))
    first = order(session, "1", priority=3, SOAP=2)
    second = order(session, "2", priority=5, SOAP=3)
    advance_clock(session, by=timedelta(days=11))

    losses = expire_lots(session, actor=ANA)
    wave = release_wave(session, warehouse_code="CHI", actor=ANA)

    assert [loser.fulfillment_order_id for loss in losses for loser in loss.short] == [second.part_id]
    assert part_state(session, second.part_id) == "backordered"
    assert wave.orders == 1
    assert tasks_of(session, first.part_id) == [("A-2", "NEW", 2, "open")]
    require_sound_stock(session)


def test_a_wave_expires_lots_by_itself(session: Session) -> None:
    hall = build_hall(session)
    list_products(session, "SOAP")
    expiry = read_now(session).date() + timedelta(days=2)
    stock(session, hall["A-1"], "SOAP", 3, lot="OLD", expires_on=expiry)
    placed = order(session, "1", SOAP=2)
    advance_clock(session, by=timedelta(days=3))

    wave = release_wave(session, warehouse_code="CHI", actor=ANA)

    assert (wave.wave_id, wave.orders) == (None, 0)
    assert part_state(session, placed.part_id) == "backordered"
    assert find_availability(session, skus=["SOAP"])["CHI"]["SOAP"].sellable == 0
    require_sound_stock(session)


def test_a_held_lot_sends_pickers_to_other_bins_and_waiting_orders_lose_first(session: Session) -> None:
    hall = build_hall(session)
    list_products(session, "SOAP")
    stock(session, hall["A-1"], "SOAP", 3, lot="BAD")
    stock(session, hall["A-2"], "SOAP", 3, lot="GOOD")
    picking = order(session, "1", SOAP=3)
    release_wave(session, warehouse_code="CHI", actor=ANA)
    waiting = order(session, "2", priority=1, SOAP=2)
    assert tasks_of(session, picking.part_id) == [("A-1", "BAD", 3, "open")]

    loss = hold_lot(session, sku="SOAP", lot="BAD", reason="recall", actor=ANA)

    assert [(loser.fulfillment_order_id, loser.units) for loser in loss.short] == [
        (waiting.part_id, {"SOAP": 2})
    ]
    assert tasks_of(session, picking.part_id) == [("A-1", "BAD", 3, "cancelled"), ("A-2", "GOOD", 3, "open")]
    require_sound_stock(session)


def test_a_released_lot_can_be_promised_again(session: Session) -> None:
    hall = build_hall(session)
    list_products(session, "SOAP")
    stock(session, hall["A-1"], "SOAP", 3, lot="BAD")
    hold_lot(session, sku="SOAP", lot="BAD", reason="recall", actor=ANA)

    release_lot(session, sku="SOAP", lot="BAD", reason="tested", actor=ANA)

    assert find_availability(session, skus=["SOAP"])["CHI"]["SOAP"].free == 3


def test_an_empty_wave_is_no_wave(session: Session) -> None:
    build_hall(session)

    wave = release_wave(session, warehouse_code="CHI", actor=ANA)

    assert wave.wave_id is None


def test_a_wave_needs_a_warehouse(session: Session) -> None:
    with pytest.raises(NotFoundError, match="There is no warehouse MOON"):
        release_wave(session, warehouse_code="MOON", actor=ANA)
