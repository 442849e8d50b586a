from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.shipping.terms import (
    CartonSize,
    DistanceBand,
    Divisor,
    RateTable,
    add_rate_card,
    save_cartons,
    save_zones,
)
from fulfillment.store.actors import SYSTEM

BOX = CartonSize("BOX", "Box", 300, 200, 100, 120, 10_000)
TABLE = RateTable("ups", "ups_ground", "US", "USD", date(2026, 1, 1), "list", ((1, 453, 900), (2, 453, 950)))
BAND = DistanceBand("ups", "US", 1, 80, 1)
DIVISOR = Divisor("ups", date(2025, 8, 18), 5022, 0, "guide")


def count(session: Session, table: str) -> int:
    return int(session.connection().execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def test_a_carton_saved_again_has_the_new_sizes(session: Session) -> None:
    save_cartons(session, cartons=[BOX], actor=SYSTEM)
    save_cartons(session, cartons=[replace(BOX, length_mm=310)], actor=SYSTEM)

    assert count(session, "carton") == 1
    assert session.connection().execute(sa.text("SELECT length_mm FROM carton")).scalar_one() == 310


def test_a_rate_card_is_added_once_and_a_later_one_beside_it(session: Session) -> None:
    add_rate_card(session, table=TABLE, actor=SYSTEM)
    add_rate_card(session, table=replace(TABLE, valid_from=date(2026, 7, 1)), actor=SYSTEM)

    with pytest.raises(ConflictError, match="later date"):
        add_rate_card(session, table=TABLE, actor=SYSTEM)
    assert (count(session, "rate_card"), count(session, "rate_card_row")) == (2, 4)


@pytest.mark.parametrize("row", [(-1, 453, 900), (1, 0, 900), (1, 453, -1)])
def test_a_rate_out_of_range_is_refused(session: Session, row: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidInputError, match="correct it"):
        add_rate_card(session, table=replace(TABLE, rows=(row,)), actor=SYSTEM)

    assert count(session, "rate_card") == 0


def test_zones_and_divisors_stand_as_given_last(session: Session) -> None:
    save_zones(session, bands=[BAND], divisors=[DIVISOR], actor=SYSTEM)
    save_zones(
        session, bands=[replace(BAND, max_km=90)], divisors=[replace(DIVISOR, cm3_per_kg=5000)], actor=SYSTEM
    )

    limits = session.connection().execute(
        sa.text("SELECT max_km, cm3_per_kg FROM zone_band JOIN dimensional_divisor USING (carrier)")
    )
    assert [tuple(row) for row in limits] == [(90, 5000)]


def test_measures_that_are_not_above_zero_are_refused(session: Session) -> None:
    with pytest.raises(InvalidInputError, match="above zero"):
        save_cartons(session, cartons=[replace(BOX, width_mm=0)], actor=SYSTEM)
    with pytest.raises(InvalidInputError, match="above zero"):
        save_zones(session, bands=[replace(BAND, max_km=0)], divisors=[], actor=SYSTEM)
    with pytest.raises(InvalidInputError, match="above zero"):
        save_zones(session, bands=[], divisors=[replace(DIVISOR, cm3_per_kg=0)], actor=SYSTEM)
