"""Stock looked up by bin, article or name, and corrected by those who may."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import FulfillmentError
from fulfillment.core.ids import new_id
from fulfillment.flows.adjust_stock import AdjustmentReason, adjust_bin, count_bin
from fulfillment.flows.block_bin import block_bin, open_bin
from fulfillment.flows.hold_lot import hold_lot, release_lot
from fulfillment.flows.lose_stock import Loss
from fulfillment.flows.read_code import read_units
from fulfillment.reads.stock_rows import find_bin_facts, list_article_stock, list_place_stock
from fulfillment.warehouse.counting import list_due_counts
from fulfillment.web.access import allowed
from fulfillment.web.context import read, viewer
from fulfillment.web.errors import status_of
from fulfillment.web.floor_desk import choose_warehouse
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.navigation import Place
from fulfillment.web.words import N_, _, ngettext

blueprint = Blueprint("stock", __name__, url_prefix="/stock")
NAVIGATION = (Place(N_("Stock"), "stock.look_up", Permission.READ_STOCK, rank=16),)

SHOWN = 200
NAMED = 5
REASON_WORDS = {
    AdjustmentReason.DAMAGED: N_("Damaged"),
    AdjustmentReason.FOUND: N_("Found"),
    AdjustmentReason.LOST: N_("Lost"),
    AdjustmentReason.SAMPLE: N_("Taken as a sample"),
    AdjustmentReason.OPENING: N_("Opening stock"),
}


class PlaceForm(FormModel):
    """Units of one lot in one bin; `back` is what was looked up."""

    warehouse_code: str = Field(max_length=48)
    bin_code: str = Field(max_length=48)
    sku: str = Field(max_length=48)
    lot: str = Field("", max_length=48)
    back: str = Field("", max_length=200)


class CountForm(PlaceForm):
    """What was counted there."""

    qty_counted: int = Field(ge=0, le=1_000_000)


class AdjustForm(PlaceForm):
    """So many units more, or less if negative."""

    delta: int = Field(ge=-1_000_000, le=1_000_000)
    reason: AdjustmentReason
    note: str = Field("", max_length=500)


class BinForm(FormModel):
    """A bin to be blocked or opened."""

    warehouse_code: str = Field(max_length=48)
    bin_code: str = Field(max_length=48)
    reason: str = Field(max_length=500)
    deed: str = Field(pattern="^(block|open)$")


class LotForm(FormModel):
    """A lot to be held or released."""

    sku: str = Field(max_length=48)
    lot: str = Field("", max_length=48)
    reason: str = Field(max_length=500)
    deed: str = Field(pattern="^(hold|release)$")


@blueprint.get("/")
@allowed(Permission.READ_STOCK)
def look_up() -> str:
    """A bin and what is in it, an article and where it is, or the articles that match."""
    return _page(request.args.get("q", "").strip())


@blueprint.post("/count")
@allowed(Permission.WRITE_STOCK)
def count() -> Response | tuple[str, int]:
    """The ledger has what was counted."""
    form = read_form(CountForm)
    return _correct(
        form.back,
        lambda session: count_bin(
            session,
            **form.model_dump(exclude={"back"}),
            count_id=str(new_id()),
            actor=viewer().actor,
        ),
        _("%(bin)s is counted.", bin=form.bin_code),
    )


@blueprint.post("/adjust")
@allowed(Permission.WRITE_STOCK)
def adjust() -> Response | tuple[str, int]:
    """The bin holds so many units more or less."""
    form = read_form(AdjustForm)
    return _correct(
        form.back,
        lambda session: adjust_bin(
            session,
            **form.model_dump(exclude={"back"}),
            adjustment_id=str(new_id()),
            actor=viewer().actor,
        ),
        _("%(bin)s is adjusted.", bin=form.bin_code),
    )


@blueprint.post("/bins")
@allowed(Permission.WRITE_STOCK)
def change_bin() -> Response | tuple[str, int]:
    """The bin is blocked, or open again."""
    form = read_form(BinForm)
    given = form.model_dump(exclude={"deed"})

    def work(session: Session) -> Loss:
        if form.deed == "block":
            return block_bin(session, **given, actor=viewer().actor)
        open_bin(session, **given, actor=viewer().actor)
        return Loss((), 0)

    done = _("%(bin)s is blocked.") if form.deed == "block" else _("%(bin)s is open again.")
    return _correct(form.bin_code, work, done % {"bin": form.bin_code})


@blueprint.post("/lots")
@allowed(Permission.WRITE_STOCK)
def change_lot() -> Response | tuple[str, int]:
    """The lot is held, or released."""
    form = read_form(LotForm)
    given = form.model_dump(exclude={"deed"})

    def work(session: Session) -> Loss:
        if form.deed == "hold":
            return hold_lot(session, **given, actor=viewer().actor)
        release_lot(session, **given, actor=viewer().actor)
        return Loss((), 0)

    done = _("Lot %(lot)s is on hold.") if form.deed == "hold" else _("Lot %(lot)s is released.")
    return _correct(form.sku, work, done % {"lot": form.lot})


def _correct(back: str, work: Callable[[Session], Loss], done: str) -> Response | tuple[str, int]:
    """The correction is booked, and the orders that lost stock by it are named."""

    def run(session: Session) -> dict[str, Any]:
        loss = work(session)
        return {"short": [part.number for part in loss.short], "replaced": loss.replaced}

    try:
        made = write_form_once(run)
    except FulfillmentError as refusal:
        return _page(back, refusal=refusal), status_of(refusal)
    flash(done)
    if made["short"]:
        names = ", ".join(made["short"][:NAMED]) + (", …" if len(made["short"]) > NAMED else "")
        flash(
            ngettext(
                "%(num)s order lost stock by it and is promised elsewhere or waits: %(names)s.",
                "%(num)s orders lost stock by it and are promised elsewhere or wait: %(names)s.",
                len(made["short"]),
                names=names,
            ),
            "warn",
        )
    return redirect(url_for("stock.look_up", q=back))


def _page(asked: str, refusal: FulfillmentError | None = None) -> str:
    def look(session: Session) -> dict[str, Any]:
        desk = choose_warehouse(session)
        return {**desk, **_find(session, asked, str(desk["warehouse_code"]))}

    shown = read(look)
    reasons = [(reason.value, _(words)) for reason, words in REASON_WORDS.items()]
    return render_template("stock/look_up.html", asked=asked, reasons=reasons, refusal=refusal, **shown)


def _find(session: Session, asked: str, warehouse_code: str) -> dict[str, Any]:
    """What the text names: a bin, else an article by any of its codes, else articles by name."""
    found: dict[str, Any] = {"bin": None, "stands": [], "articles": [], "article": None, "due": []}
    if not asked:
        found["due"] = list_due_counts(session, warehouse_code=warehouse_code)
        found["articles"] = list_article_stock(session, limit=SHOWN, warehouse_code=warehouse_code)
        return found
    place = find_bin_facts(session, code=asked, warehouse_code=warehouse_code)
    if place is not None:
        stands = list_place_stock(
            session, limit=SHOWN, warehouse_code=place.warehouse_code, bin_code=place.code
        )
        return {**found, "bin": place, "stands": stands}
    units = read_units(session, code=asked)
    if units is not None:
        sku = units.named.sku
        return {
            **found,
            "article": units.named,
            "stands": list_place_stock(session, limit=SHOWN, sku=sku),
            "articles": list_article_stock(session, limit=SHOWN, sku=sku),
        }
    return {**found, "articles": list_article_stock(session, limit=SHOWN, text=asked)}
