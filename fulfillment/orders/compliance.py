"""Why an order must wait for a person before it is promised stock: rules without exceptions to hide in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Hold:
    """A reason to wait, and who can lift it."""

    code: str
    note: str
    released_by: str


@dataclass(frozen=True)
class HoldFacts:
    """What the rules look at; amounts in minor units of the order's currency."""

    total_minor: int
    captured_minor: int
    address_problem: str | None
    requested_hold: tuple[str, str] | None
    has_hazard: bool
    is_military_address: bool
    is_outside_market: bool
    ban_problem: str | None = None


def find_hold(facts: HoldFacts) -> Hold | None:
    """The first reason to hold, the plainest first; None lets the order through."""
    if facts.requested_hold is not None:
        code, note = facts.requested_hold
        return Hold(code, note, "service")
    if facts.address_problem is not None:
        return Hold("address", facts.address_problem, "service")
    if facts.captured_minor < facts.total_minor:
        missing = facts.total_minor - facts.captured_minor
        return Hold(
            "payment",
            f"Tenders captured {facts.captured_minor} of {facts.total_minor} minor units: {missing} missing.",
            "service",
        )
    return _find_goods_hold(facts)


def _find_goods_hold(facts: HoldFacts) -> Hold | None:
    """What a supervisor decides: goods that may not go where the order goes."""
    if facts.ban_problem is not None:
        return Hold("ban", facts.ban_problem, "supervisor")
    if facts.has_hazard and facts.is_military_address:
        return Hold("hazard", "Flammable goods cannot go to a military address by mail.", "supervisor")
    if facts.is_outside_market:
        return Hold(
            "market", "The destination lies outside the market the order was placed in.", "supervisor"
        )
    return None
