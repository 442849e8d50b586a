"""Which of a carrier's offers to buy: the cheapest that arrives in time and may carry the goods."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """One rate as it was quoted: price in minor units, days in transit where the carrier says them."""

    rate_ref: str
    carrier: str
    service: str
    carrier_account: str
    price_minor: int
    currency: str
    transit_days: int | None


@dataclass(frozen=True)
class Needs:
    """What the parcel asks of its service; `days_left` is None where nothing was promised.

    Prices of two currencies cannot be compared, so offers in the company's own go first.
    """

    days_left: int | None
    has_hazard: bool
    is_military_address: bool
    is_po_box: bool
    pinned_service: str | None = None
    currency: str = "USD"


@dataclass(frozen=True)
class Choice:
    """The offer taken, and for every other one why not."""

    offer: Offer | None
    is_late: bool
    ruled_out: tuple[tuple[str, str], ...]


GROUND_SERVICES = frozenset({"usps_ground_advantage", "ups_ground", "fedex_ground", "fedex_home_delivery"})
"""Services that stay on the ground, the only way for flammable goods in limited quantity (49 CFR 173.156)."""

UNSAID_DAYS = 99

POSTAL_CARRIERS = frozenset({"usps"})
"""Carriers that deliver to military addresses and post-office boxes."""


def choose_offer(offers: Sequence[Offer], *, needs: Needs) -> Choice:
    """The cheapest offer in time; where none is, the quickest, marked late. Ties: fewer days, then names."""
    ruled_out = [(offer, reason) for offer in offers if (reason := _rule_out(offer, needs))]
    refused = {offer.rate_ref for offer, _ in ruled_out}
    allowed = [offer for offer in offers if offer.rate_ref not in refused]
    named = tuple((f"{offer.carrier} {offer.service}", reason) for offer, reason in ruled_out)
    in_time = [offer for offer in allowed if _is_in_time(offer, needs)]
    if in_time:
        cheapest = min(in_time, key=lambda offer: (offer.currency != needs.currency, *_by_price(offer)))
        return Choice(cheapest, is_late=False, ruled_out=named)
    if allowed:
        return Choice(min(allowed, key=_by_speed), is_late=True, ruled_out=named)
    return Choice(None, is_late=False, ruled_out=named)


def _rule_out(offer: Offer, needs: Needs) -> str | None:
    if needs.pinned_service is not None and offer.service != needs.pinned_service:
        return f"the order asks for {needs.pinned_service}"
    if needs.has_hazard and offer.service not in GROUND_SERVICES:
        return "hazardous goods travel by ground only"
    if (needs.is_military_address or needs.is_po_box) and offer.carrier not in POSTAL_CARRIERS:
        return "only the post delivers to this address"
    return None


def _is_in_time(offer: Offer, needs: Needs) -> bool:
    if needs.days_left is None:
        return True
    return offer.transit_days is not None and offer.transit_days <= needs.days_left


def _by_price(offer: Offer) -> tuple[int, int, str, str]:
    return offer.price_minor, _days(offer), offer.carrier, offer.service


def _by_speed(offer: Offer) -> tuple[int, int, str, str]:
    return _days(offer), offer.price_minor, offer.carrier, offer.service


def _days(offer: Offer) -> int:
    """Days in transit; a service that does not say counts as the slowest."""
    return UNSAID_DAYS if offer.transit_days is None else offer.transit_days
