"""What boxes weigh and cost at the sandbox courier."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.sandbox.services import US_SERVICES, services_between
from fulfillment.sandbox.tariffs import billable_lb, make_box, price_cents, refusal
from fulfillment.sandbox.zones import zone_between

OLD, NEW = date(2026, 7, 11), date(2026, 7, 12)
IN = 25.4
LB = 453.59237
SIDES = st.floats(min_value=30, max_value=600)
WEIGHTS = st.floats(min_value=30, max_value=20_000)


@pytest.mark.parametrize(
    ("carrier", "on", "sides_in", "pounds", "billable"),
    [
        ("usps", OLD, (12.4, 12, 12), 2, 2),
        ("usps", OLD, (14, 12, 12), 2, 13),
        ("usps", NEW, (14, 12, 12), 2, 15),
        ("usps", NEW, (12.4, 12, 12), 2, 14),
        ("usps", NEW, (12, 12, 12), 2, 2),
        ("ups", OLD, (12, 12, 12), 2, 13),
        ("fedex", NEW, (4, 4, 4), 2.01, 3),
        ("usps", NEW, (4, 4, 4), 0.5, 0.5),
        ("ups", NEW, (4, 4, 4), 0.5, 1),
    ],
)
def test_billable_weight_follows_the_carriers_rule_of_the_day(
    carrier: str, on: date, sides_in: tuple[float, float, float], pounds: float, billable: float
) -> None:
    box = make_box(weight_g=pounds * LB, sides_mm=[side * IN for side in sides_in])

    assert billable_lb(carrier, box, on=on) == pytest.approx(billable)


@given(st.tuples(SIDES, SIDES, SIDES), WEIGHTS, WEIGHTS, st.sampled_from(US_SERVICES))
def test_a_heavier_box_is_never_cheaper_and_a_farther_one_neither(
    sides: tuple[float, float, float], weight_g: float, more_g: float, service: object
) -> None:
    light = make_box(weight_g=weight_g, sides_mm=sides)
    heavy = make_box(weight_g=weight_g + more_g, sides_mm=sides)

    def price(box: object, zone: int) -> int:
        return price_cents(service, [box], zone=zone, on=NEW, is_residential=True)  # type: ignore[arg-type, list-item] # hypothesis draws them

    assert price(light, 3) <= price(heavy, 3)
    assert price(light, 3) <= price(light, 4)


def test_a_carrier_refuses_what_is_too_heavy_too_long_or_too_many() -> None:
    usps, ups = US_SERVICES[0], US_SERVICES[3]
    heavy = make_box(weight_g=71 * LB, sides_mm=(300, 300, 300))
    long = make_box(weight_g=900, sides_mm=(100 * IN, 10 * IN, 10 * IN))

    assert refusal(usps, [heavy], to_box=False) == "The parcel exceeds the maximum weight of 70 lb for USPS."
    assert refusal(ups, [heavy], to_box=False) is None
    assert "130 in" in str(refusal(usps, [long], to_box=False))
    assert refusal(usps, [heavy, heavy], to_box=False) == "USPS does not support multi-piece shipments."


def test_correios_takes_thirty_kilograms_and_not_a_pound_more() -> None:
    pac = services_between("BR", "BR")[0]
    sides = (600, 330, 610)

    assert refusal(pac, [make_box(weight_g=30_000, sides_mm=sides)], to_box=False) is None
    assert "66.14 lb for Correios BR" in str(
        refusal(pac, [make_box(weight_g=30_454, sides_mm=sides)], to_box=False)
    )


@pytest.mark.parametrize(
    ("origin", "destination", "zone"),
    [
        (("US", "OH", "43217"), ("US", "OH", "43085"), 1),
        (("US", "OH", "43217"), ("US", "NY", "10001"), 4),
        (("US", "OH", "43217"), ("US", "CA", "90001"), 8),
        (("US", "OH", "43217"), ("US", "PR", "00901"), 9),
        (("US", "OH", "43217"), ("US", "AE", "09012"), 9),
        (("BR", "SP", "01310"), ("BR", "RS", "90010"), 4),
        (("GB", "", "SW1A1"), ("GB", "", "M11AE"), 5),
    ],
)
def test_zones_grow_with_distance(
    origin: tuple[str, str, str], destination: tuple[str, str, str], zone: int
) -> None:
    keys = ("country", "state", "zip")

    assert (
        zone_between(dict(zip(keys, origin, strict=True)), dict(zip(keys, destination, strict=True))) == zone
    )
