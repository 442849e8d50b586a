"""What a newcomer finds on the desks."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from fulfillment.local.stack import Stack
from fulfillment.simulation.river.api import Api


@pytest.fixture(scope="module")
def api(played: Stack) -> Api:
    made = played.run("tokens", "create", "test", "--all-scopes", "--days", "1")
    return Api(played.url, token=made.stdout.split()[-1])


def states(api: Api, path: str) -> Counter[str]:
    return Counter(item["state"] for item in api.pages(path))


def test_the_clock_shows_now_and_the_books_hold(api: Api) -> None:
    now = datetime.fromisoformat(api.get("/clock")["now"])

    assert abs(datetime.now(UTC) - now) < timedelta(minutes=5)
    assert api.get("/reports/audit")["violations"] == 0
    assert api.get("/reports/jobs")["counts"]["dead"] == 0


def test_every_desk_has_work_and_work_that_is_done(api: Api) -> None:
    orders, parcels, waves = states(api, "/orders"), states(api, "/parcels"), states(api, "/waves")
    returns, refunds = states(api, "/returns"), states(api, "/refunds")

    assert {"accepted", "held", "cancelled"} <= set(orders)
    assert {"delivered", "shipped", "labeled"} <= set(parcels)
    assert {"released", "picking", "done"} <= set(waves)
    assert {"authorized", "in_transit", "received", "decided", "refunded"} <= set(returns)
    assert {"proposed", "paid"} <= set(refunds)
    assert states(api, "/receipts") == {"receiving": 1, "expected": 3}


def test_a_second_play_changes_nothing(played: Stack, api: Api) -> None:
    before = (states(api, "/orders"), states(api, "/waves"), states(api, "/returns"))

    again = played.run("play")

    assert (again.returncode, again.stdout) == (0, "The company was up to now already.\n")
    assert (states(api, "/orders"), states(api, "/waves"), states(api, "/returns")) == before


def test_the_tokens_that_played_let_nobody_in_any_more(played: Stack) -> None:
    listed = [line for line in played.run("tokens", "list").stdout.splitlines() if "(played)" in line]

    assert len(listed) >= 2
    assert all(" revoked " in line for line in listed)
