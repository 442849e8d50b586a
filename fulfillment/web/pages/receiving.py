"""The dock: goods announced, received by scan, put away into bins, and closed with what differs."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.core.ids import new_id
from fulfillment.flows.expect_goods import expect_goods
from fulfillment.flows.receive_goods import finish_receipt, put_away_goods, receive_goods
from fulfillment.reads.receipt_rows import ReceiptDocument, list_receipts, read_receipt
from fulfillment.warehouse.putting_away import DockUnits, list_dock_units, suggest_bin
from fulfillment.warehouse.receiving import MAX_LINES, ExpectedUnits
from fulfillment.web.access import allowed
from fulfillment.web.context import read, viewer
from fulfillment.web.errors import status_of
from fulfillment.web.floor_desk import choose_warehouse
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.navigation import Place
from fulfillment.web.paging import asked_page, page_of
from fulfillment.web.security import is_own_path
from fulfillment.web.words import N_, _, ngettext

blueprint = Blueprint("receiving", __name__, url_prefix="/receiving")
NAVIGATION = (Place(N_("Receive"), "receiving.show_dock", Permission.WRITE_RECEIPTS, rank=14),)

RECEIPTS_A_PAGE = 25


class ReceiptForm(FormModel):
    """Goods that are to come: one line for each article, SKU and units."""

    warehouse_code: str = Field(max_length=48)
    supplier: str = Field(max_length=200)
    supplier_ref: str = Field("", max_length=200)
    expected_on: date | None = None
    lines: str = Field("", max_length=60_000)


class UnitsForm(FormModel):
    """Units that came."""

    code: str = Field(max_length=200)
    qty: int = Field(1, ge=1, le=1_000_000)
    lot: str | None = Field(None, max_length=48)
    expires_on: date | None = None


class PutAwayForm(FormModel):
    """Units that stand in a bin now."""

    warehouse_code: str = Field(max_length=48)
    sku: str = Field(max_length=48)
    lot: str = Field("", max_length=48)
    qty: int = Field(ge=1, le=1_000_000)
    bin_code: str = Field(max_length=48)
    back: str = Field("", max_length=200)


@blueprint.get("/")
@allowed(Permission.WRITE_RECEIPTS)
def show_dock() -> str:
    """What stands at the dock, and the receipts, the newest first."""
    return render_template("receiving/dock.html", **_dock(), refusal=None, typed=None)


@blueprint.post("/")
@allowed(Permission.WRITE_RECEIPTS)
def expect() -> Response | tuple[str, int]:
    """Goods are announced; their receipt waits to be filled."""
    form = read_form(ReceiptForm)

    def work(session: Session) -> dict[str, str]:
        made = expect_goods(
            session,
            warehouse_code=form.warehouse_code,
            supplier=form.supplier,
            supplier_ref=form.supplier_ref,
            expected_on=form.expected_on,
            lines=read_lines(form.lines),
            actor=viewer().actor,
        )
        return {"id": str(made.receipt_id)}

    try:
        made = write_form_once(work)
    except FulfillmentError as refusal:
        page = render_template("receiving/dock.html", **_dock(), refusal=refusal, typed=form)
        return page, status_of(refusal)
    return redirect(url_for("receiving.show", receipt_id=made["id"]))


@blueprint.get("/<uuid:receipt_id>")
@allowed(Permission.WRITE_RECEIPTS)
def show(receipt_id: UUID) -> str:
    """One receipt, ready for the next scan."""
    return render_template("receiving/receipt.html", **_receipt(receipt_id), refusal=None, typed=None)


@blueprint.post("/<uuid:receipt_id>/units")
@allowed(Permission.WRITE_RECEIPTS)
def receive(receipt_id: UUID) -> Response | tuple[str, int]:
    """The scanned units are at the dock, and the page says where they go."""
    form = read_form(UnitsForm)

    def work(session: Session) -> dict[str, Any]:
        received = receive_goods(
            session,
            receipt_id=receipt_id,
            receiving_id=str(new_id()),
            code=form.code,
            qty=form.qty,
            lot=form.lot,
            expires_on=form.expires_on,
            actor=viewer().actor,
        )
        place = received.suggested_bin
        return {"qty": received.qty, "sku": received.sku, "bin": place.code if place else None}

    try:
        made = write_form_once(work)
    except FulfillmentError as refusal:
        page = render_template("receiving/receipt.html", **_receipt(receipt_id), refusal=refusal, typed=form)
        return page, status_of(refusal)
    if made["bin"]:
        flash(_("%(qty)s of %(sku)s received. They go to %(bin)s.", **made))
    else:
        flash(_("%(qty)s of %(sku)s received. Every bin is taken; choose one.", **made), "warn")
    return redirect(url_for("receiving.show", receipt_id=receipt_id))


@blueprint.post("/<uuid:receipt_id>/close")
@allowed(Permission.WRITE_RECEIPTS)
def close(receipt_id: UUID) -> Response:
    """Nothing more comes on the receipt."""

    def work(session: Session) -> dict[str, int]:
        return {"differing": len(finish_receipt(session, receipt_id=receipt_id, actor=viewer().actor))}

    differing = write_form_once(work)["differing"]
    if differing:
        words = ngettext(
            "Closed. %(num)s article differs from the announcement.",
            "Closed. %(num)s articles differ from the announcement.",
            differing,
        )
        flash(words, "warn")
    else:
        flash(_("Closed. Everything came as announced."))
    return redirect(url_for("receiving.show", receipt_id=receipt_id))


@blueprint.post("/put-away")
@allowed(Permission.WRITE_RECEIPTS)
def put_away() -> Response | tuple[str, int]:
    """The units stand in the scanned bin and can be promised."""
    form = read_form(PutAwayForm)

    def work(session: Session) -> None:
        put_away_goods(
            session, **form.model_dump(exclude={"back"}), put_away_id=str(new_id()), actor=viewer().actor
        )

    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        page = render_template("receiving/dock.html", **_dock(), refusal=refusal, typed=None)
        return page, status_of(refusal)
    flash(_("%(qty)s of %(sku)s are in %(bin)s.", qty=form.qty, sku=form.sku, bin=form.bin_code))
    return redirect(form.back if is_own_path(form.back) else url_for("receiving.show_dock"))


def read_lines(text: str) -> list[ExpectedUnits]:
    """The announced units: a line for each article, its SKU and the units behind it.

    Raises:
        InvalidInputError: a line has no number of units, or there are too many.
    """
    lines = [line.split() for line in text.replace(",", " ").replace(";", " ").splitlines() if line.strip()]
    if len(lines) > MAX_LINES:
        raise InvalidInputError(_("A receipt has at most %(most)s lines.", most=MAX_LINES), field="lines")
    found = []
    for words in lines:
        units = words[-1]
        if len(words) < 2 or not units.isascii() or not units.isdigit() or len(units) > 7:
            raise InvalidInputError(
                _(
                    "“%(line)s” is no line: write the SKU and the units, such as S-1001 24.",
                    line=" ".join(words),
                ),
                field="lines",
            )
        found.append(ExpectedUnits(" ".join(words[:-1]), int(units)))
    return found


def _dock() -> dict[str, Any]:
    asked = asked_page(limit=RECEIPTS_A_PAGE)
    after = UUID(str(asked.after[0])) if asked.after else None

    def look(session: Session) -> dict[str, Any]:
        desk = choose_warehouse(session)
        code = str(desk["warehouse_code"])
        rows = list_receipts(session, limit=asked.limit + 1, warehouse_code=code, after=after)
        return {**desk, "rows": rows, "waiting": _waiting(session, code)}

    shown = read(look)
    page = page_of(shown.pop("rows"), limit=asked.limit, key=lambda receipt: (str(receipt.id),))
    return {**shown, "page": page}


def _receipt(receipt_id: UUID) -> dict[str, Any]:
    def look(session: Session) -> dict[str, Any]:
        document: ReceiptDocument = read_receipt(session, receipt_id=receipt_id)
        skus = {line.sku for line in document.lines}
        waiting = _waiting(session, document.head.warehouse_code)
        return {
            "document": document,
            "warehouse_code": document.head.warehouse_code,
            "waiting": [each for each in waiting if each[0].sku in skus],
        }

    return read(look)


def _waiting(session: Session, warehouse_code: str) -> list[tuple[DockUnits, str]]:
    """What stands at the dock, each with the bin it should go to; empty if every bin is taken."""
    found = []
    for units in list_dock_units(session, warehouse_code=warehouse_code):
        place = suggest_bin(session, warehouse_code=warehouse_code, sku=units.sku, lot=units.lot)
        found.append((units, place.code if place else ""))
    return found
