import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.warehouse.scanning import (
    MESSAGES,
    Outcome,
    Scanned,
    ScannedBin,
    ScannedTote,
    ScannedUnits,
    UnknownCode,
    Verdict,
    WantedPick,
    judge_scan,
)

WANTED = WantedPick(
    task_id=uuid.UUID(int=1),
    sku="SOAP",
    lot="L1",
    bin_code="A-1",
    bin_barcode="CHI-A-1",
    qty=3,
    qty_picked=1,
    is_located=True,
)
SOAP = ScannedUnits("036000291452", "SOAP", "Rose soap")
OIL = ScannedUnits("OIL", "OIL", "Argan oil")


@pytest.mark.parametrize(
    ("wanted", "scanned", "message"),
    [
        (WANTED, SOAP, "2 of 3 of SOAP picked. Scan the next one."),
        (WANTED, replace(SOAP, units=2), "All 3 of SOAP picked from A-1."),
        (WANTED, ScannedBin("CHI-A-1", "A-1", "CHI-A-1"), "Right bin: A-1. Now take 2 of SOAP."),
        (WANTED, ScannedBin("CHI-A-2", "A-2", "CHI-A-2"), "This is bin A-2. Wanted is bin A-1."),
        (WANTED, OIL, "This is OIL (Argan oil). Wanted is SOAP from A-1."),
        (
            WANTED,
            replace(SOAP, lot="L2"),
            "This is lot L2 of SOAP (Rose soap). Wanted is lot L1 in A-1.",
        ),
        (
            WANTED,
            replace(SOAP, units=12),
            "SOAP (Rose soap) would be 12 more, but only 2 of SOAP are still wanted.",
        ),
        (
            replace(WANTED, is_located=False),
            SOAP,
            "This is SOAP (Rose soap). Scan bin A-1 first, then SOAP.",
        ),
        (
            replace(WANTED, lots_in_bin=2),
            SOAP,
            "A-1 holds several lots of SOAP. Scan one marked lot L1.",
        ),
        (
            WANTED,
            replace(SOAP, is_serial_tracked=True),
            "SOAP has serial numbers. Scan the code that carries it, unit by unit.",
        ),
        (
            replace(WANTED, is_open=False),
            SOAP,
            "SOAP from A-1 is finished already; SOAP (Rose soap) was not counted.",
        ),
        (
            replace(WANTED, is_taken=True),
            SOAP,
            "SOAP from A-1 is another picker's now; SOAP (Rose soap) was not counted.",
        ),
        (WANTED, UnknownCode("???"), "Nothing is known by the code ???. Wanted is SOAP from A-1."),
        (WANTED, ScannedTote("TOTE-7"), "This order goes into tote TOTE-7."),
    ],
)
def test_every_scan_is_answered_in_words_that_name_both_things(
    wanted: WantedPick, scanned: Scanned, message: str
) -> None:
    assert judge_scan(wanted, scanned).message == message


def test_a_serial_number_is_booked_with_its_unit() -> None:
    verdict = judge_scan(WANTED, replace(SOAP, serial="S-9", is_serial_tracked=True))

    assert (verdict.units, verdict.serials) == (1, ("S-9",))


def test_the_right_lot_named_by_the_code_is_enough_in_a_bin_of_several() -> None:
    verdict = judge_scan(replace(WANTED, lots_in_bin=2), replace(SOAP, lot="L1"))

    assert verdict.outcome is Outcome.PICKED


def test_a_keyed_quantity_multiplies_the_units_of_the_code() -> None:
    assert judge_scan(WANTED, SOAP, qty=2).outcome is Outcome.TASK_DONE
    assert judge_scan(WANTED, SOAP, qty=3).outcome is Outcome.TOO_MANY


def test_every_outcome_has_its_sentence() -> None:
    assert MESSAGES.keys() == set(Outcome)


@given(
    wanted=st.builds(
        WantedPick,
        task_id=st.just(uuid.UUID(int=1)),
        sku=st.sampled_from(["SOAP", "OIL"]),
        lot=st.sampled_from(["", "L1"]),
        bin_code=st.just("A-1"),
        bin_barcode=st.just("CHI-A-1"),
        qty=st.integers(1, 5),
        qty_picked=st.just(0),
        is_located=st.booleans(),
        is_open=st.booleans(),
        is_taken=st.booleans(),
        lots_in_bin=st.integers(1, 2),
    ),
    scanned=st.builds(
        ScannedUnits,
        code=st.text(min_size=1, max_size=5),
        sku=st.sampled_from(["SOAP", "OIL"]),
        name=st.just("Thing"),
        units=st.integers(1, 6),
        lot=st.sampled_from([None, "L1", "L2"]),
        serial=st.sampled_from([None, "S"]),
        is_serial_tracked=st.booleans(),
    ),
    qty=st.integers(1, 3),
)
def test_units_are_booked_only_for_the_wanted_article_from_its_bin_and_never_too_many(
    wanted: WantedPick, scanned: ScannedUnits, qty: int
) -> None:
    verdict: Verdict = judge_scan(wanted, scanned, qty=qty)

    assert verdict.message
    assert (verdict.units > 0) == (verdict.outcome in {Outcome.PICKED, Outcome.TASK_DONE})
    if verdict.units:
        assert wanted.is_open
        assert wanted.is_located
        assert not wanted.is_taken
        assert scanned.sku == wanted.sku
        assert wanted.qty_picked + verdict.units <= wanted.qty
