import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.warehouse.layout import NewBin, lay_out_bins
from fulfillment.warehouse.places import INSIDE, OUTSIDE, place_id, places_of
from fulfillment.warehouse.setup import add_bins
from tests.warehouse.halls import ANA, build_hall


def test_a_warehouse_stands_with_its_places_under_ids_that_need_no_look_up(session: Session) -> None:
    build_hall(session, code="CHI")
    build_hall(session, code="RNO")

    rows = session.connection().execute(
        sa.text("SELECT id, warehouse_code, code FROM location WHERE kind <> 'bin'")
    )
    found = {(row.warehouse_code, row.code): row.id for row in rows}

    assert len(found) == 2 * len(INSIDE) + len(OUTSIDE)
    assert found["CHI", "PICKED"] == places_of("CHI").picked
    assert found["RNO", "MISSING"] == places_of("RNO").missing
    assert found[None, "SUPPLIER"] == place_id("SUPPLIER")


def test_a_warehouse_code_is_taken_once(session: Session) -> None:
    build_hall(session)

    with pytest.raises(ConflictError, match="There is a warehouse CHI already"):
        build_hall(session)


def test_a_bin_is_added_once_and_only_to_a_warehouse(session: Session) -> None:
    build_hall(session, bins=("A-1",))

    with pytest.raises(ConflictError, match="Bin A-1 or its barcode exists already"):
        add_bins(session, warehouse_code="CHI", bins=[NewBin("A-2"), NewBin("A-1")], actor=ANA)
    with pytest.raises(NotFoundError, match="There is no warehouse MOON"):
        add_bins(session, warehouse_code="MOON", bins=[NewBin("A-2")], actor=ANA)
    with pytest.raises(InvalidInputError, match="Bin A-2 stands twice"):
        add_bins(session, warehouse_code="CHI", bins=[NewBin("A-2"), NewBin("A-2")], actor=ANA)


def test_facing_bays_share_a_place_along_the_aisle() -> None:
    bins = lay_out_bins(zone="A", aisles=1, bays=4, levels=1)

    assert [(bin_.code, bin_.walk_rank) for bin_ in bins] == [
        ("A-01-01-1", 1),
        ("A-01-02-1", 1),
        ("A-01-03-1", 2),
        ("A-01-04-1", 2),
    ]


def test_a_zone_has_a_size() -> None:
    with pytest.raises(InvalidInputError, match="A zone of 0 bays cannot be laid out"):
        lay_out_bins(zone="A", aisles=1, bays=0, levels=1)
