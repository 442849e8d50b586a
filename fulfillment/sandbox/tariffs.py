"""From boxes to cents: billable weight by the carrier's rule of the day, zone and surcharges."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fulfillment.sandbox.services import CARRIERS, Service

MM_PER_INCH = 25.4
G_PER_LB = 453.59237
OZ_PER_LB = 16
DIVISOR = 139
USPS_OLD_DIVISOR = 166
USPS_DIVISOR_CHANGED_ON = date(2026, 7, 12)
USPS_DIM_FREE_IN3 = 1728
HANDLING_IN3, LARGE_IN3 = 10_368, 17_280
HANDLING_IN, LARGE_IN = 48, 96
HANDLING_LB = 50
LARGE_LENGTH_AND_GIRTH_IN = 130
HANDLING_CENTS, LARGE_CENTS = 3050, 22_050
OUNCE_BANDS = ((4, 190), (8, 150), (12, 110), (15.999, 70))
"""USPS takes less below a pound: up to so many ounces, so many cents off the price of one pound."""


@dataclass(frozen=True, slots=True)
class Box:
    """A parcel: sides in inches, longest first, and weight in pounds."""

    sides_in: tuple[float, float, float]
    weight_lb: float

    @property
    def length_and_girth_in(self) -> float:
        """The longest side and once around the others."""
        return self.sides_in[0] + 2 * (self.sides_in[1] + self.sides_in[2])


def make_box(*, weight_g: float, sides_mm: Sequence[float]) -> Box:
    """A box of metric measures."""
    longest_first = sorted((side / MM_PER_INCH for side in sides_mm), reverse=True)
    return Box((longest_first[0], longest_first[1], longest_first[2]), weight_g / G_PER_LB)


def billable_lb(carrier: str, box: Box, *, on: date) -> float:
    """The weight that is charged: whole pounds of the actual or the dimensional weight."""
    is_new_rule = carrier != "usps" or on >= USPS_DIVISOR_CHANGED_ON
    sides = [math.ceil(side - 1e-6) if is_new_rule else round(side) for side in box.sides_in]
    volume = math.prod(sides)
    dimensional = volume / (DIVISOR if is_new_rule else USPS_OLD_DIVISOR)
    if carrier == "usps" and volume <= USPS_DIM_FREE_IN3:
        dimensional = 0
    if carrier == "usps" and box.weight_lb < 1 and dimensional <= 1:
        return box.weight_lb
    return max(1, math.ceil(max(box.weight_lb, dimensional) - 1e-9))


def price_cents(service: Service, boxes: Sequence[Box], *, zone: int, on: date, is_residential: bool) -> int:
    """The price of all boxes together."""
    total = sum(_price_of_one(service, box, zone=zone, on=on) for box in boxes)
    return round(total + (service.tariff.residential if is_residential else 0))


def refusal(service: Service, boxes: Sequence[Box], *, to_box: bool) -> str | None:
    """Why the carrier does not take these boxes, or nothing."""
    terms = CARRIERS[service.carrier]
    if to_box and not terms.carries_to_boxes:
        return f"{terms.provider} does not deliver to PO boxes or military addresses."
    if len(boxes) > 1 and not terms.carries_many_pieces:
        return f"{terms.provider} does not support multi-piece shipments."
    if any(box.weight_lb > terms.max_lb for box in boxes):
        return f"The parcel exceeds the maximum weight of {terms.max_lb:g} lb for {terms.provider}."
    if service.carrier == "usps" and any(
        box.length_and_girth_in > LARGE_LENGTH_AND_GIRTH_IN for box in boxes
    ):
        return "The parcel exceeds the maximum size for USPS: 130 in length and girth combined."
    return None


def _price_of_one(service: Service, box: Box, *, zone: int, on: date) -> float:
    tariff, steps = service.tariff, zone - 1
    weight = billable_lb(service.carrier, box, on=on)
    pounds = max(1.0, weight)
    cents = tariff.base + tariff.step * steps + pounds * (tariff.per_lb + tariff.per_lb_zone * steps)
    if weight < 1:
        cents -= next((off for limit, off in OUNCE_BANDS if weight * OZ_PER_LB <= limit), 0)
    return cents + _surcharge(service.carrier, box)


def _surcharge(carrier: str, box: Box) -> int:
    """Fees of UPS and FedEx for what does not run over a belt."""
    if carrier not in {"ups", "fedex"}:
        return 0
    volume = math.prod(math.ceil(side) for side in box.sides_in)
    is_long = box.sides_in[0] > LARGE_IN or box.length_and_girth_in > LARGE_LENGTH_AND_GIRTH_IN
    if is_long or volume > LARGE_IN3 or box.weight_lb > 110:
        return LARGE_CENTS
    if box.sides_in[0] > HANDLING_IN or volume > HANDLING_IN3 or box.weight_lb > HANDLING_LB:
        return HANDLING_CENTS
    return 0
