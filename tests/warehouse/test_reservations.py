import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, OutOfStockError
from fulfillment.warehouse.reservations import (
    Available,
    ReservationRequest,
    change_reserved,
    find_availability,
    keep_back,
    move_reservation,
    release_units,
    reserve_many,
    reserve_units,
)
from tests.warehouse.halls import build_hall, list_products, stock


def reserved(session: Session) -> dict[tuple[str, str], int]:
    rows = session.connection().execute(sa.text("SELECT warehouse_code, sku, reserved FROM availability"))
    return {(row.warehouse_code, row.sku): row.reserved for row in rows}


@pytest.fixture
def stocked(session: Session) -> Session:
    chicago = build_hall(session, code="CHI")
    reno = build_hall(session, code="RNO")
    list_products(session, "SOAP", "OIL")
    stock(session, chicago["A-1"], "SOAP", 5)
    stock(session, chicago["A-2"], "OIL", 3)
    stock(session, reno["A-1"], "SOAP", 2)
    return session


def test_all_units_of_an_order_are_reserved_together(stocked: Session) -> None:
    reserve_units(stocked, warehouse_code="CHI", units={"SOAP": 5, "OIL": 1})

    assert reserved(stocked) == {("CHI", "SOAP"): 5, ("CHI", "OIL"): 1, ("RNO", "SOAP"): 0}


def test_one_unit_too_many_is_refused_with_its_numbers_and_nothing_changes(stocked: Session) -> None:
    with pytest.raises(OutOfStockError) as refusal:
        reserve_units(stocked, warehouse_code="CHI", units={"SOAP": 5, "OIL": 4})

    assert refusal.value.detail["short"] == [{"warehouse_code": "CHI", "sku": "OIL", "wanted": 4, "free": 3}]
    assert "OIL at CHI: 4 wanted, 3 free" in refusal.value.message
    assert set(reserved(stocked).values()) == {0}


def test_a_sku_the_warehouse_never_had_is_refused(stocked: Session) -> None:
    with pytest.raises(OutOfStockError):
        reserve_units(stocked, warehouse_code="RNO", units={"OIL": 1})


def test_the_transaction_goes_on_after_a_refusal(stocked: Session) -> None:
    with pytest.raises(OutOfStockError):
        reserve_units(stocked, warehouse_code="RNO", units={"SOAP": 3})

    reserve_units(stocked, warehouse_code="CHI", units={"SOAP": 3})

    assert reserved(stocked)["CHI", "SOAP"] == 3


def test_released_units_can_be_promised_again(stocked: Session) -> None:
    reserve_units(stocked, warehouse_code="CHI", units={"SOAP": 5})

    release_units(stocked, warehouse_code="CHI", units={"SOAP": 2})

    found = find_availability(stocked, skus=["SOAP"])
    assert found["CHI"]["SOAP"] == Available("CHI", "SOAP", sellable=5, reserved=3)
    assert found["CHI"]["SOAP"].free == 2


def test_more_than_is_reserved_cannot_be_released(stocked: Session) -> None:
    reserve_units(stocked, warehouse_code="CHI", units={"SOAP": 1})

    with pytest.raises(ConflictError, match="has 1 units of SOAP reserved; 2 cannot be given back"):
        release_units(stocked, warehouse_code="CHI", units={"SOAP": 2})

    assert reserved(stocked)["CHI", "SOAP"] == 1


def test_a_reservation_moves_whole_or_not_at_all(stocked: Session) -> None:
    reserve_units(stocked, warehouse_code="CHI", units={"SOAP": 3})

    with pytest.raises(OutOfStockError):
        move_reservation(stocked, from_warehouse_code="CHI", to_warehouse_code="RNO", units={"SOAP": 3})
    move_reservation(stocked, from_warehouse_code="CHI", to_warehouse_code="RNO", units={"SOAP": 2})

    assert reserved(stocked) == {("CHI", "SOAP"): 1, ("CHI", "OIL"): 0, ("RNO", "SOAP"): 2}


def test_two_orders_may_swap_the_last_units_of_two_warehouses(stocked: Session) -> None:
    reserve_units(stocked, warehouse_code="CHI", units={"SOAP": 5})
    reserve_units(stocked, warehouse_code="RNO", units={"SOAP": 2})

    change_reserved(stocked, deltas={("CHI", "SOAP"): -2 + 2, ("RNO", "SOAP"): 2 - 2})

    assert reserved(stocked)["RNO", "SOAP"] == 2


def test_zero_units_cannot_be_promised(stocked: Session) -> None:
    with pytest.raises(InvalidInputError):
        reserve_units(stocked, warehouse_code="CHI", units={"SOAP": 0})


def test_of_many_orders_each_that_fits_is_reserved_in_turn(stocked: Session) -> None:
    requests = [
        ReservationRequest("first", "CHI", {"SOAP": 4, "OIL": 1}),
        ReservationRequest("too much", "CHI", {"SOAP": 2}),
        ReservationRequest("last", "CHI", {"SOAP": 1, "OIL": 2}),
        ReservationRequest("unknown", "RNO", {"OIL": 1}),
    ]

    refused = reserve_many(stocked, requests=requests)

    assert refused == ["too much", "unknown"]
    assert reserved(stocked) == {("CHI", "SOAP"): 5, ("CHI", "OIL"): 3, ("RNO", "SOAP"): 0}


def test_what_is_kept_back_is_promised_to_an_autoship_run_only(stocked: Session) -> None:
    keep_back(stocked, deltas={("CHI", "SOAP"): 4})

    with pytest.raises(OutOfStockError, match="SOAP at CHI: 2 wanted, 1 free"):
        change_reserved(stocked, deltas={("CHI", "SOAP"): 2})
    with pytest.raises(OutOfStockError, match="SOAP at CHI: 2 wanted, 1 free"):
        change_reserved(stocked, deltas={("CHI", "SOAP"): 2, ("CHI", "OIL"): 1})
    change_reserved(stocked, deltas={("CHI", "SOAP"): 2, ("CHI", "OIL"): 1}, may_take_kept_back=True)
    change_reserved(stocked, deltas={("CHI", "SOAP"): 3}, may_take_kept_back=True)

    assert reserved(stocked)["CHI", "SOAP"] == 5
    assert reserved(stocked)["CHI", "OIL"] == 1


def test_units_are_given_back_although_more_is_kept_back_than_is_free(stocked: Session) -> None:
    reserve_units(stocked, warehouse_code="CHI", units={"SOAP": 5})
    keep_back(stocked, deltas={("CHI", "SOAP"): 3})

    change_reserved(stocked, deltas={("CHI", "SOAP"): -1})
    change_reserved(stocked, deltas={("CHI", "SOAP"): -1, ("RNO", "SOAP"): 1})

    found = find_availability(stocked, skus=["SOAP"])["CHI"]["SOAP"]
    assert found == Available("CHI", "SOAP", sellable=5, reserved=3, kept_back=3)
    assert (found.free, found.free_for_autoship) == (0, 2)


def test_nothing_is_kept_back_where_the_sku_never_was(stocked: Session) -> None:
    with pytest.raises(ConflictError):
        keep_back(stocked, deltas={("RNO", "OIL"): 1, ("CHI", "OIL"): 1})

    assert find_availability(stocked, skus=["OIL"])["CHI"]["OIL"].kept_back == 0
