"""The map of a plan as shapes of an SVG: land, warehouses, destinations, and who serves them.

No tiles are fetched; what lies below the figures comes from `web.map_land`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fulfillment.core.places import find_place
from fulfillment.routing.arrays import FloatArray
from fulfillment.web.map_labels import Label, place_labels
from fulfillment.web.map_land import dot_step, grid_lines, inset_names, land_path
from fulfillment.web.map_projection import WIDTH, Frame, frame_of
from fulfillment.web.words import _, ngettext, number

COLORS = 8
"""Warehouses that have a color of their own; all others share the last one."""

LEAST_SPOT, MOST_SPOT = 4.0, 17.0
LEAST_SITE, MOST_SITE = 9.0, 19.0
MOST_LINES = 400
"""The largest; more hide what they lead to. All are in the figures beside the map."""

LINE_WIDTHS = (0.8, 1.6, 3.0)


@dataclass(frozen=True)
class Site:
    """A warehouse on the map."""

    code: str
    name: str
    x: float
    y: float
    size: float
    color: int
    is_open: bool
    is_full: bool
    words: str


@dataclass(frozen=True)
class Spot:
    """A destination on the map; `color` is that of the warehouse that sends most there, if any does."""

    x: float
    y: float
    radius: float
    color: int | None
    is_waiting: bool
    words: str


@dataclass(frozen=True)
class Lines:
    """All lines of one warehouse that are equally wide, as one path."""

    path: str
    color: int
    width: float


@dataclass(frozen=True)
class RouteMap:
    """What the template draws, bottom first."""

    width: float
    height: float
    land: str
    land_width: float
    grid: tuple[Label, ...]
    grid_path: str
    insets: tuple[Label, ...]
    lines: tuple[Lines, ...]
    spots: tuple[Spot, ...]
    sites: tuple[Site, ...]
    labels: tuple[Label, ...]
    left_out: int
    words: str


def draw_map(figures: Mapping[str, Any], sites: Sequence[Any], *, shown: str) -> RouteMap | None:
    """The map of a plan's figures; `shown` is before or after. None where there is no place to draw.

    `sites` are rows of warehouses with code, name, latitude and longitude.
    """
    found = {site.code: site for site in sites}
    halls = [row for row in figures["warehouses"] if row["code"] in found]
    if not halls:
        return None
    hall_at = np.array([(found[row["code"]].latitude, found[row["code"]].longitude) for row in halls])
    spot_at = np.array([spot["at"] for spot in figures["spots"]], dtype=np.float64).reshape(-1, 2)
    frame = frame_of(np.concatenate([hall_at, spot_at]))
    halls, hall_at = _known(frame, halls, hall_at)
    spots, spot_at = _known(frame, figures["spots"], spot_at)
    hall_xy, spot_xy = frame.draw(hall_at), frame.draw(spot_at)
    colors = color_of(figures)
    drawn = _sites(halls, hall_xy, found, colors=colors, shown=shown)
    grid = grid_lines(frame)
    return RouteMap(
        width=WIDTH,
        height=frame.height,
        land=land_path(frame),
        land_width=dot_step(frame) * 0.55,
        grid=grid[0],
        grid_path=grid[1],
        insets=inset_names(frame),
        lines=_lines(spots, spot_xy, {s.code: s for s in drawn}, shown=shown),
        spots=tuple(_spots(spots, spot_xy, colors, shown=shown)),
        sites=tuple(drawn),
        labels=place_labels(
            [(site.x, site.y, site.size, _name_of(site)) for site in drawn], height=frame.height
        ),
        left_out=sum(spot["orders"] for spot in figures["spots"]) - sum(spot["orders"] for spot in spots),
        words=_say(figures, drawn, shown=shown),
    )


def _known(
    frame: Frame, rows: Sequence[Mapping[str, Any]], at: FloatArray
) -> tuple[list[Mapping[str, Any]], FloatArray]:
    """The rows whose place the map has, and their places."""
    knows = frame.knows(at)
    return [row for row, is_known in zip(rows, knows.tolist(), strict=True) if is_known], at[knows]


def color_of(figures: Mapping[str, Any]) -> dict[str, int]:
    """By code the number of a color: few warehouses keep theirs, of many the busiest have one."""
    if len(figures["warehouses"]) <= COLORS:
        return {
            code: place for place, code in enumerate(sorted(row["code"] for row in figures["warehouses"]))
        }
    ranked = sorted(
        figures["warehouses"], key=lambda row: (-row["parcels"] - row["parcels_before"], row["code"])
    )
    return {row["code"]: min(place, COLORS) for place, row in enumerate(ranked)}


def place_name(zip_code: str) -> str:
    """What people call the place of "US 60601": its town, or the code where none is known."""
    country, _space, code = zip_code.partition(" ")
    place = find_place(code) if country == "US" else None
    return f"{place.city}, {place.state}" if place else zip_code


def is_full(hall: Mapping[str, Any]) -> bool:
    """Whether the warehouse's parcels of the day are used up."""
    return hall["capacity"] is not None and hall["parcels"] >= hall["capacity"]


def _parcels_key(shown: str) -> str:
    return "parcels_before" if shown == "before" else "parcels"


def _sites(
    halls: Sequence[Mapping[str, Any]],
    xy: FloatArray,
    found: Mapping[str, Any],
    *,
    colors: Mapping[str, int],
    shown: str,
) -> list[Site]:
    key = _parcels_key(shown)
    most = max((hall[key] for hall in halls), default=0) or 1
    return [
        Site(
            code=hall["code"],
            name=found[hall["code"]].name,
            x=round(float(x), 1),
            y=round(float(y), 1),
            size=round(LEAST_SITE + (MOST_SITE - LEAST_SITE) * math.sqrt(min(hall[key] / most, 1)), 1),
            color=colors[hall["code"]],
            is_open=hall["is_open"] or shown == "before",
            is_full=shown == "after" and is_full(hall),
            words=_("%(code)s: %(parcels)s parcels", code=hall["code"], parcels=number(hall[key])),
        )
        for hall, (x, y) in zip(halls, xy.tolist(), strict=True)
    ]


def _name_of(site: Site) -> str:
    if not site.is_open:
        return _("%(code)s closed", code=site.code)
    return _("%(code)s full", code=site.code) if site.is_full else site.code


def _spots(
    spots: Sequence[Mapping[str, Any]], xy: FloatArray, colors: Mapping[str, int], *, shown: str
) -> list[Spot]:
    most = max((spot["orders"] for spot in spots), default=1)
    drawn = []
    for spot, (x, y) in zip(spots, xy.tolist(), strict=True):
        served = spot[shown]
        first = next(iter(served), None)
        drawn.append(
            Spot(
                x=round(x, 1),
                y=round(y, 1),
                radius=round(LEAST_SPOT + (MOST_SPOT - LEAST_SPOT) * math.sqrt(spot["orders"] / most), 1),
                color=None if first is None else colors[first],
                is_waiting=shown == "after" and spot["waiting"] > 0,
                words=_spot_words(spot, shown=shown),
            )
        )
    return drawn


def _spot_words(spot: Mapping[str, Any], *, shown: str) -> str:
    words = [
        ngettext(
            "%(place)s and around: %(num)s order",
            "%(place)s and around: %(num)s orders",
            spot["orders"],
            place=place_name(spot["zip"]),
        )
    ]
    words += [
        ngettext("%(num)s parcel from %(code)s", "%(num)s parcels from %(code)s", parcels, code=code)
        for code, parcels in spot[shown].items()
    ]
    if shown == "after" and spot["waiting"]:
        words.append(ngettext("%(num)s waits", "%(num)s wait", spot["waiting"]))
    return "; ".join(words)


def _lines(
    spots: Sequence[Mapping[str, Any]], xy: FloatArray, sites: Mapping[str, Site], *, shown: str
) -> tuple[Lines, ...]:
    """From each warehouse to each destination it serves; few widths, so that few paths are enough."""
    flows = [
        (parcels, sites[code], x, y)
        for spot, (x, y) in zip(spots, xy.tolist(), strict=True)
        for code, parcels in spot[shown].items()
        if code in sites
    ]
    flows.sort(key=lambda flow: -flow[0])
    paths: dict[tuple[int, float], list[str]] = {}
    for parcels, site, x, y in flows[:MOST_LINES]:
        width = LINE_WIDTHS[min(int(3 * math.sqrt(parcels / flows[0][0])), len(LINE_WIDTHS) - 1)]
        paths.setdefault((site.color, width), []).append(f"M{site.x} {site.y}L{x:.1f} {y:.1f}")
    return tuple(Lines("".join(parts), color, width) for (color, width), parts in sorted(paths.items()))


def _say(figures: Mapping[str, Any], sites: Sequence[Site], *, shown: str) -> str:
    """The map in a sentence, for those who cannot see it; the tables beside it have all its figures."""
    orders = sum(spot["orders"] for spot in figures["spots"])
    words = [
        ngettext(
            "Map with %(num)s destination of %(orders)s orders.",
            "Map with %(num)s destinations of %(orders)s orders.",
            len(figures["spots"]),
            orders=number(orders),
        )
    ]
    words += [site.words + "." for site in sites]
    waiting = sum(spot["waiting"] for spot in figures["spots"])
    if waiting and shown == "after":
        words.append(ngettext("%(num)s order waits.", "%(num)s orders wait.", waiting))
    return " ".join(words)
