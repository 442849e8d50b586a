"""Ways of parcels as carriers scan them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.sandbox.journeys import DAY, TROUBLES, plan_journey

SATURDAY = datetime(2026, 3, 7, 18, tzinfo=UTC).timestamp()
OHIO = {"city": "Columbus", "state": "OH", "zip": "43217", "country": "US"}
NEW_YORK = {"city": "New York", "state": "NY", "zip": "10001", "country": "US"}


@given(
    st.text("0123456789", min_size=8, max_size=20),
    st.floats(min_value=0, max_value=7 * DAY),
    st.integers(min_value=1, max_value=12),
    st.sampled_from([None, *TROUBLES]),
)
def test_scans_follow_one_another_and_are_the_same_each_time(
    number: str, offset: float, days: int, trouble: str | None
) -> None:
    def plan() -> list[tuple[str, float]]:
        scans = plan_journey(
            number,
            from_moment=SATURDAY + offset,
            days=days,
            origin=OHIO,
            destination=NEW_YORK,
            trouble=trouble,
        )
        return [(scan.object_id, scan.at) for scan in scans]

    planned = plan()

    assert planned == plan()
    assert [at for _, at in planned] == sorted(at for _, at in planned)
    assert len({object_id for object_id, _ in planned}) == len(planned)


def test_nobody_delivers_on_a_sunday() -> None:
    scans = plan_journey("1", from_moment=SATURDAY, days=1, origin=OHIO, destination=NEW_YORK)

    assert datetime.fromtimestamp(scans[-1].at - 6 * 3600, UTC).strftime("%A") == "Monday"


@pytest.mark.parametrize(
    ("trouble", "end"),
    [
        (None, ("DELIVERED", "delivered")),
        ("delayed", ("DELIVERED", "delivered")),
        ("attempted", ("DELIVERED", "delivered")),
        ("returned", ("RETURNED", "return_to_sender")),
        ("lost", ("FAILURE", "package_lost")),
    ],
)
def test_trouble_decides_the_end(trouble: str | None, end: tuple[str, str]) -> None:
    scans = plan_journey(
        "1", from_moment=SATURDAY, days=3, origin=OHIO, destination=NEW_YORK, trouble=trouble
    )

    assert (scans[-1].status, scans[-1].substatus) == end
