"""The scan page: what a picker's phone shows, and the two calls it makes."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request
from pydantic import ValidationError
from sqlmodel import Session

from fulfillment.accounts.roles import Permission, Role
from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.flows.pick import ScanAnswer, apply_journal
from fulfillment.reads.pick_pack import PickArticle, PickPack, read_pick_pack
from fulfillment.reads.wave_work import ON_THE_FLOOR, TaskRow, list_waves, read_wave
from fulfillment.warehouse.picking import claim_tasks
from fulfillment.web.access import allowed, public
from fulfillment.web.api.picks import JournalIn, require_distinct
from fulfillment.web.context import read, runtime, viewer, write
from fulfillment.web.errors import validation_errors
from fulfillment.web.floor_desk import choose_warehouse
from fulfillment.web.forms import csrf_token
from fulfillment.web.models import ApiModel
from fulfillment.web.navigation import Place
from fulfillment.web.picking_words import picking_words
from fulfillment.web.security import allow_wasm
from fulfillment.web.words import N_, _
from labels.command_sheet import Command as SheetCommand
from labels.command_sheet import render_command_sheet

blueprint = Blueprint("scanning", __name__, url_prefix="/scan")
NAVIGATION = (
    Place(
        N_("Scan"),
        "scanning.choose_wave",
        Permission.WRITE_PICKS,
        rank=10,
        home_for=frozenset({Role.WAREHOUSE}),
    ),
)

TASKS_CARRIED = 40
"""Tasks a device claims at once: an hour's walk without a connection, and room for a second picker."""

WAVES_SHOWN = 50

COMMANDS = (
    ("CMD-SKIP", N_("Skip"), N_("This stop comes last.")),
    ("CMD-SHORT", N_("Short"), N_("The bin holds too few. Scan it twice to confirm.")),
    ("CMD-UNDO", N_("Undo"), N_("Takes your last pick back. Put the unit into its bin.")),
    ("CMD-TOTE-FULL", N_("Tote full"), N_("Then scan an empty tote for the rest of the order.")),
    ("CMD-DONE", N_("Done"), N_("Leaves the wave and shows the others.")),
)

Model = TypeVar("Model", bound=ApiModel)


@blueprint.get("/")
@allowed(Permission.WRITE_PICKS)
def choose_wave() -> str:
    """The waves that can be picked in the viewer's warehouse."""

    def look(session: Session) -> dict[str, Any]:
        desk = choose_warehouse(session)
        waves = list_waves(
            session, limit=WAVES_SHOWN, warehouse_code=str(desk["warehouse_code"]), states=ON_THE_FLOOR
        )
        return {**desk, "waves": sorted(waves, key=lambda wave: wave.released_at)}

    return render_template("scanning/start.html", **read(look))


@blueprint.get("/waves/<uuid:wave_id>")
@allowed(Permission.WRITE_PICKS)
def pick(wave_id: UUID) -> str:
    """The page that picks one wave; the device asks for its tasks by itself and keeps them."""
    allow_wasm()
    wave = read(lambda session: read_wave(session, wave_id=wave_id))
    return render_template("scanning/pick.html", wave=wave, words=picking_words())


@blueprint.get("/key")
@allowed(Permission.WRITE_PICKS)
def tell_key() -> Response:
    """Who is signed in on the device, and the token its calls need; a page kept offline knows neither."""
    return jsonify(_identity())


@blueprint.post("/waves/<uuid:wave_id>/tasks")
@allowed(Permission.WRITE_PICKS)
def carry_tasks(wave_id: UUID) -> Response:
    """The next tasks of the wave are the viewer's for a while, and her device has all it needs for them."""
    actor, policy = viewer().actor, runtime().policy

    def claim(session: Session) -> PickPack:
        read_wave(session, wave_id=wave_id)
        claim_tasks(session, wave_id=wave_id, actor=actor, count=TASKS_CARRIED, claim_s=policy.pick_claim_s)
        return read_pick_pack(session, wave_id=wave_id, picker=actor.key)

    return jsonify({**_identity(), **_pack_out(write(claim))})


@blueprint.post("/scans")
@allowed(Permission.WRITE_PICKS)
def take_scans() -> Response:
    """The device's journal is booked, in its order; each scan gets its answer."""
    body = _read_json(JournalIn)
    require_distinct(body)
    answers = apply_journal(
        runtime().in_transaction,
        requests=[scan.as_request() for scan in body.scans],
        actor=viewer().actor,
        policy=runtime().policy,
    )
    told = [
        {"scan_id": str(scan.scan_id), **_answer_out(made)}
        for scan, made in zip(body.scans, answers, strict=True)
    ]
    return jsonify({"answers": told})


@blueprint.get("/commands.pdf")
@allowed(Permission.WRITE_PICKS)
def print_commands() -> Response:
    """The sheet of codes to scan instead of touching the screen."""
    sheet = [SheetCommand(code, _(name), _(help_text)) for code, name, help_text in COMMANDS]
    response = make_response(render_command_sheet(sheet, company=runtime().policy.name, gettext=_))
    response.content_type = "application/pdf"
    return response


@blueprint.get("/service-worker.js")
@public
def service_worker() -> Response:
    """The script that keeps the scan page for when there is no connection; it governs /scan/ only."""
    response = current_app.send_static_file("scan/service-worker.js")
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    return response


def _identity() -> dict[str, Any]:
    actor = viewer().actor
    return {"csrf": csrf_token(), "picker": actor.key, "picker_name": actor.name}


def _pack_out(pack: PickPack) -> dict[str, Any]:
    wave = pack.wave
    return {
        "wave": {
            "id": str(wave.id),
            "number": wave.number,
            "state": wave.state.value,
            "tasks_open": wave.tasks_open,
            "units": wave.units,
            "units_picked": wave.units_picked,
        },
        "tasks": [_task_out(task) for task in pack.tasks],
        "others_open": pack.others_open,
        "parts_elsewhere": [str(part) for part in pack.parts_elsewhere],
        "picks": [{"task_id": str(task_id), "units": units} for task_id, units in pack.picks],
        "finished": list(pack.finished_skus),
        "articles": {article.sku: _article_out(article) for article in pack.articles},
        "codes": {code: [a.sku, units] for a in pack.articles for code, units in a.codes.items()},
        "gtins": {a.gtin.lstrip("0"): a.sku for a in pack.articles if a.gtin},
        "bins": pack.bins,
    }


def _task_out(task: TaskRow) -> dict[str, Any]:
    return {
        "id": str(task.id),
        "sequence": task.sequence,
        "part": str(task.fulfillment_order_id),
        "order": task.order_number,
        "bin": task.bin_code,
        "bin_barcode": task.bin_barcode,
        "sku": task.sku,
        "name": task.name,
        "lot": task.lot,
        "expires_on": task.expires_on.isoformat() if task.expires_on else None,
        "is_serial": task.is_serial_tracked,
        "qty": task.qty,
        "picked": task.qty_picked,
        "is_located": task.is_located,
        "tote": task.tote,
        "lots_in_bin": task.lots_in_bin,
        "state": task.state.value,
    }


def _article_out(article: PickArticle) -> dict[str, Any]:
    return {"name": article.name, "home": article.home, "is_serial": article.is_serial_tracked}


def _answer_out(made: ScanAnswer | FulfillmentError) -> Mapping[str, Any]:
    if isinstance(made, ScanAnswer):
        return {
            "outcome": made.outcome.value,
            "is_accepted": made.is_accepted,
            "parameters": dict(made.parameters),
            "task_id": str(made.task_id) if made.task_id else None,
            "is_wave_done": made.is_wave_done,
        }
    return {"refusal": {"code": made.code, "message": made.message}}


def _read_json(model: type[Model]) -> Model:
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        raise InvalidInputError(
            "The device sent what cannot be read. Reload the scan page.", errors=validation_errors(error)
        ) from error
