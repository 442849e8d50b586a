"""The packing bench: find what is picked, close the suggested boxes, print their labels."""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import ConflictError, FulfillmentError
from fulfillment.core.states import ParcelState
from fulfillment.flows.pack_order import PACKABLE, pack_order, plan_parcels
from fulfillment.flows.unpack_parcel import unpack_parcel
from fulfillment.reads.packing import PackingFacts, read_packing
from fulfillment.reads.packing_queue import find_part_to_pack, list_parts_to_pack, list_unit_codes
from fulfillment.reads.parcel_documents import ParcelDocument, ParcelFilter, list_parcels_page, read_parcel
from fulfillment.shipping.packing import GivenParcel, take_units, weigh
from fulfillment.shipping.parcels import list_cartons
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.desk_words import carrier_words, service_words
from fulfillment.web.errors import status_of
from fulfillment.web.floor_desk import choose_warehouse
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.navigation import Place
from fulfillment.web.words import N_, _

blueprint = Blueprint("packing", __name__, url_prefix="/pack")
NAVIGATION = (Place(N_("Pack"), "packing.choose_order", Permission.WRITE_PARCELS, rank=12),)

SHOWN = 60
CARRIER_WORDS: Final = {"carrier_words": carrier_words, "service_words": service_words}
MOST_BOXES = 500


class BoxesForm(FormModel):
    """The suggested boxes as the packer closed them: one carton and one weight for each, in their order."""

    carton_code: list[str] = Field(default_factory=list, max_length=MOST_BOXES)
    weight_g: list[int] = Field(default_factory=list, max_length=MOST_BOXES)
    plan: str = Field(max_length=64)
    is_weight_confirmed: bool = False


class ReasonForm(FormModel):
    """Why a box is opened again."""

    reason: str = Field(min_length=1, max_length=500)


@dataclass(frozen=True)
class Suggestion:
    """One suggested box: what goes in, in which carton, and what it should weigh with it."""

    parcel: GivenParcel
    expected_g: int
    names: dict[str, str]


@dataclass(frozen=True)
class Bench:
    """A fulfillment order at the bench, its suggested boxes, and the parcels it has."""

    facts: PackingFacts
    boxes: list[Suggestion]
    cartons: list[tuple[str, str]]
    parcels: list[ParcelDocument]
    codes: dict[str, list[str]]
    plan: str

    @property
    def is_waiting_for_labels(self) -> bool:
        """Whether the page should look again in a moment."""
        return any(
            each.parcel.state == ParcelState.PACKED and not each.parcel.problem for each in self.parcels
        )


@blueprint.get("/")
@allowed(Permission.WRITE_PARCELS)
def choose_order() -> Response | str:
    """What waits to be packed; a scanned tote or number opens its order."""
    code = request.args.get("code", "").strip()

    def look(session: Session) -> dict[str, Any]:
        desk = choose_warehouse(session)
        warehouse_code = str(desk["warehouse_code"])
        found = find_part_to_pack(session, code=code, warehouse_code=warehouse_code) if code else None
        return {
            **desk,
            "found": found,
            "parts": list_parts_to_pack(session, warehouse_code=warehouse_code, limit=SHOWN),
        }

    try:
        shown = read(look)
    except FulfillmentError as refusal:
        code = ""
        return render_template("packing/list.html", **read(look), refusal=refusal)
    if shown["found"] is not None:
        return redirect(url_for("packing.show", part_id=shown["found"]))
    return render_template("packing/list.html", **shown, refusal=None)


@blueprint.get("/<uuid:part_id>")
@allowed(Permission.WRITE_PARCELS)
def show(part_id: UUID) -> str:
    """The suggested boxes for what is picked, and the parcels that are closed."""
    bench = read(lambda session: _bench(session, part_id))
    return render_template("packing/show.html", bench=bench, typed=None, **CARRIER_WORDS)


@blueprint.get("/<uuid:part_id>/parcels")
@allowed(Permission.WRITE_PARCELS)
def show_parcels(part_id: UUID) -> str:
    """The closed parcels alone, for the page that waits for their labels."""
    return render_template(
        "packing/parcels.html", bench=read(lambda session: _bench(session, part_id)), **CARRIER_WORDS
    )


@blueprint.post("/<uuid:part_id>")
@allowed(Permission.WRITE_PARCELS)
def pack(part_id: UUID) -> Response | tuple[str, int]:
    """The boxes are closed and their postage is being bought; or the page says what is wrong with one."""
    form = read_form(BoxesForm)

    def close(session: Session) -> None:
        bench = _bench(session, part_id)
        if form.plan != bench.plan:
            raise ConflictError("The units of this order changed meanwhile. Look at the boxes again.")
        pack_order(
            session,
            fulfillment_order_id=part_id,
            actor=viewer().actor,
            policy=runtime().policy,
            parcels=[_given(bench.boxes[place], form, place) for place in range(len(bench.boxes))],
            is_weight_confirmed=form.is_weight_confirmed,
        )

    try:
        write_form_once(close)
    except FulfillmentError as refusal:
        bench = read(lambda session: _bench(session, part_id))
        page = render_template("packing/show.html", bench=bench, refusal=refusal, typed=form, **CARRIER_WORDS)
        return page, status_of(refusal)
    flash(_("Packed. The labels come in a moment."))
    return redirect(url_for("packing.show", part_id=part_id))


@blueprint.post("/parcels/<uuid:parcel_id>/unpack")
@allowed(Permission.WRITE_PARCELS)
def unpack(parcel_id: UUID) -> Response:
    """The box is open again and its units are to be packed anew."""
    form = read_form(ReasonForm)

    def work(session: Session) -> dict[str, str]:
        part_id = unpack_parcel(session, parcel_id=parcel_id, reason=form.reason, actor=viewer().actor)
        return {"part_id": str(part_id)}

    part_id = write_form_once(work)["part_id"]
    flash(_("The parcel is open again; its postage is given up."))
    return redirect(url_for("packing.show", part_id=part_id))


def _bench(session: Session, part_id: UUID) -> Bench:
    facts = read_packing(session, fulfillment_order_id=part_id)
    is_open = facts.state in PACKABLE and bool(facts.units)
    planned = plan_parcels(session, fulfillment_order_id=part_id) if is_open else []
    cartons = list_cartons(session)
    weights = {carton.code: carton.weight_g for carton in cartons}
    found = list_parcels_page(
        session, wanted=ParcelFilter(fulfillment_order_id=part_id), after=None, limit=MOST_BOXES
    )
    standing = [row for row in reversed(found) if row.state != ParcelState.CANCELLED]
    return Bench(
        facts=facts,
        boxes=[_suggest(facts, parcel, weights) for parcel in planned],
        cartons=[
            (carton.code, f"{carton.code} · {carton.length_mm} x {carton.width_mm} x {carton.height_mm} mm")
            for carton in cartons
        ],
        parcels=[read_parcel(session, parcel_id=row.id) for row in standing],
        codes=list_unit_codes(session, skus=set(facts.articles)),
        plan="-".join(str(sum(units.qty for units in parcel.contents)) for parcel in planned)[:60] or "none",
    )


def _suggest(facts: PackingFacts, parcel: GivenParcel, weights: dict[str, int]) -> Suggestion:
    units, _rest = take_units(facts.units, contents=parcel.contents)
    carton_g = weights.get(parcel.carton_code or "", 0)
    return Suggestion(
        parcel=parcel,
        expected_g=weigh(units, articles=facts.articles, carton_g=carton_g),
        names={each.sku: facts.articles[each.sku].name for each in parcel.contents},
    )


def _given(box: Suggestion, form: BoxesForm, place: int) -> GivenParcel:
    """The suggested box with the carton and the weight that the packer gave it."""
    carton = form.carton_code[place] if place < len(form.carton_code) else box.parcel.carton_code
    weight_g = form.weight_g[place] if place < len(form.weight_g) else None
    size = box.parcel.size if carton == box.parcel.carton_code else None
    return replace(box.parcel, carton_code=carton, weight_g=weight_g, size=size)
