"""What a simulated day came to, as one object."""

from dataclasses import dataclass, field
from typing import Any

Counts = dict[str, int]


def _no_outcomes() -> Counts:
    return dict.fromkeys(("total", "accepted", "held", "rejected", "ignored"), 0)


@dataclass
class Summary:
    """Counts of the whole river: orders, with the input's rows beside them. Money in minor units."""

    orders: Counts = field(default_factory=_no_outcomes)
    rows: Counts = field(default_factory=_no_outcomes)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    reserved: Counts = field(default_factory=dict)
    routing: dict[str, Any] = field(default_factory=lambda: {"cost_before": 0, "cost_after": 0, "moved": 0})
    waves: int = 0
    picks: int = 0
    units_picked: int = 0
    refused_scans: int = 0
    parcels: int = 0
    labels: Counts = field(default_factory=dict)
    shipped: int = 0
    delivered: int = 0
    returns: int = 0
    returns_refused: int = 0
    units_returned: int = 0
    refunds: Counts = field(default_factory=lambda: {"proposed": 0, "paid": 0})
    volume_reversals: int = 0
    jobs: Counts = field(default_factory=dict)
    audit: Counts = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)
    """Seconds of the whole by what was done in them."""
    seconds: float = 0.0

    def add_import(self, report: dict[str, Any]) -> None:
        """The orders of one more file, with its rows and the reasons of their outcomes."""
        for mine, new in ((self.orders, report["orders"]), (self.rows, report["rows"])):
            for name, count in new.items():
                mine[name] = mine.get(name, 0) + count
        known = {(reason["outcome"], reason["code"]): reason for reason in self.reasons}
        for reason in report["reasons"]:
            key = (reason["outcome"], reason["code"])
            if key in known:
                known[key]["rows"] += reason["rows"]
            else:
                self.reasons.append(reason)
