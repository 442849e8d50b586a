import uuid
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.adjust_stock import AdjustmentReason, adjust_bin, count_bin, move_units
from fulfillment.flows.block_bin import block_bin, open_bin
from fulfillment.flows.lose_stock import Loss
from fulfillment.flows.pick import ScanRequest, apply_scan
from fulfillment.flows.release_wave import release_wave
from fulfillment.warehouse.counting import list_due_counts
from fulfillment.warehouse.movements import Units
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.reservations import find_availability
from tests.warehouse.halls import ANA, build_hall, list_products, stock
from tests.warehouse.orders import order, part_state, require_sound_stock, tasks_of


@dataclass
class Hall:
    session: Session
    bins: dict[str, uuid.UUID]

    def adjust(self, delta: int, *, key: str = "a1", bin_code: str = "A-1") -> Loss:
        return adjust_bin(
            self.session,
            warehouse_code="CHI",
            bin_code=bin_code,
            sku="SOAP",
            delta=delta,
            reason=AdjustmentReason.DAMAGED,
            adjustment_id=key,
            actor=ANA,
        )

    def count(self, qty: int, *, key: str = "c1", bin_code: str = "A-1") -> Loss:
        return count_bin(
            self.session,
            warehouse_code="CHI",
            bin_code=bin_code,
            sku="SOAP",
            qty_counted=qty,
            count_id=key,
            actor=ANA,
        )

    def release(self) -> uuid.UUID:
        wave = release_wave(self.session, warehouse_code="CHI", actor=ANA)
        assert wave.wave_id is not None
        return wave.wave_id

    def scan(self, wave_id: uuid.UUID, *codes: str) -> None:
        for code in codes:
            request = ScanRequest(uuid.uuid4(), wave_id, code)
            answer = apply_scan(self.session, request=request, actor=ANA, policy=CompanyPolicy())
            assert answer.is_accepted, answer.message

    def stands(self, location_id: uuid.UUID) -> int:
        query = sa.text("SELECT coalesce(sum(qty), 0) FROM balance WHERE location_id = :id AND sku = 'SOAP'")
        total: int = self.session.connection().execute(query, {"id": location_id}).scalar_one()
        return total

    def counts(self) -> tuple[int, int]:
        found = find_availability(self.session, skus=["SOAP"])["CHI"]["SOAP"]
        return found.sellable, found.reserved


@pytest.fixture
def hall(session: Session) -> Hall:
    bins = build_hall(session, bins=("A-1", "A-2", "A-3"))
    list_products(session, "SOAP")
    stock(session, bins["A-1"], "SOAP", 5)
    return Hall(session, bins)


def test_units_found_can_be_promised_and_the_same_adjustment_counts_once(hall: Hall) -> None:
    for _ in range(2):
        hall.adjust(3)

    assert hall.counts() == (8, 0)
    require_sound_stock(hall.session)


def test_an_adjustment_below_what_is_promised_names_the_order_that_loses(hall: Hall) -> None:
    first = order(hall.session, "1", priority=1, SOAP=3)
    second = order(hall.session, "2", priority=9, SOAP=2)

    loss = hall.adjust(-1)

    assert [(short.fulfillment_order_id, short.units) for short in loss.short] == [
        (second.part_id, {"SOAP": 2})
    ]
    assert [part_state(hall.session, placed.part_id) for placed in (first, second)] == [
        "promised",
        "backordered",
    ]
    assert hall.counts() == (4, 3)
    require_sound_stock(hall.session)


def test_repeating_an_adjustment_takes_nothing_from_anyone(hall: Hall) -> None:
    hall.adjust(-2)
    placed = order(hall.session, "1", SOAP=3)

    loss = hall.adjust(-2)

    assert loss.short == ()
    assert part_state(hall.session, placed.part_id) == "promised"


def test_more_than_the_bin_holds_cannot_be_adjusted_away(hall: Hall) -> None:
    with pytest.raises(ConflictError, match="The bin holds 5 units of SOAP; 6 cannot leave it"):
        hall.adjust(-6)
    with pytest.raises(InvalidInputError):
        hall.adjust(0)


def test_damage_in_a_claimed_bin_sends_the_picker_elsewhere(hall: Hall) -> None:
    placed = order(hall.session, "1", SOAP=5)
    hall.release()
    stock(hall.session, hall.bins["A-3"], "SOAP", 9)

    loss = hall.adjust(-1)

    assert (loss.short, loss.replaced) == ((), 1)
    assert tasks_of(hall.session, placed.part_id) == [("A-1", "", 5, "cancelled"), ("A-3", "", 5, "open")]
    require_sound_stock(hall.session)


def test_a_count_brings_back_what_pickers_missed_and_settles_the_count_that_was_due(hall: Hall) -> None:
    order(hall.session, "1", SOAP=3)
    hall.scan(hall.release(), "A-1", "SOAP", "CMD-SHORT")
    missing = places_of("CHI").missing
    assert hall.stands(missing) == 4
    assert [(due.bin_code, due.sku) for due in list_due_counts(hall.session, warehouse_code="CHI")] == [
        ("A-1", "SOAP")
    ]

    hall.count(1)

    assert (hall.stands(missing), hall.stands(hall.bins["A-1"])) == (3, 1)
    assert list_due_counts(hall.session, warehouse_code="CHI") == []
    require_sound_stock(hall.session)


def test_a_count_above_the_ledger_and_below_it_is_booked(hall: Hall) -> None:
    hall.count(7)
    assert hall.counts() == (7, 0)

    hall.count(4, key="c2")
    assert hall.counts() == (4, 0)
    require_sound_stock(hall.session)


def test_a_blocked_bin_is_neither_promised_nor_picked_and_opening_gives_it_back(hall: Hall) -> None:
    placed = order(hall.session, "1", SOAP=2)
    hall.release()
    stock(hall.session, hall.bins["A-2"], "SOAP", 3)

    for _ in range(2):
        block_bin(hall.session, warehouse_code="CHI", bin_code="A-1", reason="spill", actor=ANA)

    assert tasks_of(hall.session, placed.part_id) == [("A-1", "", 2, "cancelled"), ("A-2", "", 2, "open")]
    assert hall.counts() == (3, 2)
    require_sound_stock(hall.session)

    for _ in range(2):
        open_bin(hall.session, warehouse_code="CHI", bin_code="A-1", reason="clean", actor=ANA)

    assert hall.counts() == (8, 2)
    require_sound_stock(hall.session)


def test_units_move_between_bins_but_not_those_a_task_has_claimed(hall: Hall) -> None:
    order(hall.session, "1", SOAP=2)
    hall.release()

    move_units(
        hall.session,
        warehouse_code="CHI",
        from_code="A-1",
        to_code="A-2",
        units=Units("SOAP", 3),
        transfer_id="t1",
        actor=ANA,
    )

    assert hall.stands(hall.bins["A-2"]) == 3
    with pytest.raises(ConflictError, match="2 of them claimed by pick tasks; 1 cannot leave it"):
        move_units(
            hall.session,
            warehouse_code="CHI",
            from_code="A-1",
            to_code="A-2",
            units=Units("SOAP", 1),
            transfer_id="t2",
            actor=ANA,
        )


def test_units_that_are_to_move_to_their_own_bin_stay_and_it_is_said(hall: Hall) -> None:
    with pytest.raises(InvalidInputError, match="stand in A-1 already"):
        move_units(
            hall.session,
            warehouse_code="CHI",
            from_code="A-1",
            to_code="A-1",
            units=Units("SOAP", 1),
            transfer_id="t1",
            actor=ANA,
        )

    assert hall.stands(hall.bins["A-1"]) == 5
