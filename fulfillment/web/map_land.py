"""What lies below the figures of a map: land where its ZIPs are known, elsewhere meridians and parallels.

There are no tiles and no outline of somebody else's: land is where mail is delivered, a dot for each cell
with a ZIP in it.
"""

import math
from functools import lru_cache

import numpy as np

from fulfillment.core.places import list_places
from fulfillment.routing.arrays import FloatArray
from fulfillment.web.map_labels import Label
from fulfillment.web.map_projection import WIDTH, Frame

DOT_STEP = 9.0
LEAST_DOT_KM = 45.0
"""Between two dots of land: closer than ZIPs are, there would be holes."""

EARTH_KM = 6371.0
ROW_SHARE = math.sqrt(3) / 2
"""Between two rows of a honeycomb, by the step within a row."""

GRID_STEPS = (1, 2, 5, 10, 20, 45)
MOST_GRID_LINES = 9
INSET_NAME_BELOW = 18.0


@lru_cache(maxsize=1)
def _mail_at() -> FloatArray:
    """`at[ZIP, (latitude, longitude)]` of all places where mail is delivered."""
    return np.array([(place.latitude, place.longitude) for place in list_places()], dtype=np.float64)


def dot_step(frame: Frame) -> float:
    """Between two dots of land, in units of the SVG."""
    return max(DOT_STEP, LEAST_DOT_KM / EARTH_KM * frame.scale)


def land_path(frame: Frame) -> str:
    """A path of dots, one for each cell of a honeycomb with a ZIP in it."""
    xy = frame.draw(_mail_at())
    xy = xy[frame.shows(xy)]
    step = dot_step(frame)
    row = np.rint(xy[:, 1] / (step * ROW_SHARE)).astype(np.int64)
    column = np.rint(xy[:, 0] / step - (row % 2) / 2).astype(np.int64)
    cells = np.unique(np.stack([row, column], axis=1), axis=0)
    return "".join(
        f"M{(column + (row % 2) / 2) * step:.1f} {row * step * ROW_SHARE:.1f}h0"
        for row, column in cells.tolist()
    )


def grid_lines(frame: Frame) -> tuple[tuple[Label, ...], str]:
    """Meridians and parallels with their degrees, where no land is known to go by."""
    if frame.is_country:
        return (), ""
    # On the plain grid x follows the longitude alone and y the latitude alone.
    corners = frame.draw(np.array([(0.0, 0.0), (1.0, 1.0)]))
    (x_0, y_0), (x_1, y_1) = corners.tolist()
    labels, path = [], ""
    for zero, one, limit, signs in ((x_0, x_1, WIDTH, "EW"), (y_0, y_1, frame.height, "NS")):
        ends = sorted((-zero / (one - zero), (limit - zero) / (one - zero)))
        step = next((s for s in GRID_STEPS if (ends[1] - ends[0]) / s <= MOST_GRID_LINES), GRID_STEPS[-1])
        for degree in range(math.ceil(ends[0] / step) * step, math.floor(ends[1]) + 1, step):
            at = round(zero + degree * (one - zero), 1)
            words = f"{abs(degree)}°{signs[degree < 0] if degree else ''}"
            if limit == WIDTH:
                path += f"M{at} 0V{frame.height}"
                labels.append(Label(at + 3, frame.height - 5, "start", words))
            else:
                path += f"M0 {at}H{WIDTH}"
                labels.append(Label(4, at - 4, "start", words))
    return tuple(labels), path


def inset_names(frame: Frame) -> tuple[Label, ...]:
    """The names of the far parts that are drawn, below each."""
    middles = [
        (inset, np.array([(inset.box[0], (inset.box[2] + inset.box[3]) / 2)])) for inset in frame.insets
    ]
    return tuple(
        Label(round(x, 1), round(min(y + INSET_NAME_BELOW, frame.height - 6), 1), "middle", inset.name)
        for inset, at in middles
        for x, y in frame.draw(at).tolist()
    )
