"""A cut removes no feasible plan."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.routing.cuts import _smallest_cover


@given(
    units=st.lists(st.integers(1, 4), min_size=2, max_size=7),
    limit=st.integers(1, 8),
    seed=st.integers(0, 1_000),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_no_choice_within_the_limit_breaks_an_extended_cover(units: list[int], limit: int, seed: int) -> None:
    weights = np.array(units)
    share = np.random.default_rng(seed).random(len(units)).round(1)

    cover = _smallest_cover(weights, share, limit)

    if cover is None:
        return
    assert weights[cover].sum() > limit
    extended = (weights >= weights[cover].max()) | np.isin(np.arange(len(units)), cover)
    for chosen in product((0, 1), repeat=len(units)):
        if np.dot(chosen, weights) <= limit:
            assert np.dot(chosen, extended) <= len(cover) - 1
