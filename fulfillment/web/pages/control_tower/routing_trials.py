"""What-ifs of the planner: a form, a trial on a copy, and a run that moves nothing."""

import uuid
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.flows.ask_trial import ask_trial
from fulfillment.flows.what_if import find_faults
from fulfillment.reads import tower_routing
from fulfillment.web.access import allowed
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.pages.control_tower.tower import blueprint
from fulfillment.web.what_if_form import WhatIfForm, stock_rows
from fulfillment.web.words import _


@blueprint.get("/routing/what-if")
@allowed(Permission.WRITE_WAVES)
def ask_what_if() -> Response:
    """The form."""
    return _form_page(WhatIfForm(), given={})


@blueprint.post("/routing/what-if")
@allowed(Permission.WRITE_WAVES)
def try_what_if() -> Response:
    """A job plans the day after these changes, on a copy; or the form says what is wrong with it."""

    def look(session: Session) -> WhatIfForm:
        form = WhatIfForm.read(request.form, tower_routing.list_sites(session))
        form.take(find_faults(session, changes=form.changes))
        return form

    form = read(look)
    if form.faults:
        return _form_page(form, given=request.form, status=422)
    return _ask(form)


@blueprint.post("/routing/try")
@allowed(Permission.WRITE_WAVES)
def try_now() -> Response:
    """A job plans the day as it is and moves nothing."""
    return _ask(WhatIfForm())


def _ask(form: WhatIfForm) -> Response:
    def work(session: Session) -> dict[str, Any]:
        plan_id = ask_trial(session, changes=form.changes, actor=viewer().actor)
        return {"plan_id": str(plan_id)}

    made = write_form_once(work)
    flash(_("The trial has been asked for. No order is moved by it."))
    return redirect(url_for("tower.show_plan", plan_id=uuid.UUID(made["plan_id"])))


def _form_page(form: WhatIfForm, *, given: Any, status: int = 200) -> Response:  # noqa: ANN401 - a form's values
    page = render_template(
        "tower/what_if.html",
        sites=read(tower_routing.list_sites),
        given=given,
        faults=form.faults,
        stock_rows=list(stock_rows()),
    )
    return make_response(page, status)
