import random

from hypothesis import given
from hypothesis import strategies as st

from fulfillment.commissions.adjustments import UnitReversal, reverse_units


def test_each_unit_takes_its_own_share_of_the_lines_points() -> None:
    reversals = reverse_units({"BV": 1_000}, line_units=3, unit_nos=[1, 2, 3])

    assert reversals == [
        UnitReversal(1, {"BV": -333}),
        UnitReversal(2, {"BV": -334}),
        UnitReversal(3, {"BV": -333}),
    ]


@given(
    units=st.integers(1, 40),
    volumes=st.dictionaries(st.sampled_from(["BV", "CV", "QV"]), st.integers(-10_000, 10_000)),
    order=st.randoms(use_true_random=False),
)
def test_the_reversals_of_all_units_cancel_the_credit_in_whatever_order_they_come(
    units: int, volumes: dict[str, int], order: random.Random
) -> None:
    unit_nos = list(range(1, units + 1))
    order.shuffle(unit_nos)

    reversals = [
        reversal
        for unit_no in unit_nos
        for reversal in reverse_units(volumes, line_units=units, unit_nos=[unit_no])
    ]

    for name, points in volumes.items():
        assert sum(reversal.volumes[name] for reversal in reversals) == -points
