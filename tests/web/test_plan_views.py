from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from fulfillment.web.plan_views import chart_of, compare_costs, compare_counts, split_share, tell_difference


@pytest.fixture(autouse=True)
def reader(app: Flask) -> Iterator[None]:
    """Somebody reads."""
    with app.test_request_context():
        yield


def a_side(**given: int) -> dict[str, int]:
    names = (
        "freight_minor",
        "handling_minor",
        "lateness_minor",
        "split_minor",
        "orders_split",
        "orders_late",
    )
    side = {**dict.fromkeys(names, 0), "parcels": 2, "orders_sent": 2, "lines_waiting": 1, "units_waiting": 1}
    side |= given
    side["total_minor"] = sum(side[name] for name in names[:4])
    return side


def sides(before: dict[str, int], after: dict[str, int]) -> dict[str, Any]:
    return {"before": a_side(**before), "after": a_side(**after)}


def test_costs_stand_beside_each_other_with_what_changed() -> None:
    rows = compare_costs(sides({"freight_minor": 1_000}, {"freight_minor": 900, "split_minor": 20}), "USD")

    told = {row.words: (row.before, row.after, row.change, row.tone) for row in rows}
    assert told["Freight"] == ("$10.00", "$9.00", "\N{MINUS SIGN}$1.00", "better")
    assert told["Split orders"] == ("$0.00", "$0.20", "+$0.20", "worse")
    assert told["Together"] == ("$10.00", "$9.20", "\N{MINUS SIGN}$0.80", "better")
    assert told["For each parcel"] == ("$5.00", "$4.60", "\N{MINUS SIGN}$0.40", "better")
    assert told["Days late"] == ("$0.00", "$0.00", "", "")


def test_sending_less_is_no_saving_and_sending_more_no_waste() -> None:
    less = sides({"freight_minor": 1_000}, {"freight_minor": 100, "lines_waiting": 9})
    more = sides({"freight_minor": 1_000}, {"freight_minor": 1_100, "lines_waiting": 0})

    assert [row.tone for row in compare_costs(less, "USD") if row.words == "Together"] == [""]
    assert [row.tone for row in compare_costs(more, "USD") if row.words == "Together"] == [""]
    assert tell_difference(less) == "8 lines more wait, which costs nothing here."
    assert tell_difference(more) == "1 line more is sent, which costs something."
    assert tell_difference(sides({}, {})) == ""


def test_counts_are_better_or_worse_by_what_they_count() -> None:
    rows = compare_counts(sides({"orders_split": 1}, {"orders_sent": 4, "parcels": 5, "orders_late": 1}))

    told = {row.words: (row.change, row.tone) for row in rows}
    assert told["Orders sent"] == ("+2", "better")
    assert told["Parcels"] == ("+3", "")
    assert told["Orders sent late"] == ("+1", "worse")
    assert told["Orders split"] == ("\N{MINUS SIGN}50.0%", "better")


def test_without_a_parcel_nothing_is_told_for_each() -> None:
    nothing = {"parcels": 0, "orders_sent": 0}

    (each,) = [row for row in compare_costs(sides(nothing, nothing), "USD") if row.words == "For each parcel"]

    assert (each.before, each.after, each.change) == ("\u2013", "\u2013", "")
    assert split_share(a_side(**nothing)) is None


def test_the_chart_goes_from_the_first_plan_to_the_last() -> None:
    chart = chart_of([[0.0, 1_500, 500], [1.0, 1_100, 900], [2.0, 1_050, 1_000]], penalty_minor=50)

    assert chart is not None
    assert chart.cost.startswith("M0.0 ")
    assert chart.cost.count("L") == chart.bound.count("L") == 2
    assert chart.words == "After 2 seconds the plan costs $10.00, and no plan can cost less than $9.50."
    ys = [float(point.split()[1]) for point in chart.cost[1:].split(" L")]
    assert ys == sorted(ys)


def test_one_point_is_no_chart() -> None:
    assert chart_of([[1.0, 100, 100]]) is None
    assert chart_of([]) is None
