"""What asks for a plan, and how often one is made for it."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.adjust_stock import AdjustmentReason, adjust_bin
from fulfillment.flows.ask_route import ask_if_at_risk, ask_route, runs_before_cutoffs
from fulfillment.flows.change_warehouse import change_warehouse
from fulfillment.store.clock import advance_clock, set_clock
from fulfillment.warehouse.site_terms import SiteTerms
from tests.flows.orders import HOME, POLICY, order_of
from tests.flows.test_route_orders import build_halls, zones_and_rates
from tests.warehouse.halls import ANA, stock

NOON = datetime(2031, 5, 5, 12, 0, 1, tzinfo=UTC)


@pytest.fixture
def halls(session: Session) -> dict[str, Any]:
    set_clock(session, now=NOON)
    return build_halls(session)


def asked(session: Session) -> list[tuple[str, int]]:
    """The triggers of runs that wait, and how many seconds after noon they begin."""
    query = """
        SELECT payload->>'trigger', extract(epoch FROM due_at + (SELECT shift FROM clock_setting) - :noon)
        FROM job WHERE kind = 'route_orders' ORDER BY due_at
    """
    rows = session.connection().execute(sa.text(query), {"noon": NOON})
    return [(row[0], round(float(row[1]))) for row in rows]


def test_a_burst_of_changes_makes_one_run_and_the_next_burst_another(
    session: Session, halls: dict[str, Any]
) -> None:
    first = ask_route(session, trigger="stock_found")
    second = ask_route(session, trigger="stock_lost")
    advance_clock(session, by=timedelta(seconds=30))
    third = ask_route(session, trigger="warehouse_changed")

    assert first == second != third
    assert [trigger for trigger, _ in asked(session)] == ["stock_found", "warehouse_changed"]


def test_a_run_begins_when_its_burst_is_over(session: Session, halls: dict[str, Any]) -> None:
    ask_route(session, trigger="stock_found")

    [(_, seconds)] = asked(session)
    assert 0 < seconds <= 30


def change(session: Session, halls: dict[str, Any], deed: str) -> None:
    """Something happens to five units of tea in Chicago."""

    def adjust(delta: int, reason: AdjustmentReason) -> object:
        return adjust_bin(
            session,
            warehouse_code="CHI",
            bin_code="A-1",
            sku="TEA",
            delta=delta,
            reason=reason,
            adjustment_id="1",
            actor=ANA,
        )

    deeds: dict[str, Callable[[], object]] = {
        "found": partial(adjust, 2, AdjustmentReason.FOUND),
        "lost": partial(adjust, -5, AdjustmentReason.LOST),
        "closed": partial(change_warehouse, session, code="CHI", terms=SiteTerms(is_active=False), actor=ANA),
        "cut off": partial(
            change_warehouse, session, code="CHI", terms=SiteTerms(cutoff_at=time(16)), actor=ANA
        ),
        "rated": partial(zones_and_rates, session),
    }
    deeds[deed]()


@pytest.mark.parametrize(
    ("deed", "trigger"),
    [
        ("found", "stock_found"),
        ("lost", "stock_lost"),
        ("closed", "warehouse_changed"),
        ("cut off", "warehouse_changed"),
        ("rated", "rates_changed"),
    ],
)
def test_what_a_plan_depends_on_asks_for_one(
    session: Session, halls: dict[str, Any], deed: str, trigger: str
) -> None:
    stock(session, halls["CHI"], "TEA", 5)
    accept_order(session, request=order_of(("TEA", 5), ref="A", ship_to=HOME), actor=ANA, policy=POLICY)

    change(session, halls, deed)

    assert [each for each, _ in asked(session)] == [trigger]


def test_terms_that_stand_already_ask_for_nothing(session: Session, halls: dict[str, Any]) -> None:
    change_warehouse(session, code="CHI", terms=SiteTerms(is_active=True, cutoff_at=time(14)), actor=ANA)

    assert asked(session) == []


def test_terms_that_cannot_be_are_refused(session: Session, halls: dict[str, Any]) -> None:
    with pytest.raises(NotFoundError):
        change_warehouse(session, code="NIX", terms=SiteTerms(is_active=False), actor=ANA)
    with pytest.raises(InvalidInputError, match="cannot send -1 parcels"):
        change_warehouse(session, code="CHI", terms=SiteTerms(daily_parcel_capacity=-1), actor=ANA)

    assert asked(session) == []


@pytest.mark.parametrize(("due_on", "at_risk"), [("2031-05-06", 0), ("2031-05-05", 1), ("2031-05-04", 1)])
def test_a_promise_is_at_risk_once_the_parcels_of_its_last_day_are_gone(
    session: Session, halls: dict[str, Any], due_on: str, at_risk: int
) -> None:
    stock(session, halls["CHI"], "TEA", 5)
    accept_order(session, request=order_of(("TEA", 1), ref="A", ship_to=HOME), actor=ANA, policy=POLICY)
    set_due = sa.text("UPDATE customer_order SET due_on = :due_on, promised_ship_by = NULL")
    session.connection().execute(set_due, {"due_on": due_on})
    set_clock(session, now=datetime(2031, 5, 5, 18, 30, tzinfo=UTC))  # 14:30 in New York

    assert ask_if_at_risk(session) == at_risk
    assert [each for each, _ in asked(session)] == ["promise_at_risk"] * at_risk


def test_a_run_is_due_some_minutes_before_each_cut_off_and_once(
    session: Session, halls: dict[str, Any]
) -> None:
    cutoff = datetime(2031, 5, 5, 18, 0, tzinfo=UTC)  # 14:00 in New York
    runs = partial(runs_before_cutoffs, session, before=timedelta(minutes=15))

    assert runs(now=cutoff - timedelta(minutes=16)) == []
    [early] = runs(now=cutoff - timedelta(minutes=15))
    [late] = runs(now=cutoff - timedelta(minutes=1))
    assert runs(now=cutoff + timedelta(seconds=1)) == []
    assert early == late
    assert early.is_once
    assert early.payload["warehouses"] == ["BOS", "CHI"]
