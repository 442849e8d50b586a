"""Cartons, rate cards, zones and divisors of the made-up company.

The divisors are the carriers' own; the prices only have the shape of published tariffs (dearer by zone,
weight and step) and nobody should quote them. A company uploads its own cards.
"""

from datetime import date

from fulfillment.shipping.terms import CartonSize, DistanceBand, Divisor, RateTable
from fulfillment.simulation.made_up import ShippingTerms

GRAMS_PER_POUND = 453.59237
POUNDS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 70)
OUNCES = (4, 8, 12)
KILOGRAMS = (0.3, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30)

FIRST = date(2010, 1, 1)
"""Before the oldest order files there are, so that their days can be gone through again."""
JULY = date(2026, 7, 12)
MADE_UP = "made up; not a carrier's prices"

# Limits of zones 1 to 8 in kilometres: 50, 150, 300, 600, 1000, 1400, 1800 miles and beyond (USPS, Zone
# Charts). The last one reaches around the world.
US_BANDS_KM = (80, 241, 483, 966, 1609, 2253, 2897, 20_100)
BR_BANDS_KM = (60, 250, 500, 900, 1400, 2000, 2800, 20_100)
US_DAYS = {
    "fedex": (1, 1, 2, 3, 3, 4, 5, 5),
    "ups": (1, 1, 2, 2, 3, 4, 4, 5),
    "usps": (2, 2, 3, 3, 4, 4, 5, 5),
}
BR_DAYS = (3, 4, 5, 6, 7, 8, 9, 10)

# Carrier, service: first pound in zone 1, each further zone, each further pound, pound and zone; in cents.
US_SERVICES = {
    ("fedex", "fedex_home_delivery"): (1145, 32, 24, 12),
    ("ups", "ups_ground"): (1190, 30, 25, 11),
    ("usps", "usps_ground_advantage"): (640, 34, 55, 14),
}
JULY_RISE_PERCENT = 4


def make_shipping_terms() -> ShippingTerms:
    """All of it, for shipping inside the United States and inside Brazil."""
    rates = [
        _us_table(*service, figures, valid_from)
        for service, figures in US_SERVICES.items()
        for valid_from in (FIRST, JULY)
    ]
    return ShippingTerms(
        cartons=_make_cartons(), rates=(*rates, _br_table()), bands=_make_bands(), divisors=_make_divisors()
    )


def _make_cartons() -> tuple[CartonSize, ...]:
    return (
        CartonSize("MAILER", "Padded mailer", 230, 160, 40, 25, 900),
        CartonSize("BOX-S", "Small box", 230, 180, 120, 140, 5_000),
        CartonSize("BOX-M", "Medium box", 310, 240, 180, 260, 12_000),
        CartonSize("BOX-L", "Large box", 410, 310, 260, 420, 20_000),
        CartonSize("BOX-XL", "Extra large box", 560, 410, 360, 780, 30_000),
    )


def _us_table(carrier: str, service: str, figures: tuple[int, int, int, int], valid_from: date) -> RateTable:
    percent = 100 + (JULY_RISE_PERCENT if valid_from == JULY else 0)
    rows = [
        (zone, _grams(pounds), _us_price(figures, zone, pounds) * percent // 100)
        for zone in range(1, 9)
        for pounds in POUNDS
    ]
    if carrier == "usps":
        first, by_zone, _, _ = figures
        rows.extend(
            (
                zone,
                _grams(ounces / 16),
                (first - 180 + 10 * ounces + by_zone * (zone - 1) // 2) * percent // 100,
            )
            for zone in range(1, 9)
            for ounces in OUNCES
        )
    return RateTable(carrier, service, "US", "USD", valid_from, MADE_UP, tuple(sorted(rows)))


def _us_price(figures: tuple[int, int, int, int], zone: int, pounds: int) -> int:
    first, by_zone, by_pound, by_both = figures
    return first + by_zone * (zone - 1) + (pounds - 1) * (by_pound + by_both * (zone - 1))


def _br_table() -> RateTable:
    rows = [
        (zone, round(kilograms * 1000), round(1650 + 260 * (zone - 1) + kilograms * (260 + 95 * (zone - 1))))
        for zone in range(1, 9)
        for kilograms in KILOGRAMS
    ]
    return RateTable("correios_br", "correios_br_pac", "BR", "BRL", FIRST, MADE_UP, tuple(rows))


def _make_bands() -> tuple[DistanceBand, ...]:
    us = [
        DistanceBand(carrier, "US", zone, max_km, days[zone - 1])
        for carrier, days in US_DAYS.items()
        for zone, max_km in enumerate(US_BANDS_KM, start=1)
    ]
    br = [
        DistanceBand("correios_br", "BR", zone, max_km, BR_DAYS[zone - 1])
        for zone, max_km in enumerate(BR_BANDS_KM, start=1)
    ]
    return (*us, *br)


def _make_divisors() -> tuple[Divisor, ...]:
    """139 cubic inches a pound are 5,022 cm3 a kilogram, 166 are 5,997; 1,728 cubic inches are 28,317 cm3."""
    return (
        Divisor("fedex", date(2025, 8, 18), 5022, 0, "139 in3/lb, FedEx Service Guide"),
        Divisor("ups", date(2025, 8, 18), 5022, 0, "139 in3/lb, UPS Rate and Service Guide"),
        Divisor("usps", date(2019, 6, 23), 5997, 28_317, "166 in3/lb above 1 cubic foot, USPS Notice 123"),
        Divisor("usps", JULY, 5022, 28_317, "139 in3/lb above 1 cubic foot, USPS Notice 123"),
        Divisor("dhl_express", date(2025, 1, 1), 5000, 0, "5000 cm3/kg, DHL Express"),
        Divisor("correios_br", date(2016, 1, 1), 6000, 0, "assumed: 6000 cm3/kg"),
    )


def _grams(pounds: float) -> int:
    """Rounded down, so that a parcel of exactly that many grams does not exceed the step."""
    return int(pounds * GRAMS_PER_POUND)
