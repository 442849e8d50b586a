"""Why a part of an order leaves from where it does, or waits: in words, from what is written with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fulfillment.routing.plan import Reason
from fulfillment.routing.problem import Bar
from fulfillment.web.words import N_, _, money

RULES: Final = {
    "cheapest_now": N_("The cheapest way to send it when the order came in."),
    "cheapest_now_paid": N_(
        "The cheapest way when the order came in, counting what scarce stock is worth to other orders."
    ),
    "out_of_stock": N_("No warehouse could promise it when the order came in; it waits for stock."),
    "stock_came_in": N_("It waited for stock and was promised what came in, by the cheapest way."),
    "stock_lost": N_("Its stock was lost, expired or put on hold after it was promised; it waits for stock."),
    "planned": N_("The planner compared the ways it could go, together with all other waiting orders."),
    "planned_waits": N_("The planner found no better way for all waiting orders than to let this part wait."),
    "autoship": N_("It was planned together with all other orders of its autoship run."),
}
RULINGS: Final = {
    Reason.SHORT: N_("%(warehouse)s has %(left)s of %(sku)s free, %(needed)s are needed"),
    Reason.CLAIMED: N_("%(warehouse)s: %(left)s of %(sku)s left, other orders need it more"),
    Reason.CAPACITY: N_("%(warehouse)s is full for the day"),
    Reason.COMPANION: N_("%(warehouse)s: the order has to stay together"),
    Reason.DEARER: N_("%(sku)s is scarce at %(warehouse)s: one is worth %(price)s to other orders"),
}
LONG_DATED: Final = N_("%(warehouse)s has %(left)s of %(sku)s that keep long enough, %(needed)s are needed")
BUSY: Final = N_("parcels of %(warehouse)s are scarce: one is worth %(price)s to other orders")
BARS: Final = {
    Bar.NO_ZONE: N_("no rate reaches the place from %(warehouse)s"),
    Bar.CLOSED: N_("%(warehouse)s is closed"),
    Bar.PINNED: N_("the order may leave from another warehouse only"),
    Bar.BANNED: N_("%(warehouse)s may not send %(sku)s there"),
    Bar.OPEN: N_("%(warehouse)s may not send it"),
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
    """Why this warehouse: a sentence, the ways that were compared, and what scarce units it takes."""

    sentence: str
    ways: tuple[Way, ...]
    paid: tuple[str, ...] = ()


def tell_why(reasons: Mapping[str, Any], *, currency: str, waits: bool = False) -> Why:
    """The reasons a fulfillment order carries, for whoever asks; `waits` says that it has no warehouse."""
    paid = () if waits else tuple(_paid(price, currency) for price in reasons.get("prices", ()))
    given = reasons.get("alternatives", ())
    chosen_minor = next((way["cost_minor"] for way in given if way["is_chosen"]), None)
    ways = tuple(_way(way, currency, chosen_minor) for way in given)
    return Why(_sentence(str(reasons.get("rule", "")), has_paid=bool(paid), waits=waits), ways, paid)


def _sentence(rule: str, *, has_paid: bool, waits: bool) -> str:
    suffix = "_waits" if waits else "_paid" if has_paid else ""
    known = RULES.get(rule + suffix) or RULES.get(rule)
    return _(known) if known else rule.replace("_", " ").capitalize()


def _way(way: Mapping[str, Any], currency: str, chosen_minor: int | None) -> Way:
    """One way; where nothing else rules it out, what it costs more than the chosen one speaks against it."""
    rulings = dict.fromkeys(_ruling(ruling, currency) for ruling in way.get("ruled_out_by", ()))
    against = "; ".join(rulings)
    if chosen_minor is not None and not way["is_chosen"] and way["cost_minor"] > chosen_minor:
        dearer = _("%(amount)s dearer", amount=money(way["cost_minor"] - chosen_minor, currency))
        against = f"{against}; {dearer}" if against else dearer
    return Way(
        places=" + ".join(way["warehouses"]) or _("not sent yet"),
        cost=money(way["cost_minor"], currency),
        is_chosen=way["is_chosen"],
        against=against,
    )


def _ruling(ruling: Mapping[str, Any], currency: str) -> str:
    reason = str(ruling["reason"])
    if reason == Reason.BARRED:
        known: str | None = BARS[Bar(ruling.get("bar", Bar.OPEN))]
    elif reason == Reason.SHORT and ruling.get("shelf_class"):
        known = LONG_DATED
    elif reason == Reason.DEARER and not ruling.get("sku"):
        known = BUSY
    else:
        known = RULINGS.get(Reason(reason)) if reason in set(Reason) else None
    if known is None:
        return reason
    return _(
        known,
        warehouse=ruling["warehouse"],
        sku=ruling.get("sku") or "",
        left=_left(ruling),
        needed=ruling.get("needed", 0),
        price=money(round(ruling.get("price_minor", 0)), currency),
    )


def _left(ruling: Mapping[str, Any]) -> int:
    """Units there are: of too small a stock all of it, of a claimed one what others leave."""
    left: int = ruling.get("left", 0)
    return ruling.get("available", left) if ruling["reason"] == Reason.SHORT else left


def _paid(price: Mapping[str, Any], currency: str) -> str:
    """One scarce row the chosen way uses."""
    amount = money(price["price_minor"], currency)
    if not price.get("sku"):
        return _(
            "Parcels of %(warehouse)s are scarce: one is worth %(price)s to other orders.",
            warehouse=price["warehouse"],
            price=amount,
        )
    return _(
        "It takes %(units)s of %(sku)s at %(warehouse)s, where one is worth %(price)s to other orders.",
        units=price["units"],
        sku=price["sku"],
        warehouse=price["warehouse"],
        price=amount,
    )
