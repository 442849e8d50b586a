import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.products import add_barcode, save_products
from fulfillment.catalog.specifications import NewProduct
from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.flows.receive_goods import finish_receipt, put_away_goods, receive_goods
from fulfillment.store.clock import read_now
from fulfillment.warehouse.balances import TooFewUnitsError
from fulfillment.warehouse.putting_away import DockUnits, list_dock_units, suggest_bin
from fulfillment.warehouse.receiving import Discrepancy, ExpectedUnits, expect_receipt
from fulfillment.warehouse.reservations import find_availability
from tests.warehouse.halls import ANA, build_hall, stock
from tests.warehouse.orders import require_sound_stock

GTIN = "00036000291452"


@pytest.fixture
def receipt_id(session: Session) -> uuid.UUID:
    hall = build_hall(session, bins=("A-1", "A-2", "A-3"))
    save_products(
        session,
        products=[
            NewProduct(
                "SOAP", "Soap", 500, "USD", weight_g=1, gtin=GTIN, is_lot_tracked=True, min_remaining_days=90
            ),
            NewProduct("OIL", "Oil", 500, "USD", weight_g=1),
            NewProduct("PEN", "Pen", 500, "USD", weight_g=1, is_serial_tracked=True),
        ],
        actor=ANA,
    )
    stock(session, hall["A-1"], "OIL", 1)
    lines = [ExpectedUnits("SOAP", 10), ExpectedUnits("OIL", 24)]
    return expect_receipt(session, warehouse_code="CHI", supplier="Maker", lines=lines, actor=ANA).receipt_id


def receive(session: Session, receipt_id: uuid.UUID, code: str, key: str = "r1", qty: int = 1) -> bool:
    scan = receive_goods(session, receipt_id=receipt_id, receiving_id=key, code=code, qty=qty, actor=ANA)
    return scan.is_repeated


def soap_code(session: Session, *, days: int) -> str:
    expiry = read_now(session).date() + timedelta(days=days)
    return f"(01){GTIN}(17){expiry:%y%m%d}(10)L1"


def test_a_gs1_code_brings_lot_and_expiry_and_a_repeated_scan_counts_once(
    session: Session, receipt_id: uuid.UUID
) -> None:
    code = soap_code(session, days=200)

    repeats = [receive(session, receipt_id, code, qty=4) for _ in range(2)]

    assert repeats == [False, True]
    assert list_dock_units(session, warehouse_code="CHI") == [DockUnits("SOAP", "L1", 4)]
    assert "SOAP" not in find_availability(session, skus=["SOAP"]).get("CHI", {})
    expiry = session.connection().execute(sa.text("SELECT expires_on FROM lot WHERE lot = 'L1'"))
    assert expiry.scalar_one() == read_now(session).date() + timedelta(days=200)


def test_put_away_makes_units_sellable_once_and_asks_for_backorders(
    session: Session, receipt_id: uuid.UUID
) -> None:
    receive(session, receipt_id, soap_code(session, days=200), qty=4)

    moved = [
        put_away_goods(
            session,
            warehouse_code="CHI",
            put_away_id="p1",
            sku="SOAP",
            lot="L1",
            qty=3,
            bin_code="CHI-A-2",
            actor=ANA,
        )
        for _ in range(2)
    ]

    assert moved == [True, False]
    assert find_availability(session, skus=["SOAP"])["CHI"]["SOAP"].free == 3
    jobs = session.connection().execute(sa.text("SELECT count(*) FROM job WHERE kind = 'fill_backorders'"))
    assert jobs.scalar_one() == 1
    require_sound_stock(session)


def test_more_than_stands_at_the_dock_cannot_be_put_away(session: Session, receipt_id: uuid.UUID) -> None:
    receive(session, receipt_id, "OIL", qty=2)

    with pytest.raises(TooFewUnitsError, match="RECEIVING holds 2 units of OIL; 3 cannot leave it"):
        put_away_goods(
            session, warehouse_code="CHI", put_away_id="p", sku="OIL", qty=3, bin_code="A-2", actor=ANA
        )


def test_a_case_code_counts_all_its_units(session: Session, receipt_id: uuid.UUID) -> None:
    add_barcode(session, code="CASE-OIL", sku="OIL", units=12, actor=ANA)

    receive(session, receipt_id, "CASE-OIL", qty=2)

    assert list_dock_units(session, warehouse_code="CHI") == [DockUnits("OIL", "", 24)]


def test_a_lot_tracked_article_needs_its_lot(session: Session, receipt_id: uuid.UUID) -> None:
    with pytest.raises(InvalidInputError, match="SOAP is tracked by lot"):
        receive(session, receipt_id, "SOAP")


def test_units_with_too_little_shelf_life_are_not_taken_in(session: Session, receipt_id: uuid.UUID) -> None:
    with pytest.raises(InvalidInputError, match="owed 90 days of shelf life"):
        receive(session, receipt_id, soap_code(session, days=89))


def test_a_lot_has_one_expiry_date(session: Session, receipt_id: uuid.UUID) -> None:
    receive(session, receipt_id, soap_code(session, days=200))

    with pytest.raises(ConflictError, match="Lot L1 of SOAP expires on"):
        receive(session, receipt_id, soap_code(session, days=201), key="r2")


def test_serial_numbers_come_one_to_a_unit(session: Session, receipt_id: uuid.UUID) -> None:
    with pytest.raises(InvalidInputError, match="PEN has serial numbers; 2 units need as many, not 1"):
        receive_goods(
            session,
            receipt_id=receipt_id,
            receiving_id="r",
            code="PEN",
            qty=2,
            serials=("S1", "S1"),
            actor=ANA,
        )


def test_an_unknown_code_is_refused(session: Session, receipt_id: uuid.UUID) -> None:
    with pytest.raises(NotFoundError, match="Nothing is known by the code NOPE"):
        receive(session, receipt_id, "NOPE")


def test_a_closed_receipt_names_what_differs_and_takes_nothing_more(
    session: Session, receipt_id: uuid.UUID
) -> None:
    receive(session, receipt_id, soap_code(session, days=200), qty=10)
    receive(session, receipt_id, "OIL", key="r2", qty=20)

    differing = finish_receipt(session, receipt_id=receipt_id, actor=ANA)

    assert differing == [Discrepancy("OIL", 24, 20)]
    with pytest.raises(ConflictError, match="is closed; open another one"):
        receive(session, receipt_id, "OIL", key="r3")


def test_like_goods_are_put_together_and_new_ones_into_an_empty_bin(
    session: Session, receipt_id: uuid.UUID
) -> None:
    oil = suggest_bin(session, warehouse_code="CHI", sku="OIL", lot="")
    soap = suggest_bin(session, warehouse_code="CHI", sku="SOAP", lot="L1")

    assert oil is not None
    assert soap is not None
    assert (oil.code, soap.code) == ("A-1", "A-2")
