"""The control tower: what waits for a person, everywhere in the house."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission, Role
from fulfillment.core.errors import FulfillmentError
from fulfillment.flows.hold_order import release_hold
from fulfillment.reads import tower_floor, tower_orders, tower_parcels, tower_pulse
from fulfillment.reads.audit import AuditReport, audit_books
from fulfillment.store.clock import read_now
from fulfillment.store.job_reports import count_jobs, list_dead_jobs
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.desk_words import desk_words
from fulfillment.web.errors import status_of
from fulfillment.web.forms import read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.navigation import Place
from fulfillment.web.return_forms import NoteForm
from fulfillment.web.words import N_, _

blueprint = Blueprint("tower", __name__, url_prefix="/tower")
NAVIGATION = (
    Place(
        N_("Control tower"),
        "tower.show_pulse",
        Permission.READ_REPORTS,
        rank=5,
        home_for=frozenset({Role.SUPERVISOR}),
    ),
)
TABS: Final = (
    ("tower.show_pulse", N_("Now")),
    ("tower.show_orders", N_("Orders")),
    ("tower.show_floor", N_("Floor")),
    ("tower.show_parcels", N_("Parcels")),
    ("tower.show_money", N_("Returns and refunds")),
    ("tower.show_routing", N_("Routing")),
    ("tower.show_autoships", N_("Autoships")),
    ("tower.check_books", N_("Books")),
)
SHOWN = 100
DAYS_SHOWN = 14


@blueprint.context_processor
def give_words() -> dict[str, Any]:
    """The desks' words and the tower's tabs, in its templates."""
    return {**desk_words(), "tower_tabs": TABS}


@blueprint.get("/")
@allowed(Permission.READ_REPORTS)
def show_pulse() -> str:
    """The counts of everything that may need a person, and the parcels of the last days."""

    def look(session: Session) -> dict[str, Any]:
        return {
            "pulse": tower_pulse.read_pulse(session),
            "shipped": tower_pulse.count_shipped_by_day(session, days=DAYS_SHOWN),
            "halls": tower_orders.list_waiting_halls(session),
        }

    return render_template("tower/pulse.html", days=tower_pulse.PROGRESS_DAYS, **read(look))


@blueprint.get("/orders")
@allowed(Permission.READ_REPORTS)
def show_orders() -> Response:
    """Orders that wait: held, short of stock, not released."""
    return _orders()


@blueprint.post("/orders/<uuid:order_id>/release")
@allowed(Permission.RELEASE_HOLDS)
def release(order_id: UUID) -> Response:
    """The held order goes on."""

    def work(session: Session) -> None:
        note = read_form(NoteForm).note or "released at the control tower"
        release_hold(session, order_id=order_id, note=note, actor=viewer().actor, policy=runtime().policy)

    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        return _orders(refusal)
    flash(_("The order goes on."))
    return redirect(url_for("tower.show_orders"))


def _orders(refusal: FulfillmentError | None = None) -> Response:
    def look(session: Session) -> dict[str, Any]:
        return {
            "held": tower_orders.list_held(session, limit=SHOWN),
            "missing": tower_orders.list_missing_stock(session, limit=SHOWN),
            "backorders": tower_orders.list_backorders(session, limit=SHOWN),
            "halls": tower_orders.list_waiting_halls(session),
        }

    page = render_template("tower/orders.html", refusal=refusal, **read(look))
    return make_response(page, status_of(refusal) if refusal else 200)


@blueprint.get("/floor")
@allowed(Permission.READ_REPORTS)
def show_floor() -> str:
    """Open waves, counts that are due, missing units, and lots about to expire."""

    def look(session: Session) -> dict[str, Any]:
        return {
            "waves": tower_floor.list_open_waves(session, limit=SHOWN),
            "counts": tower_floor.list_due_counts(session, limit=SHOWN),
            "missing": tower_floor.list_missing_units(session, limit=SHOWN),
            "lots": tower_floor.list_expiring_lots(session, within=tower_pulse.EXPIRING_WITHIN, limit=SHOWN),
            "today": read_now(session).date(),
        }

    return render_template("tower/floor.html", days=tower_pulse.EXPIRING_WITHIN.days, **read(look))


@blueprint.get("/parcels")
@allowed(Permission.READ_REPORTS)
def show_parcels() -> str:
    """Parcels that need a person, purchases in doubt, and parcels nobody hears of."""

    def look(session: Session) -> dict[str, Any]:
        return {
            "problems": tower_parcels.list_parcels_with_problem(session, limit=SHOWN),
            "postage": tower_parcels.list_unsettled_postage(session, limit=SHOWN),
            "stalled": tower_parcels.list_stalled_parcels(session, limit=SHOWN),
        }

    return render_template("tower/parcels.html", days=tower_pulse.STALLED_AFTER.days, **read(look))


@blueprint.get("/money")
@allowed(Permission.READ_REPORTS)
def show_money() -> str:
    """Returns to inspect, refunds to approve or stuck, and dead jobs."""

    def look(session: Session) -> dict[str, Any]:
        return {
            "returns": tower_parcels.list_returns_to_inspect(session, limit=SHOWN),
            "refunds": tower_parcels.list_open_refunds(session, limit=SHOWN),
            "jobs": list_dead_jobs(session, limit=SHOWN),
            "job_counts": count_jobs(session),
            "today": read_now(session).date(),
        }

    return render_template("tower/money.html", **read(look))


@blueprint.get("/books")
@allowed(Permission.READ_REPORTS)
def check_books() -> str:
    """The books, to be checked on demand."""
    return render_template("tower/books.html", report=None)


@blueprint.post("/books")
@allowed(Permission.READ_REPORTS)
def audit() -> str:
    """What breaks a rule of the books, as of this moment."""
    report: AuditReport = read(audit_books)
    return render_template("tower/books.html", report=report)
