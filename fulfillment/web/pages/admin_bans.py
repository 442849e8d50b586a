"""The book of shipping bans: what may not be sent where, and by whom."""

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.catalog.ban_book import MAX_REASON, NewBan, list_bans
from fulfillment.catalog.kinds import HazardClass
from fulfillment.core.errors import FulfillmentError
from fulfillment.flows.ban_shipping import ban_shipping, switch_shipping_ban
from fulfillment.warehouse.queries import list_warehouses
from fulfillment.web.access import allowed
from fulfillment.web.context import read, viewer
from fulfillment.web.desk_words import HAZARD_WORDS
from fulfillment.web.errors import status_of
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.words import _

blueprint = Blueprint("admin_bans", __name__, url_prefix="/admin/bans")


class BanForm(FormModel):
    """What may not travel; a box left empty matches everything."""

    reason: str = Field(max_length=MAX_REASON)
    sku: str | None = Field(None, max_length=48)
    hazard_class: HazardClass | None = None
    category: str | None = Field(None, max_length=60)
    country: str | None = Field(None, max_length=2)
    state: str | None = Field(None, max_length=60)
    to_military: bool = False
    warehouse_code: str | None = Field(None, max_length=20)

    def as_ban(self) -> NewBan:
        """The rule as it goes into the book, codes in capitals."""
        values = self.model_dump()
        for name in ("country", "state"):
            values[name] = values[name].upper() if values[name] else None
        return NewBan(**values)


class SwitchForm(FormModel):
    """Whether the ban holds."""

    is_active: bool


@blueprint.get("/")
@allowed(Permission.WRITE_CATALOG)
def list_all() -> Response:
    """Every ban, and the form for a new one."""
    return _page()


@blueprint.post("/")
@allowed(Permission.WRITE_CATALOG)
def add() -> Response:
    """The ban holds from now on."""

    def work(session: Session) -> None:
        ban_shipping(session, ban=read_form(BanForm).as_ban(), actor=viewer().actor)

    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        return _page(refusal)
    flash(_("The ban holds from now on."))
    return redirect(url_for("admin_bans.list_all"))


@blueprint.post("/<uuid:ban_id>")
@allowed(Permission.WRITE_CATALOG)
def switch(ban_id: UUID) -> Response:
    """The ban holds, or holds no longer."""

    def work(session: Session) -> None:
        is_active = read_form(SwitchForm).is_active
        switch_shipping_ban(session, ban_id=ban_id, is_active=is_active, actor=viewer().actor)

    write_form_once(work)
    flash(_("Switched. Orders that wait go by it from the next plan on."))
    return redirect(url_for("admin_bans.list_all"))


def _page(refusal: FulfillmentError | None = None) -> Response:
    bans, sites = read(lambda session: (list_bans(session), list_warehouses(session)))
    page = render_template(
        "admin/bans.html",
        bans=bans,
        hazard_words=HAZARD_WORDS,
        hazards=[(each.value, _(words)) for each, words in HAZARD_WORDS.items()],
        warehouses=[(site.code, site.code) for site in sites],
        typed=request.form.to_dict(),
        refusal=refusal,
    )
    return make_response(page, status_of(refusal) if refusal else 200)
