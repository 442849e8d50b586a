"""The audit trail, for those who may read it."""

from flask import Blueprint, render_template, request

from fulfillment.accounts.roles import Permission
from fulfillment.reads import deeds
from fulfillment.web.access import allowed
from fulfillment.web.context import read
from fulfillment.web.paging import asked_page, page_of

blueprint = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")

FILTERS = ("object_kind", "object_id", "deed")
MAX_FILTER_LENGTH = 100


@blueprint.get("/")
@allowed(Permission.READ_AUDIT)
def list_deeds() -> str:
    """Who did what, the latest first."""
    asked = asked_page()
    filters = {name: request.args.get(name, "").strip()[:MAX_FILTER_LENGTH] for name in FILTERS}
    before = int(str(asked.after[0])) if asked.after else None
    rows = read(lambda session: deeds.list_deeds(session, limit=asked.limit + 1, before=before, **filters))
    page = page_of(rows, limit=asked.limit, key=lambda deed: (deed.seq,))
    return render_template("admin/audit.html", page=page, asked=filters)
