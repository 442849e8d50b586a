"""Plans of a run added up."""

from typing import Any

from fulfillment.simulation.river.routes import Routes


def plan_of(*, orders: int, parcels: int, cost: int, gap: float, peer: float) -> tuple[dict[str, Any], ...]:
    report = {
        "orders": orders,
        "cost_before_minor": cost + 100,
        "cost_after_minor": cost,
        "moved": 2,
        "gap": gap,
        "seconds": 0.5,
        "after": {"split_share": 0.25, "unfilled_share": 0.1},
        "peers": {"odoo": {"cost_ratio": peer, "split_share": 0.0, "unfilled_share": 0.5}},
    }
    costs = {
        "parcels": parcels, "total_minor": cost, "freight_minor": cost - parcels, "orders_sent": orders,
        "orders_split": 1,
    }  # fmt: skip
    return report, {"costs": {"after": costs}, "penalty_minor": 1_000}


def test_a_run_without_plans_has_no_figures() -> None:
    told = Routes().told(lines=0, lines_waiting=0)

    assert (told["parcels"], told["cost_per_parcel"], told["gap"], told["plans"]) == (0, 0.0, 0.0, [])


def test_the_plans_of_a_run_are_weighed_by_what_they_cost_and_send() -> None:
    routes = Routes()
    routes.note("monday", *plan_of(orders=4, parcels=5, cost=5_000, gap=0.0, peer=2.0))
    routes.note("tuesday", *plan_of(orders=6, parcels=5, cost=3_000, gap=0.08, peer=1.0))

    told = routes.told(lines=20, lines_waiting=3)

    assert (told["cost_before"], told["cost_after"], told["moved"]) == (8_200, 8_000, 4)
    assert (told["parcels"], told["cost_per_parcel"]) == (10, 800.0)
    assert (told["split_share"], told["unfilled_share"], told["gap"]) == (0.2, 0.15, 0.032)
    assert told["peers"] == {"odoo": round((2.0 * 6_000 + 1.0 * 4_000) / 10_000, 4)}
    assert [plan["name"] for plan in told["plans"]] == ["monday", "tuesday"]
    assert told["plans"][0]["freight_per_parcel"] == 999.0
