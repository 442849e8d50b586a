import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.warehouse.balances import PromisedUnitsError, TooFewUnitsError
from fulfillment.warehouse.ledger import PostedMovements, post_movements
from fulfillment.warehouse.lots import LotFacts, ensure_lots
from fulfillment.warehouse.movements import NewMovement, Units, pick, ship, transfer, undo_pick
from fulfillment.warehouse.places import place_id, places_of
from fulfillment.warehouse.reservations import find_availability, reserve_units
from tests.warehouse.halls import ANA, NOON, build_hall, list_products, stock

SCAN = uuid.UUID(int=1)
TASK = uuid.UUID(int=2)
CHICAGO = places_of("CHI")


def post(session: Session, *movements: NewMovement) -> PostedMovements:
    return post_movements(session, movements=movements, actor=ANA, now=NOON)


def balance(session: Session, location_id: uuid.UUID, sku: str) -> tuple[int, int]:
    row = (
        session.connection()
        .execute(
            sa.text("SELECT qty, claimed FROM balance WHERE location_id = :id AND sku = :sku"),
            {"id": location_id, "sku": sku},
        )
        .one()
    )
    return row.qty, row.claimed


def counts(session: Session) -> tuple[int, int]:
    found = find_availability(session, skus=["SOAP"])["CHI"]["SOAP"]
    return found.sellable, found.reserved


@pytest.fixture
def bins(session: Session) -> dict[str, uuid.UUID]:
    hall = build_hall(session)
    list_products(session, "SOAP", "OIL")
    stock(session, hall["A-1"], "SOAP", 5)
    return hall


def test_received_units_count_on_both_sides_and_can_be_sold(
    session: Session, bins: dict[str, uuid.UUID]
) -> None:
    assert balance(session, bins["A-1"], "SOAP") == (5, 0)
    assert balance(session, place_id("SUPPLIER"), "SOAP") == (-5, 0)
    assert counts(session) == (5, 0)


def test_a_transfer_between_sellable_bins_changes_nothing_that_can_be_sold(
    session: Session, bins: dict[str, uuid.UUID]
) -> None:
    move = transfer(
        Units("SOAP", 2), transfer_id="t1", subject=("test", "1"), origin=bins["A-1"], target=bins["A-2"]
    )

    post(session, move)

    assert balance(session, bins["A-1"], "SOAP") == (3, 0)
    assert balance(session, bins["A-2"], "SOAP") == (2, 0)
    assert counts(session) == (5, 0)


def test_the_same_posting_key_moves_units_once(session: Session, bins: dict[str, uuid.UUID]) -> None:
    move = transfer(
        Units("SOAP", 2), transfer_id="t1", subject=("test", "1"), origin=bins["A-1"], target=bins["A-2"]
    )

    first = post(session, move)
    second = post(session, move)

    assert first.repeated == frozenset()
    assert second.repeated == {"transfer:t1"}
    assert second.numbers == first.numbers
    assert balance(session, bins["A-2"], "SOAP") == (2, 0)


def test_a_posting_key_with_other_content_is_refused(session: Session, bins: dict[str, uuid.UUID]) -> None:
    move = transfer(
        Units("SOAP", 2), transfer_id="t1", subject=("test", "1"), origin=bins["A-1"], target=bins["A-2"]
    )
    post(session, move)

    with pytest.raises(InvalidInputError, match="already moved 2 units of SOAP"):
        post(session, replace(move, qty=3))

    assert balance(session, bins["A-2"], "SOAP") == (2, 0)


def test_units_that_are_not_there_cannot_leave(session: Session, bins: dict[str, uuid.UUID]) -> None:
    move = transfer(
        Units("SOAP", 6), transfer_id="t1", subject=("test", "1"), origin=bins["A-1"], target=bins["A-2"]
    )

    with pytest.raises(TooFewUnitsError, match="A-1 holds 5 units of SOAP; 6 cannot leave it"):
        post(session, move)


def test_units_promised_to_orders_cannot_stop_being_sellable(
    session: Session, bins: dict[str, uuid.UUID]
) -> None:
    reserve_units(session, warehouse_code="CHI", units={"SOAP": 4})
    loss = transfer(
        Units("SOAP", 2), transfer_id="t1", subject=("test", "1"), origin=bins["A-1"], target=CHICAGO.scrap
    )

    with pytest.raises(PromisedUnitsError) as refusal:
        post(session, loss)

    assert refusal.value.detail["short"] == [{"warehouse_code": "CHI", "sku": "SOAP", "short": 1}]


def test_a_pick_settles_claim_and_reservation_and_its_undoing_restores_them(
    session: Session, bins: dict[str, uuid.UUID]
) -> None:
    reserve_units(session, warehouse_code="CHI", units={"SOAP": 3})
    session.connection().execute(
        sa.text("UPDATE balance SET claimed = 3 WHERE location_id = :id"), {"id": bins["A-1"]}
    )
    places = {"pick_task_id": TASK, "bin_id": bins["A-1"], "picked": CHICAGO.picked}

    posted = post(session, pick(Units("SOAP", 2), scan_id=SCAN, **places))

    assert balance(session, bins["A-1"], "SOAP") == (3, 1)
    assert balance(session, CHICAGO.picked, "SOAP") == (2, 0)
    assert counts(session) == (3, 1)

    number = posted.numbers[f"pick:{SCAN}"]
    post(session, undo_pick(Units("SOAP", 2), scan_id=SCAN, reverses=number, **places))

    assert balance(session, bins["A-1"], "SOAP") == (5, 3)
    assert balance(session, CHICAGO.picked, "SOAP") == (0, 0)
    assert counts(session) == (5, 3)


def test_units_claimed_by_pick_tasks_stay_in_their_bin(session: Session, bins: dict[str, uuid.UUID]) -> None:
    reserve_units(session, warehouse_code="CHI", units={"SOAP": 4})
    session.connection().execute(
        sa.text("UPDATE balance SET claimed = 4 WHERE location_id = :id"), {"id": bins["A-1"]}
    )
    move = transfer(
        Units("SOAP", 2), transfer_id="t1", subject=("test", "1"), origin=bins["A-1"], target=bins["A-2"]
    )

    with pytest.raises(TooFewUnitsError, match="4 of them claimed by pick tasks; 2 cannot leave it"):
        post(session, move)


def test_many_movements_are_posted_together_and_every_sku_sums_to_zero(
    session: Session, bins: dict[str, uuid.UUID]
) -> None:
    ensure_lots(session, lots=[LotFacts("OIL")])
    supplier = place_id("SUPPLIER")
    moves = [
        transfer(
            Units(sku, qty),
            transfer_id=f"{sku}{number}",
            subject=("test", "1"),
            origin=supplier,
            target=bins["A-2"],
        )
        for number, (sku, qty) in enumerate([("OIL", 7), ("SOAP", 1), ("OIL", 2)])
    ]
    moves.append(ship(Units("OIL", 4), parcel_line_id=TASK, picked=bins["A-2"], shipped=CHICAGO.shipped))

    posted = post(session, *moves)

    assert len(posted.numbers) == 4
    assert balance(session, bins["A-2"], "OIL") == (5, 0)
    assert balance(session, CHICAGO.shipped, "OIL") == (4, 0)
    sums = session.connection().execute(sa.text("SELECT sku, sum(qty) FROM balance GROUP BY sku"))
    assert dict(tuple(row) for row in sums) == {"SOAP": 0, "OIL": 0}


def test_a_movement_of_no_units_is_refused(session: Session, bins: dict[str, uuid.UUID]) -> None:
    move = transfer(
        Units("SOAP", 0), transfer_id="t1", subject=("test", "1"), origin=bins["A-1"], target=bins["A-2"]
    )

    with pytest.raises(InvalidInputError, match="0 units of SOAP cannot move"):
        post(session, move)
