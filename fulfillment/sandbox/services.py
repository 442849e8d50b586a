"""The services the sandbox courier sells, with made-up prices shaped after published tariffs.

USPS is cheap when light, UPS and FedEx when heavy or to a business, and air costs what air costs, so that
comparing carriers means something. Nobody should quote these figures.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tariff:
    """Cents: base + step·(zone-1) + lb·(per_lb + per_lb_zone·(zone-1)), and a surcharge for residences."""

    base: float
    step: float
    per_lb: float
    per_lb_zone: float
    residential: float = 0


@dataclass(frozen=True, slots=True)
class Service:
    """One service of one carrier; `days` are working days by zone, 1 to 9."""

    carrier: str
    token: str
    name: str
    tariff: Tariff
    days: tuple[int, ...]
    is_air: bool = False


@dataclass(frozen=True, slots=True)
class CarrierTerms:
    """What a carrier carries, and under which name Shippo shows it."""

    provider: str
    max_lb: float
    carries_to_boxes: bool = False
    carries_many_pieces: bool = True


THIRTY_KG_IN_LB = 66.14

CARRIERS = {
    "usps": CarrierTerms("USPS", 70, carries_to_boxes=True, carries_many_pieces=False),
    "ups": CarrierTerms("UPS", 150),
    "fedex": CarrierTerms("FedEx", 150),
    "correios_br": CarrierTerms(
        "Correios BR", THIRTY_KG_IN_LB, carries_to_boxes=True, carries_many_pieces=False
    ),
    "dhl_express": CarrierTerms("DHL Express", 150),
    "dpd_uk": CarrierTerms("DPD UK", THIRTY_KG_IN_LB),
}
_TWO_DAYS = (2,) * 8 + (4,)
_NEXT_DAY = (1,) * 8 + (3,)
_HOME_DAYS = (1, 1, 2, 3, 3, 4, 5, 5, 7)

US_SERVICES = (
    Service(
        "usps",
        "usps_ground_advantage",
        "Ground Advantage",
        Tariff(620, 30, 55, 13.5),
        (2, 2, 3, 3, 4, 4, 5, 5, 8),
    ),
    Service(
        "usps",
        "usps_priority",
        "Priority Mail",
        Tariff(820, 55, 70, 26),
        (1, 2, 2, 2, 3, 3, 3, 3, 6),
        is_air=True,
    ),
    Service(
        "usps",
        "usps_priority_express",
        "Priority Mail Express",
        Tariff(2600, 200, 150, 60),
        (1, 1, 1, 1, 2, 2, 2, 2, 3),
        is_air=True,
    ),
    Service("ups", "ups_ground", "Ground", Tariff(860, 28, 25, 11.5, 345), (1, 1, 2, 2, 3, 4, 4, 5, 7)),
    Service(
        "ups", "ups_second_day_air", "2nd Day Air®", Tariff(1800, 220, 80, 30, 345), _TWO_DAYS, is_air=True
    ),
    Service(
        "ups", "ups_next_day_air", "Next Day Air®", Tariff(4200, 410, 140, 52, 345), _NEXT_DAY, is_air=True
    ),
    Service("fedex", "fedex_ground", "FedEx Ground®", Tariff(835, 30, 24, 12), (1, 1, 2, 2, 3, 4, 5, 5, 7)),
    Service("fedex", "fedex_home_delivery", "FedEx Home Delivery®", Tariff(835, 30, 24, 12, 310), _HOME_DAYS),
    Service("fedex", "fedex_2_day", "FedEx 2Day®", Tariff(1750, 215, 78, 31, 325), _TWO_DAYS, is_air=True),
)
_BR_SERVICES = (
    Service(
        "correios_br", "correios_br_pac", "PAC", Tariff(1650, 210, 120, 45), (3, 4, 5, 6, 7, 8, 9, 10, 12)
    ),
    Service(
        "correios_br",
        "correios_br_sedex",
        "SEDEX",
        Tariff(2100, 480, 210, 95),
        (1, 1, 2, 2, 2, 3, 3, 4, 6),
        is_air=True,
    ),
)
_OTHER_SERVICES = (
    Service(
        "dhl_express",
        "dhl_express_domestic_express_doc",
        "Domestic Express",
        Tariff(950, 90, 60, 18),
        _NEXT_DAY,
        is_air=True,
    ),
    Service("dpd_uk", "dpd_uk_standard", "Standard", Tariff(620, 40, 35, 10), _TWO_DAYS),
)
_ABROAD = (8, 8, 8, 8, 8, 9, 9, 10, 12)
INTERNATIONAL_SERVICES = (
    Service(
        "usps",
        "usps_priority_mail_international",
        "Priority Mail International",
        Tariff(4100, 350, 420, 60),
        _ABROAD,
        is_air=True,
    ),
    Service("ups", "ups_express_plus", "Express Plus®", Tariff(9800, 900, 780, 90), (3,) * 9, is_air=True),
    Service(
        "fedex",
        "fedex_international_economy",
        "FedEx International Economy®",
        Tariff(6900, 600, 560, 70),
        (5,) * 9,
        is_air=True,
    ),
)
CURRENCIES = {
    "BR": "BRL",
    "GB": "GBP",
    "CA": "CAD",
    "AU": "AUD",
    "MX": "MXN",
    "DE": "EUR",
    "FR": "EUR",
    "IT": "EUR",
    "ES": "EUR",
    "NL": "EUR",
}


def services_between(origin: str, destination: str) -> tuple[Service, ...]:
    """The services from one country to another."""
    if origin != destination:
        return INTERNATIONAL_SERVICES
    return {"US": US_SERVICES, "BR": _BR_SERVICES}.get(origin, _OTHER_SERVICES)
