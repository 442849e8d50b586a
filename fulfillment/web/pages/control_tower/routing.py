"""The planner's pages: its runs, and of each what it cost, whom it moved and why, and what is scarce."""

import uuid
from datetime import datetime
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import NotFoundError
from fulfillment.core.job_kinds import ROUTE_ORDERS
from fulfillment.flows import stop_plan as stopping
from fulfillment.orders.kinds import RouteMoveOutcome, RoutePlanState
from fulfillment.orders.route_plans import APPLYING
from fulfillment.reads import tower_routing
from fulfillment.reads.route_plans import list_route_plans, read_route_plan
from fulfillment.reads.tower_routing import MoveFilter
from fulfillment.routing.rows import Terms
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import LIVE, enqueue
from fulfillment.web import plan_words
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.pages.control_tower.tower import blueprint
from fulfillment.web.paging import asked_page, page_of
from fulfillment.web.plan_views import chart_of, compare_costs, compare_counts, split_share, tell_difference
from fulfillment.web.route_map import color_of, draw_map, is_full, place_name
from fulfillment.web.words import _

PLANS_PER_PAGE = 20
MOVES_PER_PAGE = 15
ROWS_SHOWN = 200
ROWS_OPEN = 12
"""Of a long list; the rest folds away."""
ASKED: Final = "asked"
"""The key and the trigger of a run a person asked for, here or over the API: one at a time."""

SIDES: Final = ("after", "before")


@blueprint.get("/routing")
@allowed(Permission.READ_REPORTS)
def show_routing() -> str:
    """The planner's runs, the newest first."""
    asked = asked_page(limit=PLANS_PER_PAGE)
    after = (
        (datetime.fromisoformat(str(asked.after[0])), uuid.UUID(str(asked.after[1]))) if asked.after else None
    )

    def look(session: Session) -> dict[str, Any]:
        rows = list_route_plans(session, limit=asked.limit + 1, after=after)
        return {
            "page": page_of(rows, limit=asked.limit, key=lambda row: (row.started_at, str(row.id))),
            "latest": None if after else tower_routing.find_latest_applied(session),
            "is_called": tower_routing.is_planner_called(session),
        }

    return render_template("tower/routing.html", **_words(), **read(look))


@blueprint.post("/routing")
@allowed(Permission.WRITE_WAVES)
def route_now() -> Response:
    """A job plans all unreleased orders anew; one that waits or runs already is the one."""

    def work(session: Session) -> dict[str, Any]:
        job_id = enqueue(session, kind=ROUTE_ORDERS, payload={"trigger": ASKED}, key=ASKED)
        record(session, actor=viewer().actor, deed="route.asked", object_kind="job", object_id=job_id)
        return {"job_id": str(job_id)}

    write_form_once(work)
    flash(_("The planner has been called. Its run appears below as soon as it begins."))
    return redirect(url_for("tower.show_routing"))


@blueprint.get("/routing/<uuid:plan_id>")
@allowed(Permission.READ_REPORTS)
def show_plan(plan_id: uuid.UUID) -> str:
    """One run: costs, map, moves, what is scarce, and what waits."""
    wanted = _asked_moves()
    asked = asked_page(limit=MOVES_PER_PAGE)
    key = asked.after
    after = (key[0] == "True", int(key[1] or 0), uuid.UUID(str(key[2]))) if key else None

    def look(session: Session) -> dict[str, Any]:
        try:
            plan = read_route_plan(session, plan_id=plan_id)
        except NotFoundError:
            job = tower_routing.find_trial_job(session, plan_id=plan_id)
            if job is None:
                raise
            return {"job": job}
        moves = tower_routing.list_moves(
            session, plan_id=plan_id, wanted=wanted, limit=asked.limit + 1, after=after
        )
        waiting = _waiting_of(plan.report)
        ids = sorted({row["order_id"] for row in waiting})
        return {
            "plan": plan,
            "moves": page_of(
                moves, limit=asked.limit, key=lambda row: (str(row.makes_wait), row.saved_minor, str(row.id))
            ),
            "counts": tower_routing.count_moves(session, plan_id=plan_id),
            "sites": tower_routing.list_sites(session),
            "waiting": waiting,
            "numbers": tower_routing.find_order_numbers(session, order_ids=ids),
            "now": read_now(session),
        }

    found = read(look)
    if "job" in found:
        return render_template(
            "tower/routing_asked.html", is_live=found["job"].state in LIVE, **_words(), **found
        )
    return render_template(
        "tower/routing_plan.html",
        wanted=wanted,
        **_words(),
        **found,
        **_figures(found["plan"], found["sites"]),
    )


@blueprint.post("/routing/<uuid:plan_id>/stop")
@allowed(Permission.WRITE_WAVES)
def stop_plan(plan_id: uuid.UUID) -> Response:
    """The run ends with nothing moved."""
    write_form_once(lambda session: stopping.stop_plan(session, plan_id=plan_id, actor=viewer().actor))
    flash(_("The planner stops within a few seconds. No order has been moved."))
    return redirect(url_for("tower.show_plan", plan_id=plan_id))


def _asked_moves() -> MoveFilter:
    """The filter in the address; what makes no sense filters nothing."""
    outcome = request.args.get("outcome", "")
    return MoveFilter(
        outcome=RouteMoveOutcome(outcome) if outcome in set(RouteMoveOutcome) else None,
        warehouse=request.args.get("warehouse", "").strip(),
        number=request.args.get("number", "").strip(),
    )


def _waiting_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines a plan's report says wait; plans of before kept less about each."""
    found: list[dict[str, Any]] = report.get("waiting") or report.get("backlog") or []
    return found[:ROWS_SHOWN]


def _figures(plan: Any, sites: Any) -> dict[str, Any]:  # noqa: ANN401 - rows carry what columns hold
    """What the page shows beyond the rows themselves; None where the plan kept none."""
    report = plan.report
    currency = runtime().policy.currency
    shown = request.args.get("map") if request.args.get("map") in SIDES else SIDES[0]
    costs, places = report.get("costs"), report.get("map")
    progress = report.get("history") or plan.progress.get("history") or []
    # Where the proof is lost in what waits, the chart shows cost and bound with what waits counted in.
    penalty = report.get("penalty_minor", 0) if plan.bound_minor else 0
    return {
        "shown": shown,
        "has_plan": plan.state in (RoutePlanState.APPLIED, RoutePlanState.TRIED),
        "costs": costs,
        "cost_rows": compare_costs(costs, currency) if costs else None,
        "count_rows": compare_counts(costs) if costs else None,
        "figures": places,
        "route_map": draw_map(places, sites, shown=str(shown)) if places else None,
        "colors": color_of(places) if places else {},
        "site_names": {site.code: site.name for site in sites},
        "chart": chart_of(progress, penalty_minor=penalty, currency=currency),
        "scarce": report.get("scarce", [])[:ROWS_SHOWN],
        "is_applying": plan.progress.get("stage") == APPLYING,
    }


def _words() -> dict[str, Any]:
    """The words and figures of the templates."""
    return {
        "told": plan_words,
        "few": ROWS_OPEN,
        "currency": runtime().policy.currency,
        "unfilled_minor": Terms().unfilled_minor,
        "running": RoutePlanState.RUNNING,
        "split_share": split_share,
        "tell_difference": tell_difference,
        "is_full": is_full,
        "place_name": place_name,
        "outcomes": list(RouteMoveOutcome),
    }
