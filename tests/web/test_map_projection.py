from dataclasses import replace

import numpy as np
import pytest

from fulfillment.web.map_projection import MAINLAND, WIDTH, Plain, frame_of

CHICAGO, BOSTON, MIAMI, SEATTLE = (41.9, -87.6), (42.4, -71.1), (25.8, -80.2), (47.6, -122.3)
ANCHORAGE, HONOLULU, SAN_JUAN = (61.2, -149.9), (21.3, -157.9), (18.4, -66.1)
SAO_PAULO, MANAUS = (-23.6, -46.6), (-3.1, -60.0)


def test_the_conic_is_that_of_snyders_worked_example() -> None:
    # Snyder 1987, p. 291: 35 N 75 W, parallels 29.5 and 45.5, origin 23 N 96 W, sphere of radius 1.
    conic = replace(MAINLAND, latitude=23.0)

    ((x, y),) = conic.place(np.array([(35.0, -75.0)])).tolist()

    assert (x, -y) == (pytest.approx(0.2952720, abs=1e-7), pytest.approx(0.2416774, abs=1e-7))


def test_everything_lies_in_the_frame_with_a_margin_and_north_is_up() -> None:
    at = np.array([CHICAGO, BOSTON, MIAMI, SEATTLE])

    frame = frame_of(at)
    xy = frame.draw(at)

    assert frame.is_country
    assert frame.shows(xy).all()
    assert xy.min() >= 30
    assert xy[:, 0].max() <= WIDTH - 30
    by_name = dict(zip(("chicago", "boston", "miami", "seattle"), xy.tolist(), strict=True))
    assert by_name["seattle"][0] < by_name["chicago"][0] < by_name["boston"][0]
    assert by_name["miami"][1] > by_name["chicago"][1]


def test_far_parts_of_the_country_are_drawn_into_its_corners() -> None:
    at = np.array([CHICAGO, ANCHORAGE, HONOLULU, SAN_JUAN])

    frame = frame_of(at)
    xy = frame.draw(at)

    assert [inset.name for inset in frame.insets] == ["Alaska", "Hawaii", "Puerto Rico"]
    assert frame.shows(xy).all()
    assert (xy[1:, 1] > xy[0, 1]).all()


def test_another_country_has_a_plain_grid() -> None:
    at = np.array([SAO_PAULO, MANAUS])

    frame = frame_of(at)
    xy = frame.draw(at)

    assert isinstance(frame.projection, Plain)
    assert frame.knows(at).all()
    assert frame.shows(xy).all()
    assert xy[0, 1] > xy[1, 1]
    assert xy[0, 0] > xy[1, 0]


def test_one_place_abroad_does_not_make_it_a_map_of_the_world() -> None:
    at = np.array([CHICAGO, BOSTON, MIAMI, SEATTLE] * 10 + [SAO_PAULO])

    frame = frame_of(at)

    assert frame.is_country
    assert frame.knows(at).tolist() == [True] * 40 + [False]


def test_a_single_place_is_shown_with_its_surroundings() -> None:
    frame = frame_of(np.array([CHICAGO]))

    ((x, y),) = frame.draw(np.array([CHICAGO])).tolist()

    assert (x, y) == (pytest.approx(WIDTH / 2), pytest.approx(frame.height / 2))
    assert frame.height == 480.0
