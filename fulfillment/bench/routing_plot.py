"""Plots of routing benchmarks as SVG, drawn here so that the documents need no plotting library."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH, HEIGHT = 680, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 36, 40, 55
STRONG_RULES = {
    "nearest_complete": "nearest that can send everything",
    "cheapest_at_arrival": "cheapest at arrival",
    "magento_distance": "Magento by distance",
}
STEPS = 5
"""Of a plain axis."""
THOUSAND = 1_000
GAP_LEVELS = (0.05, 0.02, 0.01, 0.007)
COLORS = ("#0b5fa5", "#b3400a", "#2f7d32", "#6a3d9a", "#8a6d00", "#444444")


@dataclass(frozen=True, slots=True)
class Line:
    """One named series; on a logarithmic axis every value is above zero."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from one value to another, by decades where it is logarithmic."""

    words: str
    low: float
    high: float
    is_log: bool = True

    def place(self, value: float, start: float, end: float) -> float:
        """Where the value stands between the two ends."""
        low, high, value = (
            math.log10(each) if self.is_log else each for each in (self.low, self.high, value)
        )
        return start + (value - low) / (high - low) * (end - start)

    def ticks(self) -> list[float]:
        """The decades within the axis, or the multiples of a round step."""
        if not self.is_log:
            return [self.low + part * (self.high - self.low) / STEPS for part in range(STEPS + 1)]
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        return [10.0**power for power in range(first, last + 1)]


def decades(words: str, values: Sequence[float]) -> Axis:
    """A logarithmic axis of whole decades that holds the values."""
    low = 10.0 ** math.floor(math.log10(min(values)))
    high = 10.0 ** math.ceil(math.log10(max(values)) + 1e-9)
    return Axis(words, low, high if high > low else 10 * low)


def from_zero(words: str, values: Sequence[float]) -> Axis:
    """A plain axis from zero to a round number above the values, with room for the names of the lines."""
    step = max(values) * 1.35 / STEPS
    unit = 10.0 ** math.floor(math.log10(step))
    return Axis(words, 0.0, STEPS * math.ceil(step / unit) * unit, is_log=False)


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


def pace_lines(results: Sequence[dict[str, Any]]) -> list[Line]:
    """Milliseconds per order until the proven gap was so small, by the number of orders."""
    lines = []
    for level in GAP_LEVELS:
        points = sorted(
            (float(one["orders"]), 1_000 * seconds / one["orders"])
            for one in of_one_shape(results)
            if (seconds := seconds_until(one, level)) is not None
        )
        lines += [Line(f"gap at most {level:.1%}", tuple(points))] if points else []
    return lines


def seconds_until(result: dict[str, Any], level: float) -> float | None:
    """When the run first proved so small a gap; None where it did not."""
    steps = (step for step in result["history"] if step["cost"] - step["bound"] <= level * step["cost"])
    return next((float(step["seconds"]) for step in steps), None)


def of_one_shape(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results with as many warehouses and SKUs as the largest has: only those compare by size."""
    largest = max(results, key=lambda one: int(one["orders"]))
    shape = (largest["warehouses"], largest["skus"])
    found = [one for one in results if (one["warehouses"], one["skus"]) == shape]
    return sorted(found, key=lambda one: int(one["orders"]))


def cost_lines(results: Sequence[dict[str, Any]]) -> list[Line]:
    """What an order costs by our plan, at the least, and by the strong rules, by the number of orders."""
    ordered = of_one_shape(results)
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


def draw_decades(title: str, x_words: str, y_words: str, lines: Sequence[Line]) -> str:
    """The lines on two logarithmic axes, as an SVG document."""
    across = decades(x_words, [x for line in lines for x, _ in line.points])
    return _draw(title, across, decades(y_words, [y for line in lines for _, y in line.points]), lines)


def draw_from_zero(title: str, x_words: str, y_words: str, lines: Sequence[Line]) -> str:
    """The lines on two plain axes, as an SVG document."""
    across = from_zero(x_words, [x for line in lines for x, _ in line.points])
    return _draw(title, across, from_zero(y_words, [y for line in lines for _, y in line.points]), lines)


def _draw(title: str, across: Axis, upward: Axis, lines: Sequence[Line]) -> str:
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


def told(value: float) -> str:
    """A number on an axis."""
    return f"{value:,.0f}" if value >= THOUSAND else f"{value:g}"


def _frame(across: Axis, upward: Axis) -> list[str]:
    """Grid, numbers and the words of both axes."""
    parts = []
    for tick in across.ticks():
        x, _ = _place(across, upward, tick, upward.low)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{told(tick)}</text>')
    for tick in upward.ticks():
        _, y = _place(across, upward, across.low, tick)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{told(tick)}</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">{escape(across.words)}</text>'
    )
    parts.append(
        f'<text x="18" y="{middle}" text-anchor="middle" transform="rotate(-90 18 {middle})">'
        f"{escape(upward.words)}</text>"
    )
    return parts
