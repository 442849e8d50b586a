"""Plots of routing benchmarks as SVG, drawn here so that the documents need no plotting library."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH, HEIGHT = 680, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 55
STRONG_RULES = {
    "nearest_complete": "nearest that can send everything",
    "cheapest_at_arrival": "cheapest at arrival",
    "magento_distance": "Magento by distance",
}
COLORS = ("#0b5fa5", "#b3400a", "#2f7d32", "#6a3d9a", "#8a6d00", "#444444")


@dataclass(frozen=True, slots=True)
class Line:
    """One named series; every value is above zero, as both axes may be logarithmic."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis from one decade to another."""

    words: str
    low: float
    high: float

    def place(self, value: float, start: float, end: float) -> float:
        """Where the value stands between the two ends."""
        share = (math.log10(value) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        return start + share * (end - start)

    def ticks(self) -> list[float]:
        """The decades within the axis."""
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        return [10.0**power for power in range(first, last + 1)]


def axis_for(words: str, values: Sequence[float]) -> Axis:
    """An axis of whole decades that holds the values."""
    low = 10.0 ** math.floor(math.log10(min(values)))
    high = 10.0 ** math.ceil(math.log10(max(values)) + 1e-9)
    return Axis(words, low, high if high > low else 10 * low)


def gap_lines(results: Sequence[dict[str, Any]]) -> list[Line]:
    """The proven gap in percent over the seconds of each run, as its history tells it."""
    lines = []
    for result in results:
        history = result["history"]
        assert isinstance(history, list)
        points = tuple(
            (max(step["seconds"], 0.01), 100 * (step["cost"] - step["bound"]) / step["cost"])
            for step in history
            if step["cost"] > step["bound"]
        )
        lines.append(Line(name_of(result), points))
    return lines


def cpu_lines(results: Sequence[dict[str, Any]]) -> list[Line]:
    """CPU milliseconds per order until each run ended, by its number of orders."""
    points = sorted((float(one["orders"]), 1_000 * one["cpu_seconds"] / one["orders"]) for one in results)
    return [Line("until the planner stopped by itself or by its limit", tuple(points))]


def cost_lines(results: Sequence[dict[str, Any]]) -> list[Line]:
    """What an order costs by our plan, at the least, and by the strong rules, by the number of orders."""
    ordered = sorted(results, key=lambda one: int(one["orders"]))
    lines = [
        Line("our plan", tuple((float(one["orders"]), one["cost"] / one["orders"]) for one in ordered)),
        Line("proven least", tuple((float(one["orders"]), one["bound"] / one["orders"]) for one in ordered)),
    ]
    for rule, words in STRONG_RULES.items():
        points = tuple(
            (float(one["orders"]), one["peers"][rule]["cost_ratio"] * one["cost"] / one["orders"])
            for one in ordered
            if "peers" in one
        )
        lines += [Line(words, points)] if points else []
    return lines


def name_of(result: dict[str, object]) -> str:
    """What was planned."""
    contested = f"{result['contested_share']:.0%} contested"
    return f"{result['orders']:,} orders, {result['warehouses']} warehouses, {contested}"


def draw(title: str, x_words: str, y_words: str, lines: Sequence[Line]) -> str:
    """The lines on two logarithmic axes, as an SVG document."""
    across = axis_for(x_words, [x for line in lines for x, _ in line.points])
    upward = axis_for(y_words, [y for line in lines for _, y in line.points])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="12">'
    )
    parts = [
        head,
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{WIDTH / 2}" y="20" text-anchor="middle" font-size="14">{escape(title)}</text>',
        *_frame(across, upward),
    ]
    for number, line in enumerate(lines):
        color = COLORS[number % len(COLORS)]
        places = [_place(across, upward, x, y) for x, y in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in places]
        key = TOP + 16 + 16 * number
        at = f'x="{WIDTH - RIGHT - 6}" y="{key}" text-anchor="end"'
        parts.append(f'<text {at} fill="{color}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _place(across: Axis, upward: Axis, x: float, y: float) -> tuple[float, float]:
    return across.place(x, LEFT, WIDTH - RIGHT), upward.place(y, HEIGHT - BOTTOM, TOP)


def _frame(across: Axis, upward: Axis) -> list[str]:
    """Grid, numbers and the words of both axes."""
    parts = []
    for tick in across.ticks():
        x, _ = _place(across, upward, tick, upward.low)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{tick:g}</text>')
    for tick in upward.ticks():
        _, y = _place(across, upward, across.low, tick)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">{escape(across.words)}</text>'
    )
    parts.append(
        f'<text x="18" y="{middle}" text-anchor="middle" transform="rotate(-90 18 {middle})">'
        f"{escape(upward.words)}</text>"
    )
    return parts
