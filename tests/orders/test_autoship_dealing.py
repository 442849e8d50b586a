from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from fulfillment.orders.autoship_dealing import Claim, deal

SKUS = st.sampled_from(["TEA", "OIL", "SOAP"])
CLAIMS = st.lists(
    st.builds(
        Claim,
        key=st.none(),
        priority=st.integers(0, 9),
        subscribed_on=st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 5)),
        place=st.none(),
        units=st.dictionaries(SKUS, st.integers(1, 4), min_size=1),
    ),
    max_size=12,
).map(
    lambda claims: [
        Claim(number, claim.priority, claim.subscribed_on, number, claim.units)
        for number, claim in enumerate(claims)
    ]
)
UNITS = st.dictionaries(SKUS, st.integers(0, 12))


def claim(key: str, place: int, *, priority: int = 5, since: date | None = None, **units: int) -> Claim[str]:
    return Claim(key, priority, since, place, units)


def test_priority_goes_before_seniority_and_seniority_before_the_list() -> None:
    dealt = deal(
        [
            claim("listed", 0, TEA=1),
            claim("young", 1, since=date(2025, 1, 1), TEA=1),
            claim("old", 2, since=date(2020, 1, 1), TEA=1),
            claim("urgent", 3, priority=0, TEA=1),
        ],
        units={"TEA": 3},
    )

    assert dealt.granted == ("urgent", "old", "young")
    assert dealt.short == {"listed": ("TEA",)}


def test_what_an_order_does_not_get_stays_for_those_behind_it() -> None:
    dealt = deal([claim("big", 0, TEA=1, OIL=3), claim("small", 1, TEA=1)], units={"TEA": 1, "OIL": 2})

    assert dealt.granted == ("small",)
    assert dealt.short == {"big": ("OIL",)}


@given(claims=CLAIMS, units=UNITS)
def test_nobody_is_granted_more_than_there_is_and_everybody_is_told(
    claims: list[Claim[int]], units: dict[str, int]
) -> None:
    dealt = deal(claims, units=units)

    by_key = {claim.key: claim for claim in claims}
    taken: dict[str, int] = {}
    for key in dealt.granted:
        for sku, qty in by_key[key].units.items():
            taken[sku] = taken.get(sku, 0) + qty
    assert all(qty <= units.get(sku, 0) for sku, qty in taken.items())
    assert sorted([*dealt.granted, *dealt.short]) == sorted(by_key)


@given(claims=CLAIMS, units=UNITS)
def test_who_goes_without_lacks_what_those_before_took(
    claims: list[Claim[int]], units: dict[str, int]
) -> None:
    dealt = deal(claims, units=units)

    by_key = {claim.key: claim for claim in claims}
    for key, lacking in dealt.short.items():
        left = dict(units)
        for before in dealt.granted:
            if by_key[before].turn < by_key[key].turn:
                for sku, qty in by_key[before].units.items():
                    left[sku] -= qty
        wanted = by_key[key].units
        assert lacking == tuple(sorted(sku for sku in wanted if wanted[sku] > left.get(sku, 0)))
        assert lacking


@given(claims=CLAIMS, units=UNITS)
def test_the_sequence_in_which_claims_are_handed_over_does_not_matter(
    claims: list[Claim[int]], units: dict[str, int]
) -> None:
    assert deal(claims, units=units) == deal(list(reversed(claims)), units=units)
