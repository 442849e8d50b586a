from dataclasses import replace

import pytest

from labels.addresses import PostalAddress
from labels.barcodes import Symbology
from labels.carrier_label import grouped, label_barcode, render_carrier_labels
from labels.errors import LabelError, UnprintableCodeError
from tests.labels.reading import page_sizes, page_text, scan_page
from tests.labels.samples import CUSTOMER, WAREHOUSE, carrier_label

BERLIN = PostalAddress("Ada Park", "Unter den Linden 1", "Berlin", "10117", "DE", country_name="Germany")


def test_a_usps_label_carries_the_zip_before_its_number() -> None:
    label = replace(carrier_label(), ship_to=replace(CUSTOMER, zip="62704-1234"))

    pdf = render_carrier_labels([label])

    assert page_sizes(pdf) == [(288.0, 432.0)]
    assert scan_page(pdf) == [("]C1", "(420)62704(94)00100000000000000008")]
    assert "9400 1000 0000 0000 0000 08" in page_text(pdf)


@pytest.mark.parametrize(
    ("carrier", "number"),
    [
        ("UPS", "1Z12345E0205271688"),
        ("FedEx", "986578788855"),
        ("FedEx", "039813852990618"),
        ("USPS", "LZ123456789US"),
    ],
)
def test_other_numbers_are_plain_code_128(carrier: str, number: str) -> None:
    label = replace(carrier_label(), carrier=carrier, tracking_number=number)

    assert scan_page(render_carrier_labels([label])) == [("]C0", number)]


def test_a_label_abroad_has_no_zip_in_its_bars_and_names_both_countries() -> None:
    label = replace(carrier_label(), ship_to=BERLIN)

    assert label_barcode(label) == ("9400100000000000000008", Symbology.CODE_128)
    printed = page_text(render_carrier_labels([label]))
    assert "10117 Berlin" in printed
    assert "GERMANY" in printed
    assert "US" in printed.split()


def test_every_label_says_three_times_that_it_is_void() -> None:
    printed = page_text(render_carrier_labels([carrier_label()]))

    assert printed.count("SANDBOX \N{EN DASH} VOID \N{EN DASH} NOT POSTAGE") == 2
    assert printed.count("VOID") == 3


def test_a_return_label_says_so() -> None:
    assert "RETURN" not in page_text(render_carrier_labels([carrier_label()]))
    assert "RETURN" in page_text(render_carrier_labels([replace(carrier_label(), is_return=True)]))


def test_a_hundred_labels_are_a_hundred_pages_that_scan() -> None:
    labels = [
        replace(carrier_label(), carrier="UPS", tracking_number=f"1Z12345E02{number:08d}")
        for number in range(100)
    ]

    pdf = render_carrier_labels(labels)

    assert len(page_sizes(pdf)) == 100
    assert [scan_page(pdf, page) for page in range(0, 100, 9)] == [
        [("]C0", labels[page].tracking_number)] for page in range(0, 100, 9)
    ]


def test_the_address_of_seven_lines_fits_above_the_bars() -> None:
    label = replace(
        carrier_label(),
        ship_from=replace(WAREHOUSE, company="Returns department", street2="Dock 7"),
        ship_to=replace(BERLIN, company="Analytical Engines", street2="Floor 3"),
        marks=("GROUND ONLY", "SIGNATURE"),
    )
    pdf = render_carrier_labels([label])

    assert scan_page(pdf) == [("]C0", "9400100000000000000008")]
    assert "…" not in page_text(pdf)


def test_nothing_and_an_unprintable_number_are_refused() -> None:
    with pytest.raises(LabelError, match="no label to print"):
        render_carrier_labels([])
    with pytest.raises(UnprintableCodeError):
        render_carrier_labels([replace(carrier_label(), tracking_number="号码")])


def test_digits_are_grouped_and_letters_are_not() -> None:
    assert grouped("940010000000") == "9400 1000 0000"
    assert grouped("1Z12345E0205271688") == "1Z12345E0205271688"
