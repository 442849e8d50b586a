"""Names on a map, placed where they cover neither each other nor the edge."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from fulfillment.web.map_projection import WIDTH

SIGN_WIDTH = 15.0
HEIGHT = 28.0
"""Of a name on a phone, where the map is drawn at two fifths of its size and its names larger."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """Words on a map; `anchor` is SVG's text-anchor."""

    x: float
    y: float
    anchor: str
    words: str


def place_labels(marks: Sequence[tuple[float, float, float, str]], *, height: float) -> tuple[Label, ...]:
    """A label beside each mark (x, y, size, words), the first first; one that fits nowhere is left out.

    What is left out is in the table beside the map.
    """
    taken: list[Box] = [(x - size, y - size, x + size, y + size) for x, y, size, _ in marks]
    placed = []
    for own, (x, y, size, words) in enumerate(marks):
        others = [box for place, box in enumerate(taken) if place != own]
        for anchor, drop in product(("start", "end", "middle"), (0.0, -1.0, 1.0)):
            box = _box(x, y, size, words, anchor=anchor, drop=drop)
            if anchor == "middle" and not drop:
                continue
            if _is_inside(box, height) and not any(_is_over(box, other) for other in others):
                taken.append(box)
                side = {"start": box[0], "end": box[2], "middle": x}[anchor]
                placed.append(Label(round(side, 1), round(box[3] - HEIGHT * 0.28, 1), anchor, words))
                break
    return tuple(placed)


def _box(x: float, y: float, size: float, words: str, *, anchor: str, drop: float) -> Box:
    """Where the words would stand: left, top, right, bottom."""
    width = SIGN_WIDTH * len(words)
    middle = y + drop * (size + HEIGHT / 2 + 2 if anchor == "middle" else HEIGHT / 2)
    left = {"start": x + size + 4, "end": x - size - 4 - width, "middle": x - width / 2}[anchor]
    return (left, middle - HEIGHT / 2, left + width, middle + HEIGHT / 2)


def _is_inside(box: Box, height: float) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH and box[3] <= height


def _is_over(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
