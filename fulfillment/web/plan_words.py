"""What a plan's report says, in words: its proof, its stages, its reasons, and the way out of each wait."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fulfillment.orders.kinds import RouteMoveOutcome
from fulfillment.routing.plan import Reason
from fulfillment.web.words import N_, _, number, percent

TRIGGERS: Final = {
    "asked": N_("asked for"),
    "schedule": N_("by the clock"),
    "command": N_("from the command line"),
    "cutoff": N_("before a cut-off"),
    "stock_found": N_("because stock was found"),
    "stock_lost": N_("because stock was lost"),
    "warehouse_changed": N_("because a warehouse changed"),
    "rates_changed": N_("because rates changed"),
    "bans_changed": N_("because shipping bans changed"),
    "promise_at_risk": N_("because a promise is at risk"),
}
STAGES: Final = {
    "waiting": N_("Waiting for a worker"),
    "reading": N_("Reading orders, stock and prices"),
    "free": N_("Every order alone"),
    "first plan": N_("A first plan"),
    "cuts": N_("Prices for what is scarce"),
    "linear": N_("The linear program"),
    "integer": N_("The integer program"),
    "gathered": N_("Plans gathered"),
    "applying": N_("Moving orders"),
    "done": N_("Done"),
}
OUTCOMES: Final = {
    RouteMoveOutcome.PROPOSED: (N_("Would move"), "busy", "›"),  # noqa: RUF001 - a sign, no letter
    RouteMoveOutcome.APPLIED: (N_("Moved"), "good", "✓"),
    RouteMoveOutcome.SKIPPED: (N_("Skipped"), "idle", "·"),
}
MOVE_REASONS: Final = {
    "unavailable": N_("%(warehouse)s can no longer send it."),
    "unavailable_sku": N_("%(warehouse)s no longer has enough of %(sku)s."),
    "found": N_("It waited, and can leave now."),
    "waits": N_("Not everything that was promised is still there; it costs least if this order waits."),
    "on_time": N_("It arrives sooner, measured by the day it is due."),
    "fewer_parcels": N_("It leaves in fewer parcels."),
    "cheaper": N_("It costs less to send from there."),
    "makes_room": N_("It makes room at %(warehouse)s for orders that gain more."),
    "makes_room_sku": N_("It leaves %(sku)s at %(warehouse)s to orders that gain more."),
}
WAITS: Final = {
    Reason.BARRED: N_("No warehouse may send it there"),
    Reason.SHORT: N_("Not enough stock anywhere"),
    Reason.CLAIMED: N_("Other orders need the stock more"),
    Reason.CAPACITY: N_("The warehouses are full for the day"),
    Reason.COMPANION: N_("Waits for another line of its order"),
    Reason.DEARER: N_("Sending it now costs more than waiting"),
}
"""Why units of an order wait, in the planner's own reasons."""

ENDS: Final = {
    Reason.SHORT: N_("Receive more of %(skus)s."),
    Reason.CLAIMED: N_("Receive more of %(skus)s, or give the order a more urgent priority."),
    Reason.CAPACITY: N_("Raise today's parcels of %(warehouses)s, or let it leave tomorrow."),
    Reason.COMPANION: N_("Allow the order to leave in parts, or end the wait of its other lines."),
    Reason.DEARER: N_("Nothing to do: it leaves as soon as that is cheaper than waiting."),
}
BARS: Final = {
    "closed": N_("Open %(warehouses)s again."),
    "pinned": N_("The order may leave from one warehouse only; take that rule off the order."),
    "banned": N_("A ban forbids it from %(warehouses)s; change the ban, or cancel the line."),
    "no_zone": N_("No rate reaches the place from %(warehouses)s; add a zone or a rate card."),
}
SMALLEST_SHOWN = 0.0005
"""Below this share a gap would be shown as none."""


def tell_trigger(trigger: str) -> str:
    """Who or what called the planner."""
    known = TRIGGERS.get(trigger)
    return _(known) if known else trigger.replace("_", " ")


def tell_stage(stage: str) -> str:
    """What the planner is doing, from what it says."""
    name, _space, turn = stage.partition(" ")
    if name in ("turn", "blocks") and turn.isdigit():
        return _("Improving, round %(round)s", round=turn)
    known = STAGES.get(stage)
    return _(known) if known else stage.replace("_", " ").capitalize()


def tell_gap(cost_minor: int, bound_minor: int) -> str:
    """How good the plan is, as a sentence; the bound is what no plan can cost less than."""
    if cost_minor <= bound_minor:
        return _("Proven to be the cheapest possible.")
    if bound_minor <= 0:
        return _("Nothing is proven about a cheaper plan.")
    share = (cost_minor - bound_minor) / bound_minor
    if share < SMALLEST_SHOWN:
        return _(
            "Proven to be less than %(share)s above the cheapest possible.", share=percent(2 * SMALLEST_SHOWN)
        )
    return _("Proven to be at most %(share)s above the cheapest possible.", share=percent(share))


def gap_share(cost_minor: int, bound_minor: int, report: Mapping[str, Any]) -> float | None:
    """How far above the best possible the plan is at most; with what waits counted in if need be."""
    cost, bound = cost_minor, bound_minor
    if bound <= 0 and cost > 0 and report.get("history"):
        _seconds, cost, bound = report["history"][-1]
    if cost <= bound:
        return 0.0
    return (cost - bound) / bound if bound > 0 else None


def tell_proof(cost_minor: int, bound_minor: int, report: Mapping[str, Any]) -> str:
    """How good the plan is, as a sentence; where that is lost in what waits, with what waits counted in."""
    share = gap_share(cost_minor, bound_minor, report)
    if bound_minor > 0 or not share:
        return tell_gap(cost_minor, bound_minor if share is None or bound_minor > 0 else cost_minor)
    return _(
        "Counting each line that waits as dearer than any freight, proven to be at most %(share)s above the "
        "best possible. How much of that is freight is not proven while so much waits.",
        share=percent(max(share, SMALLEST_SHOWN * 2)),
    )


def tell_so_far(progress: Mapping[str, Any]) -> str:
    """How good the best plan of a run under way is; what waits counts in it as dearer than any freight."""
    cost, bound = progress["cost_minor"], progress["bound_minor"]
    if cost <= bound:
        return _("The best plan so far is proven to be the best possible.")
    if bound <= 0:
        return _("There is a plan; nothing is proven about it yet.")
    share = percent(max((cost - bound) / bound, SMALLEST_SHOWN * 2))
    return _("The best plan so far is at most %(share)s above the best possible.", share=share)


def tell_move(reason: str, detail: Mapping[str, Any]) -> str:
    """Why an order was moved, from what the plan wrote down."""
    known = MOVE_REASONS.get(f"{reason}_sku" if detail.get("sku") else reason) or MOVE_REASONS.get(reason)
    if known is None:
        return reason.replace("_", " ").capitalize()
    return _(known, warehouse=detail.get("warehouse") or _("its warehouse"), sku=detail.get("sku", ""))


def tell_wait(reason: str) -> str:
    """Why a line waits."""
    known = WAITS.get(Reason(reason)) if reason in set(Reason) else None
    return _(known) if known else reason.replace("_", " ").capitalize()


def tell_way_out(row: Mapping[str, Any]) -> str:
    """What would end the wait of a line, from what the plan wrote down about it."""
    if row["reason"] == Reason.BARRED:
        bars: Mapping[str, Sequence[str]] = row.get("bars", {})
        return " ".join(
            _(BARS[name], warehouses=_listed(codes)) for name, codes in bars.items() if name in BARS
        )
    known = ENDS.get(Reason(row["reason"])) if row["reason"] in set(Reason) else None
    if known is None:
        return ""
    skus, warehouses = row.get("skus", ()), row.get("warehouses", ())
    return _(known, skus=_listed(skus) or _("it"), warehouses=_listed(warehouses) or _("a warehouse"))


def tell_change(change: Mapping[str, Any]) -> str:
    """A change that is tried, as a sentence."""
    at = str(change.get("at") or "")
    qty = number(change.get("qty", 0))
    code = change["warehouse"]
    sentences = {
        "close": _("%(code)s is closed.", code=code),
        "open": _("%(code)s is open.", code=code),
        "add_stock": _("%(code)s has %(qty)s more of %(sku)s.", code=code, qty=qty, sku=change.get("sku")),
        "capacity": _("%(code)s can still send %(qty)s parcels today.", code=code, qty=qty),
        "cutoff": _("The cut-off of %(code)s is at %(at)s.", code=code, at=at),
    }
    return sentences.get(str(change["kind"]), str(change["kind"]))


def tell_parts(parts: Sequence[Mapping[str, Any]]) -> str:
    """From where an order's units leave: codes in the order given, and what waits."""
    places = [str(part["warehouse"]) if part["warehouse"] else _("waiting") for part in parts]
    return " + ".join(dict.fromkeys(places)) or _("waiting")


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
