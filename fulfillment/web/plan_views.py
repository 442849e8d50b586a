"""A plan's report as its page shows it: costs beside each other, and the way to the proof as a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fulfillment.web.words import N_, _, money, ngettext, number, percent

CHART_WIDTH, CHART_HEIGHT = 300.0, 80.0
ROOM: Final = 1.06
"""The scale ends a little above the dearest point."""

MOST_ABOVE: Final = 1.0
"""A first plan may cost many times the last; what is twice as dear or more lies on the upper edge."""


@dataclass(frozen=True)
class Compared:
    """One figure before and after; `tone` is good where the change is for the better, bad for the worse."""

    words: str
    before: str
    after: str
    change: str
    tone: str
    is_sum: bool = False


@dataclass(frozen=True)
class Chart:
    """Cost and bound over the seconds of a run, as two paths, with what their ends mean."""

    width: float
    height: float
    cost: str
    bound: str
    area: str
    seconds: str
    words: str


COSTS: Final = (
    ("freight_minor", N_("Freight")),
    ("handling_minor", N_("Handling and packing")),
    ("lateness_minor", N_("Days late")),
    ("split_minor", N_("Split orders")),
)
COUNTS: Final = (
    ("parcels", N_("Parcels")),
    ("orders_sent", N_("Orders sent")),
    ("orders_late", N_("Orders sent late")),
    ("lines_waiting", N_("Lines that wait")),
    ("units_waiting", N_("Units that wait")),
)
MORE_IS_BETTER: Final = frozenset({"orders_sent"})
NEITHER: Final = frozenset({"parcels"})


def compare_costs(costs: Mapping[str, Mapping[str, int]], currency: str) -> list[Compared]:
    """What it costs by what it is paid for, the whole, and the whole by parcel."""
    before, after = costs["before"], costs["after"]
    sends_more = before["lines_waiting"] - after["lines_waiting"]

    def tell(words: str, name: str, *, is_sum: bool = False) -> Compared:
        row = _money_row(words, before[name], after[name], currency, is_sum=is_sum)
        # Sending less is no saving, and sending more no waste.
        is_owed = sends_more and (sends_more > 0) == (after[name] > before[name])
        return replace(row, tone="") if is_owed else row

    rows = [tell(_(words), name) for name, words in COSTS]
    total = tell(_("Together"), "total_minor", is_sum=True)
    each = [side["total_minor"] / side["parcels"] if side["parcels"] else None for side in (before, after)]
    by_parcel = Compared(
        _("For each parcel"),
        money(None if each[0] is None else round(each[0]), currency),
        money(None if each[1] is None else round(each[1]), currency),
        _money_change(each[0], each[1], currency),
        _tone(each[0], each[1]),
    )
    return [*rows, total, by_parcel]


def compare_counts(costs: Mapping[str, Mapping[str, int]]) -> list[Compared]:
    """Parcels, splits, late and waiting lines."""
    before, after = costs["before"], costs["after"]
    rows = []
    for name, words in COUNTS:
        change = after[name] - before[name]
        sign = -1 if name in MORE_IS_BETTER else 1
        tone = "" if name in NEITHER else _tone(sign * before[name], sign * after[name])
        rows.append(Compared(_(words), number(before[name]), number(after[name]), _signed(change), tone))
    shares = [split_share(side) for side in (before, after)]
    told = (percent(shares[0]), percent(shares[1]))
    points = None if None in shares else (shares[1] or 0) - (shares[0] or 0)
    change_words = "" if not points else ("+" if points > 0 else "\N{MINUS SIGN}") + percent(abs(points))
    rows.insert(2, Compared(_("Orders split"), *told, change_words, _tone(*shares)))
    return rows


def tell_difference(costs: Mapping[str, Mapping[str, int]]) -> str:
    """What explains a part of the difference in cost, if more or less is sent; else nothing."""
    more = costs["before"]["lines_waiting"] - costs["after"]["lines_waiting"]
    if more > 0:
        return ngettext(
            "%(num)s line more is sent, which costs something.",
            "%(num)s lines more are sent, which costs something.",
            more,
        )
    if more < 0:
        return ngettext(
            "%(num)s line more waits, which costs nothing here.",
            "%(num)s lines more wait, which costs nothing here.",
            -more,
        )
    return ""


def split_share(side: Mapping[str, int]) -> float | None:
    """Of the orders that are sent, the share that leaves in more than one parcel."""
    return side["orders_split"] / side["orders_sent"] if side["orders_sent"] else None


def chart_of(
    history: Sequence[Sequence[float]], *, penalty_minor: int = 0, currency: str = "USD"
) -> Chart | None:
    """The chart of (seconds, cost, bound) points; None where there is no way to show.

    `penalty_minor` is what the backlog counts for in both, which would hide the rest.
    """
    points = [
        (float(seconds), max(cost - penalty_minor, 0.0), max(bound - penalty_minor, 0.0))
        for seconds, cost, bound in history
        if cost > 0
    ]
    if len(points) < 2:
        return None
    last_s = points[-1][0] or 1.0
    final = points[-1][1]
    most = min(max(cost for _s, cost, _b in points), final * (1 + MOST_ABOVE)) * ROOM or 1.0
    least = max(max(bound for _s, _c, bound in points) * 2 - final, 0.0)
    least = min(least, final * 0.9)
    span = (most - least) or 1.0

    def at(seconds: float, minor: float) -> str:
        height = min(max((minor - least) / span, 0.0), 1.0)
        return f"{seconds / last_s * CHART_WIDTH:.1f} {CHART_HEIGHT * (1 - height):.1f}"

    cost = _stairs([at(seconds, cost) for seconds, cost, _b in points])
    bound = _stairs([at(seconds, bound) for seconds, _c, bound in points])
    back = " ".join(f"L{at(seconds, bound)}" for seconds, _c, bound in reversed(points))
    return Chart(
        CHART_WIDTH,
        CHART_HEIGHT,
        cost,
        bound,
        f"{cost}{back}Z",
        _("%(seconds)s s", seconds=number(round(points[-1][0], 1))),
        _(
            "After %(seconds)s seconds the plan costs %(cost)s, and no plan can cost less than %(bound)s.",
            seconds=number(round(points[-1][0], 1)),
            cost=money(round(final), currency),
            bound=money(round(points[-1][2]), currency),
        ),
    )


def _stairs(points: Sequence[str]) -> str:
    return "M" + " L".join(points)


def _money_row(words: str, before: int, after: int, currency: str, *, is_sum: bool = False) -> Compared:
    return Compared(
        words,
        money(before, currency),
        money(after, currency),
        _money_change(before, after, currency),
        _tone(before, after),
        is_sum,
    )


def _money_change(before: float | None, after: float | None, currency: str) -> str:
    if before is None or after is None or round(after) == round(before):
        return ""
    change = round(after) - round(before)
    return ("+" if change > 0 else "\N{MINUS SIGN}") + money(abs(change), currency)


def _signed(change: int) -> str:
    return "" if not change else ("+" if change > 0 else "\N{MINUS SIGN}") + number(abs(change))


def _tone(before: float | None, after: float | None) -> str:
    if before is None or after is None or before == after:
        return ""
    return "better" if after < before else "worse"
