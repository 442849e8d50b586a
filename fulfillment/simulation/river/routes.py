"""What the planner did over a whole run: every plan, and all plans together, beside other systems' rules."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

SHARE_DIGITS = 4


@dataclass
class Routes:
    """The plans of a run as they were made. Money in minor units.

    Costs are freight, handling, lateness and splits; lines that wait cost none of it.
    """

    plans: list[Json] = field(default_factory=list)
    before: int = 0
    after: int = 0
    moved: int = 0
    sent: int = 0
    split: int = 0
    peer_costs: dict[str, float] = field(default_factory=dict)
    peer_base: float = 0.0
    saveable: float = 0.0

    def note(self, name: str, report: Json, told: Json) -> None:
        """One plan: what its command said of it, and what its history keeps."""
        costs = told["costs"]["after"]
        self.plans.append(
            {
                "name": name,
                "orders": report["orders"],
                "parcels": costs["parcels"],
                "cost_per_parcel": _per(costs["total_minor"], costs["parcels"]),
                "freight_per_parcel": _per(costs["freight_minor"], costs["parcels"]),
                "split_share": report["after"]["split_share"],
                "unfilled_share": report["after"]["unfilled_share"],
                "gap": report["gap"],
                "seconds": report["seconds"],
                "peers": report["peers"],
            }
        )
        self.before += report["cost_before_minor"]
        self.after += report["cost_after_minor"]
        self.moved += report["moved"]
        self.sent += costs["orders_sent"]
        self.split += costs["orders_split"]
        # A ratio and a gap are of the whole cost, what waits counted at its penalty.
        whole = report["cost_after_minor"] + told["penalty_minor"]
        self.peer_base += whole
        self.saveable += report["gap"] * whole
        for rule, figures in report["peers"].items():
            self.peer_costs[rule] = self.peer_costs.get(rule, 0.0) + figures["cost_ratio"] * whole

    def told(self, *, lines: int, lines_waiting: int) -> Json:
        """All plans together; what still waits in the end is the share of the lines unfilled."""
        parcels = sum(plan["parcels"] for plan in self.plans)
        return {
            "cost_before": self.before,
            "cost_after": self.after,
            "moved": self.moved,
            "parcels": parcels,
            "cost_per_parcel": _per(self.after, parcels),
            "split_share": _share(self.split, self.sent),
            "unfilled_share": _share(lines_waiting, lines),
            "gap": _share(self.saveable, self.peer_base),
            "peers": {rule: _share(cost, self.peer_base) for rule, cost in sorted(self.peer_costs.items())},
            "plans": self.plans,
        }


def _per(minor: float, parcels: int) -> float:
    return round(minor / parcels, 2) if parcels else 0.0


def _share(part: float, whole: float) -> float:
    return round(part / whole, SHARE_DIGITS) if whole else 0.0
