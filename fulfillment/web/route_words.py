"""Why a part of an order leaves from where it does, in words, from what the planner wrote down."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fulfillment.routing.plan import Reason
from fulfillment.web.words import N_, _, money

RULES: Final = {
    "nearest_complete": N_("The nearest warehouse that had all of it when the order came in."),
    "out_of_stock": N_("No warehouse had it free when the order came in; it waits for stock."),
    "stock_lost": N_("Its stock was lost, expired or put on hold after it was promised; it waits for stock."),
    "planned": N_("The planner compared the ways it could go, together with all other waiting orders."),
    "filled": N_("It waited for stock and was promised what came in."),
}
RULINGS: Final = {
    Reason.BARRED: N_("%(warehouse)s may not send it"),
    Reason.SHORT: N_("%(warehouse)s: not enough of %(sku)s anywhere"),
    Reason.CLAIMED: N_("%(warehouse)s: %(left)s of %(sku)s left, other orders need it more"),
    Reason.CAPACITY: N_("%(warehouse)s is full for the day"),
    Reason.COMPANION: N_("%(warehouse)s: the order has to stay together"),
    Reason.DEARER: N_("dearer"),
}


@dataclass(frozen=True)
class Way:
    """One way the order could have gone."""

    places: str
    cost: str
    is_chosen: bool
    against: str


@dataclass(frozen=True)
class Why:
    """Why this warehouse: a sentence, and the ways that were compared."""

    sentence: str
    ways: tuple[Way, ...]


def tell_why(reasons: Mapping[str, Any], *, currency: str) -> Why:
    """The reasons a fulfillment order carries, for whoever asks."""
    rule = str(reasons.get("rule", ""))
    known = RULES.get(rule)
    sentence = _(known) if known else rule.replace("_", " ").capitalize()
    given = reasons.get("alternatives", ())
    chosen_minor = next((way["cost_minor"] for way in given if way["is_chosen"]), None)
    ways = tuple(_way(way, currency, chosen_minor) for way in given)
    return Why(sentence, ways)


def _way(way: Mapping[str, Any], currency: str, chosen_minor: int | None) -> Way:
    """One way; where nothing else rules it out, what it costs more than the chosen one speaks against it."""
    against = "; ".join(_ruling(ruling) for ruling in way.get("ruled_out_by", ()))
    if not against and chosen_minor is not None and way["cost_minor"] > chosen_minor:
        against = _("%(amount)s dearer", amount=money(way["cost_minor"] - chosen_minor, currency))
    return Way(
        places=" + ".join(way["warehouses"]) or _("not sent yet"),
        cost=money(way["cost_minor"], currency),
        is_chosen=way["is_chosen"],
        against=against,
    )


def _ruling(ruling: Mapping[str, Any]) -> str:
    known = RULINGS.get(ruling["reason"])
    if known is None:
        return str(ruling["reason"])
    return _(known, warehouse=ruling["warehouse"], sku=ruling.get("sku") or "", left=ruling.get("left", 0))
