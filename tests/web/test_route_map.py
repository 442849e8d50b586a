from types import SimpleNamespace
from typing import Any

from flask import Flask

from fulfillment.web.map_labels import HEIGHT, place_labels
from fulfillment.web.route_map import COLORS, MOST_LINES, RouteMap, color_of, draw_map, place_name

SITES = [
    SimpleNamespace(code="CHI", name="Chicago", latitude=41.9, longitude=-87.6),
    SimpleNamespace(code="RNO", name="Reno", latitude=39.5, longitude=-119.8),
]


def a_hall(
    code: str, *, parcels: int = 1, capacity: int | None = None, is_open: bool = True
) -> dict[str, Any]:
    return {
        "code": code,
        "is_open": is_open,
        "capacity": capacity,
        "parcels_before": 2,
        "parcels": parcels,
        "units": 1,
    }


def a_spot(at: tuple[float, float], *, orders: int = 1, waiting: int = 0, **after: int) -> dict[str, Any]:
    return {
        "at": list(at),
        "zip": "US 60601",
        "orders": orders,
        "waiting": waiting,
        "before": {"RNO": 1},
        "after": after,
    }


def drawn(app: Flask, *spots: dict[str, Any], shown: str = "after", **halls: Any) -> RouteMap:  # noqa: ANN401 - as a_hall takes them
    given = {"warehouses": [a_hall("CHI", **halls), a_hall("RNO")], "spots": list(spots), "elsewhere": 0}
    with app.test_request_context():
        found = draw_map(given, SITES, shown=shown)
    assert found is not None
    return found


def test_a_destination_has_the_color_of_who_sends_most_and_says_its_figures(app: Flask) -> None:
    found = drawn(app, a_spot((42.0, -88.0), orders=9, waiting=1, CHI=7, RNO=1))

    (spot,) = found.spots
    assert (spot.color, spot.is_waiting) == (0, True)
    assert spot.words == ("Chicago, IL and around: 9 orders; 7 parcels from CHI; 1 parcel from RNO; 1 waits")
    assert found.words == (
        "Map with 1 destination of 9 orders. CHI: 1 parcels. RNO: 1 parcels. 1 order waits."
    )
    assert len(found.lines) == 2


def test_the_map_of_before_shows_who_served_it_then(app: Flask) -> None:
    found = drawn(app, a_spot((42.0, -88.0), waiting=1, CHI=1), shown="before")

    (spot,) = found.spots
    assert (spot.color, spot.is_waiting) == (1, False)
    assert "CHI: 2 parcels" in found.words


def test_what_nobody_serves_is_hollow(app: Flask) -> None:
    (spot,) = drawn(app, a_spot((42.0, -88.0), waiting=1)).spots

    assert spot.color is None


def test_a_full_and_a_closed_warehouse_say_so_in_words(app: Flask) -> None:
    full = drawn(app, a_spot((42.0, -88.0), CHI=1), parcels=5, capacity=5)
    closed = drawn(app, a_spot((42.0, -88.0)), parcels=0, is_open=False)

    assert [label.words for label in full.labels] == ["CHI full", "RNO"]
    assert [label.words for label in closed.labels] == ["CHI closed", "RNO"]


def test_a_place_abroad_is_left_out_and_counted(app: Flask) -> None:
    homes = [a_spot((42.0 + row / 10, -88.0), CHI=1) for row in range(40)]

    found = drawn(app, *homes, a_spot((13.4, 144.8), orders=3, CHI=3))

    assert (len(found.spots), found.left_out) == (40, 3)


def test_only_the_largest_of_many_lines_are_drawn(app: Flask) -> None:
    spots = [a_spot((30 + row / 50, -88.0), CHI=1, RNO=2) for row in range(MOST_LINES)]

    found = drawn(app, *spots)

    assert sum(lines.path.count("M") for lines in found.lines) == MOST_LINES
    assert [lines.color for lines in found.lines] == [1]


def test_where_no_land_is_known_degrees_are_drawn(app: Flask) -> None:
    sites = [SimpleNamespace(code="CHI", name="Recife", latitude=-8.0, longitude=-35.0)]
    given = {"warehouses": [a_hall("CHI")], "spots": [a_spot((-23.6, -46.6), CHI=1)], "elsewhere": 0}

    with app.test_request_context():
        found = draw_map(given, sites, shown="after")

    assert found is not None
    assert found.land == ""
    assert {"10°S", "20°S", "40°W"} <= {label.words for label in found.grid}


def test_land_is_a_dot_for_each_cell_where_mail_is_delivered(app: Flask) -> None:
    found = drawn(app, a_spot((42.0, -88.0), CHI=1))

    assert found.grid == ()
    assert found.land.count("h0") > 500


def test_without_a_known_warehouse_there_is_no_map(app: Flask) -> None:
    with app.test_request_context():
        given = {"warehouses": [a_hall("GONE")], "spots": [], "elsewhere": 0}
        assert draw_map(given, SITES, shown="after") is None


def test_few_warehouses_keep_their_colors_and_of_many_the_busiest_have_one() -> None:
    few = {"warehouses": [a_hall("B", parcels=9), a_hall("A")]}
    many = {"warehouses": [a_hall(f"W{row:02d}", parcels=row) for row in range(12)]}

    assert color_of(few) == {"A": 0, "B": 1}
    assert color_of(many)["W11"] == 0
    assert color_of(many)["W00"] == COLORS


def test_a_place_without_a_town_is_called_by_its_code() -> None:
    assert place_name("US 60601") == "Chicago, IL"
    assert place_name("BR 01310") == "BR 01310"


def test_names_cover_neither_each_other_nor_the_edge() -> None:
    marks = [(100.0, 100.0, 10.0, "AAA"), (130.0, 100.0, 10.0, "BBB"), (950.0, 100.0, 10.0, "CCC")]

    labels = {label.words: label for label in place_labels(marks, height=400)}

    assert set(labels) == {"AAA", "BBB", "CCC"}
    assert labels["CCC"].anchor == "end"
    assert labels["AAA"].anchor == "end" or abs(labels["AAA"].y - labels["BBB"].y) >= HEIGHT / 2


def test_a_name_that_fits_nowhere_is_left_out() -> None:
    marks = [(480.0, 20.0, 15.0, "A" * 80), (480.0, 20.0, 15.0, "B")]

    assert [label.words for label in place_labels(marks, height=40)] == ["B"]
