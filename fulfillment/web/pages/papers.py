"""Papers to print: pick lists, slips, labels and stickers, each as a PDF."""

import uuid
from collections.abc import Callable
from typing import Annotated

from flask import Blueprint, Response, make_response, request
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.passwords import fingerprint
from fulfillment.accounts.queries import find_user
from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.reads.papers import (
    read_bin_stickers,
    read_packing_slip,
    read_pick_list,
    read_sku_stickers,
)
from fulfillment.shipping.postage import find_document
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.return_slip_answer import slip_answer
from fulfillment.web.state_words import ROLE_WORDS
from fulfillment.web.words import _, money
from labels.errors import LabelError
from labels.packing_slip import render_packing_slip
from labels.pick_list import render_pick_list
from labels.stickers import BadgeSticker, render_badge_stickers, render_bin_stickers, render_sku_stickers

blueprint = Blueprint("papers", __name__, url_prefix="/papers")

PDF = "application/pdf"
MAX_SKUS = 200


class BadgeForm(FormModel):
    """The badge that was just issued; its code is known only now, to whoever issued it."""

    user_id: uuid.UUID
    badge_code: Annotated[str, Field(min_length=8, max_length=100)]


@blueprint.get("/pick-lists/<uuid:wave_id>.pdf")
@allowed(Permission.WRITE_PICKS, Permission.WRITE_WAVES)
def pick_list(wave_id: uuid.UUID) -> Response:
    """The open tasks of a wave, for when the scanner is charging."""
    paper = read(lambda session: read_pick_list(session, wave_id=wave_id, company=_company()))
    return _pdf(lambda: render_pick_list(paper, gettext=_), name=paper.wave_number)


@blueprint.get("/packing-slips/<uuid:parcel_id>.pdf")
@allowed(Permission.WRITE_PARCELS, Permission.READ_SHIPPING)
def packing_slip(parcel_id: uuid.UUID) -> Response:
    """What is in a parcel; `?prices=no` for a gift."""
    with_prices = request.args.get("prices") != "no"

    def find(session: Session) -> bytes:
        slip = read_packing_slip(
            session,
            parcel_id=parcel_id,
            company=_company(),
            money=money,
            gettext=_,
            with_prices=with_prices,
        )
        return render_packing_slip(slip, gettext=_)

    return _pdf(lambda: read(find), name=str(parcel_id))


@blueprint.get("/labels/<uuid:postage_id>")
@allowed(Permission.WRITE_LABELS)
def label(postage_id: uuid.UUID) -> Response:
    """A carrier's label as it came, to be printed on a 4 by 6 inch sticker."""
    found = read(lambda session: find_document(session, postage_id=postage_id))
    if found is None:
        raise NotFoundError("The label's file has not come from the carrier yet. Try again in a minute.")
    response = make_response(found.content)
    response.content_type = found.media_type
    return response


@blueprint.get("/return-slips/<uuid:return_id>.pdf")
@allowed(Permission.READ_RETURNS)
def return_slip(return_id: uuid.UUID) -> Response:
    """The slip that goes in the box of an authorized return."""
    return slip_answer(return_id)


@blueprint.get("/bins.pdf")
@allowed(Permission.READ_STOCK)
def bin_stickers() -> Response:
    """Stickers for bins: `?warehouse=` with a zone, an aisle, or codes."""
    wanted = request.args
    stickers = read(
        lambda session: read_bin_stickers(
            session,
            warehouse_code=wanted.get("warehouse", ""),
            zone=wanted.get("zone", ""),
            aisle=wanted.get("aisle", ""),
            codes=wanted.getlist("code"),
        )
    )
    return _pdf(lambda: render_bin_stickers(stickers), name="bins")


@blueprint.get("/articles.pdf")
@allowed(Permission.READ_CATALOG)
def sku_stickers() -> Response:
    """Stickers for articles: `?sku=` once or more, with a lot and a number of copies."""
    skus = request.args.getlist("sku")[:MAX_SKUS]
    copies = request.args.get("copies", "1")
    if not copies.isascii() or not copies.isdigit():
        raise InvalidInputError("Copies must be a whole number.", field="copies")
    stickers = read(
        lambda session: read_sku_stickers(
            session, skus=skus, lot=request.args.get("lot", ""), copies=int(copies)
        )
    )
    return _pdf(lambda: render_sku_stickers(stickers, gettext=_), name="articles")


@blueprint.post("/badge.pdf")
@allowed(Permission.WRITE_ACCOUNTS)
def badge() -> Response:
    """The badge of a user, right after it was issued: its code is kept nowhere."""
    form = read_form(BadgeForm)
    user = read(lambda session: find_user(session, user_id=form.user_id))
    if user.badge_hash != fingerprint(form.badge_code):
        raise InvalidInputError("This is not the badge of that user any more. Issue a new one.")
    sticker = BadgeSticker(user.name, _(ROLE_WORDS[user.role]), form.badge_code, _company())
    return _pdf(lambda: render_badge_stickers([sticker]), name="badge")


def _company() -> str:
    return runtime().policy.name


def _pdf(render: Callable[[], bytes], *, name: str) -> Response:
    """The paper, shown by the browser.

    Raises:
        InvalidInputError: something on it cannot be printed, such as a code no barcode carries.
    """
    try:
        content = render()
    except LabelError as error:
        raise InvalidInputError(str(error)) from error
    response = make_response(content)
    response.content_type = PDF
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
