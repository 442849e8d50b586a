"""From degrees to the frame of a map: the United States with its far parts drawn in, or a plain grid.

The conic is Albers' equal-area projection on the sphere (Snyder 1987, Map Projections, p. 100), so that an
area of a country looks as large as it is. Anywhere else a degree is a square at the middle latitude.
"""

import math
from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray

WIDTH = 960.0
"""Of the frame, in the units of its SVG."""

MARGIN = 36.0
LEAST_SPAN = 0.11
"""Radians of the earth that a frame shows at least: some 700 km, for dots are no map of a town."""

COUNTRY_SHARE = 0.95
"""Of the points, in the United States, so that their map is the country."""

LEAST_RATIO, MOST_RATIO = 0.5, 0.8
"""Height of a frame by its width; the first leaves room for a phone's, the second for a tall country."""


@dataclass(frozen=True)
class Conic:
    """Albers' projection with two parallels that are true, around a middle; degrees, y grows to the south."""

    south: float
    north: float
    latitude: float
    longitude: float

    def place(self, at: FloatArray) -> FloatArray:
        """`xy[point, 2]` in radians of the earth from `at[point, (latitude, longitude)]`."""
        low, high, middle = (math.radians(each) for each in (self.south, self.north, self.latitude))
        n = (math.sin(low) + math.sin(high)) / 2
        c = math.cos(low) ** 2 + 2 * n * math.sin(low)
        rho = np.sqrt(np.maximum(c - 2 * n * np.sin(np.radians(at[:, 0])), 0)) / n
        rho_0 = math.sqrt(c - 2 * n * math.sin(middle)) / n
        east = (at[:, 1] - self.longitude + 180) % 360 - 180
        theta = n * np.radians(east)
        return np.stack([rho * np.sin(theta), rho * np.cos(theta) - rho_0], axis=1)


@dataclass(frozen=True)
class Plain:
    """Degrees as they are, narrowed by the cosine of the middle latitude."""

    latitude: float

    def place(self, at: FloatArray) -> FloatArray:
        """`xy[point, 2]` in radians of the earth."""
        east = np.radians(at[:, 1]) * math.cos(math.radians(self.latitude))
        return np.stack([east, -np.radians(at[:, 0])], axis=1)


@dataclass(frozen=True)
class Inset:
    """A part of the country that lies far off, drawn small in a corner; `box` is south, north, west, east."""

    name: str
    box: tuple[float, float, float, float]
    conic: Conic
    scale: float
    corner: tuple[float, float]  # of its middle, in radians of the main map


LOWEST_INSET = 0.25
"""Radians of the main map, below its middle."""

MAINLAND = Conic(29.5, 45.5, 38.0, -96.0)
MAINLAND_BOX = (24.0, 50.0, -125.5, -66.0)
INSETS = (
    Inset("Alaska", (51.0, 72.0, -180.0, -129.0), Conic(55.0, 65.0, 62.0, -154.0), 0.32, (-0.31, 0.2)),
    Inset("Hawaii", (18.0, 23.0, -161.0, -154.0), Conic(8.0, 18.0, 20.6, -157.2), 0.9, (-0.17, 0.225)),
    Inset("Puerto Rico", (17.0, 19.0, -68.0, -64.0), Conic(8.0, 18.0, 18.2, -66.0), 0.9, (0.34, 0.215)),
)


def inside(at: FloatArray, box: tuple[float, float, float, float]) -> BoolArray:
    """`inside[point]`: the point lies in the box of south, north, west, east."""
    south, north, west, east = box
    return np.asarray((at[:, 0] >= south) & (at[:, 0] <= north) & (at[:, 1] >= west) & (at[:, 1] <= east))


@dataclass(frozen=True)
class Frame:
    """A window on the earth: where each point is drawn, in units of the SVG."""

    projection: Conic | Plain
    insets: tuple[Inset, ...]
    scale: float
    shift: tuple[float, float]
    height: float

    @property
    def is_country(self) -> bool:
        """Whether it shows the United States."""
        return isinstance(self.projection, Conic)

    def draw(self, at: FloatArray) -> FloatArray:
        """`xy[point, 2]` of `at[point, (latitude, longitude)]`."""
        xy = self.projection.place(at)
        for inset in self.insets:
            rows = inside(at, inset.box)
            xy[rows] = inset.conic.place(at[rows]) * inset.scale + np.array(inset.corner)
        return np.asarray(xy * self.scale + np.array(self.shift), dtype=np.float64)

    def knows(self, at: FloatArray) -> BoolArray:
        """`knows[point]`: the projection has a place for the point; a map of a country has none abroad."""
        if not self.is_country:
            return np.ones(len(at), dtype=bool)
        boxes = (MAINLAND_BOX, *(each.box for each in self.insets))
        return np.asarray(np.any([inside(at, box) for box in boxes], axis=0))

    def shows(self, xy: FloatArray) -> BoolArray:
        """`shows[point]`: the drawn point is in the frame."""
        return np.asarray(((xy >= 0) & (xy <= (WIDTH, self.height))).all(axis=1))


def frame_of(at: FloatArray) -> Frame:
    """The frame that shows all these points, at least one; a few abroad do not make it a map of the world."""
    homes = inside(at, MAINLAND_BOX)
    far = [inside(at, inset.box) for inset in INSETS]
    if (homes | np.any(far, axis=0)).mean() < COUNTRY_SHARE:
        latitude = float((at[:, 0].min() + at[:, 0].max()) / 2)
        return _fit(Plain(latitude), (), Plain(latitude).place(at))
    insets = tuple(inset for inset, rows in zip(INSETS, far, strict=True) if rows.any())
    if insets:
        # The corners of the insets are measured on the whole country, so it is shown whole.
        corners = np.array([(25.0, -81.0), (49.0, -124.7), (49.0, -95.0), (47.0, -67.0), (26.0, -97.0)])
        low = np.array([[0.0, LOWEST_INSET]])
        return _fit(MAINLAND, insets, np.concatenate([MAINLAND.place(corners), low]))
    return _fit(MAINLAND, (), MAINLAND.place(at[homes]))


def _fit(projection: Conic | Plain, insets: tuple[Inset, ...], xy: FloatArray) -> Frame:
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = np.maximum(high - low, (LEAST_SPAN, LEAST_SPAN * LEAST_RATIO))
    height = WIDTH * min(max(float(span[1] / span[0]), LEAST_RATIO), MOST_RATIO)
    scale = min((WIDTH - 2 * MARGIN) / float(span[0]), (height - 2 * MARGIN) / float(span[1]))
    middle = (low + high) / 2 * scale
    shift = (WIDTH / 2 - float(middle[0]), height / 2 - float(middle[1]))
    return Frame(projection, insets, scale, shift, round(height, 1))
