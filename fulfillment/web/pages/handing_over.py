"""The shipping door: parcels ready by carrier, handed over to the driver, with the carrier's list."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response as BaseResponse

from fulfillment.accounts.roles import Permission
from fulfillment.flows.hand_over import hand_over
from fulfillment.flows.try_postage import try_postage_again
from fulfillment.reads.parcel_documents import find_manifest_file, list_handovers_page, read_handover
from fulfillment.reads.ready_parcels import list_carrier_stacks, list_labeled, list_unlabeled
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.desk_words import carrier_words, service_words
from fulfillment.web.floor_desk import choose_warehouse
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.navigation import Place
from fulfillment.web.words import N_, _, ngettext

blueprint = Blueprint("handing_over", __name__, url_prefix="/ship")
NAVIGATION = (Place(N_("Ship"), "handing_over.show_door", Permission.WRITE_SHIPMENTS, rank=13),)

SHOWN = 200
CARRIER_WORDS: Final = {"carrier_words": carrier_words, "service_words": service_words}
LAST_HANDOVERS = 10


class HandOverForm(FormModel):
    """Which carrier's driver takes what waits for it, or the parcels that were ticked."""

    warehouse_code: str = Field(max_length=48)
    carrier: str = Field(max_length=40)
    signed_by: str = Field("", max_length=120)
    parcel_id: list[UUID] = Field(min_length=1, max_length=SHOWN)


class NothingForm(FormModel):
    """A button that says it all."""


@blueprint.get("/")
@allowed(Permission.WRITE_SHIPMENTS)
def show_door() -> str:
    """What waits for which carrier, what has no label, and the last hand-overs."""

    def look(session: Session) -> dict[str, Any]:
        desk = choose_warehouse(session)
        code = str(desk["warehouse_code"])
        stacks = list_carrier_stacks(session, warehouse_code=code)
        asked = request.args.get("carrier")
        carrier = asked if asked in {stack.carrier for stack in stacks} else None
        carrier = carrier or (stacks[0].carrier if stacks else None)
        return {
            **desk,
            "stacks": stacks,
            "carrier": carrier,
            "ready": list_labeled(session, warehouse_code=code, carrier=carrier, limit=SHOWN)
            if carrier
            else [],
            "unlabeled": list_unlabeled(session, warehouse_code=code, limit=SHOWN),
            "handovers": list_handovers_page(session, warehouse_code=code, after=None, limit=LAST_HANDOVERS),
        }

    return render_template("handing_over/door.html", **read(look), **CARRIER_WORDS)


@blueprint.post("/")
@allowed(Permission.WRITE_SHIPMENTS)
def give() -> BaseResponse:
    """The ticked parcels are with the carrier: from now on they are shipped."""
    form = read_form(HandOverForm)

    def work(session: Session) -> dict[str, Any]:
        handed = hand_over(
            session,
            warehouse_code=form.warehouse_code,
            carrier=form.carrier,
            actor=viewer().actor,
            policy=runtime().policy,
            parcel_ids=form.parcel_id,
            signed_by=form.signed_by,
        )
        return {
            "id": str(handed.handover_id),
            "number": handed.number,
            "parcels": len(handed.parcel_ids),
        }

    made = write_form_once(work)
    flash(
        ngettext(
            "%(num)s parcel is with the carrier: %(number)s.",
            "%(num)s parcels are with the carrier: %(number)s.",
            made["parcels"],
            number=made["number"],
        )
    )
    return redirect(url_for("handing_over.show", handover_id=made["id"]))


@blueprint.get("/<uuid:handover_id>")
@allowed(Permission.WRITE_SHIPMENTS, Permission.READ_SHIPPING)
def show(handover_id: UUID) -> str:
    """One hand-over with its parcels and the carrier's list."""
    document = read(lambda session: read_handover(session, handover_id=handover_id))
    return render_template("handing_over/show.html", document=document, **CARRIER_WORDS)


@blueprint.get("/manifests/<uuid:manifest_id>/<int:place>")
@allowed(Permission.WRITE_SHIPMENTS, Permission.READ_SHIPPING)
def print_manifest(manifest_id: UUID, place: int) -> Response:
    """The carrier's list for the driver to sign."""
    file = read(lambda session: find_manifest_file(session, manifest_id=manifest_id, place=place))
    response = make_response(file.content)
    response.content_type = file.media_type
    return response


@blueprint.post("/parcels/<uuid:parcel_id>/postage")
@allowed(Permission.WRITE_LABELS)
def buy_again(parcel_id: UUID) -> BaseResponse:
    """Postage for a parcel with a problem is tried again."""
    read_form(NothingForm)
    write_form_once(lambda session: try_postage_again(session, parcel_id=parcel_id, actor=viewer().actor))
    flash(_("The label is being bought again."))
    return redirect(url_for("handing_over.show_door"))
