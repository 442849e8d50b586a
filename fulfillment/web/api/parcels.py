"""Parcels: planned, packed, opened again, and given postage."""

import uuid
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.states import ParcelState
from fulfillment.flows.pack_order import PackedOrder, pack_order, plan_parcels
from fulfillment.flows.try_postage import try_postage_again
from fulfillment.flows.unpack_parcel import repack_parcel, unpack_parcel
from fulfillment.reads.parcel_documents import ParcelFilter, list_parcels_page, read_parcel
from fulfillment.web.access import allowed
from fulfillment.web.api.parcel_models import (
    PackedOut,
    PackIn,
    PackingPlanOut,
    ParcelOut,
    ParcelPage,
    ParcelSummaryOut,
    PlannedContentsOut,
    PlannedParcelOut,
    ReasonIn,
    RepackIn,
)
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("parcels", N_("Parcels"))


class ParcelPath(ApiModel):
    """Which parcel."""

    parcel_id: uuid.UUID


class PartPath(ApiModel):
    """Which fulfillment order."""

    fulfillment_order_id: uuid.UUID


class ParcelQuery(PageQuery):
    """Which parcels."""

    state: ParcelState | None = None
    fulfillment_order_id: uuid.UUID | None = None
    order_id: uuid.UUID | None = None
    warehouse_code: Annotated[str, Field(max_length=20)] | None = None
    carrier: Annotated[str, Field(max_length=40)] | None = None
    number: Annotated[str, Field(max_length=60)] | None = Field(
        None, description="the parcel's number or its tracking number"
    )
    has_problem: bool | None = Field(None, description="whether a person has to look at it")


@blueprint.get("/parcels", responses={200: ParcelPage})
@allowed(Permission.READ_SHIPPING)
def find_parcels(query: ParcelQuery) -> Response:
    """List parcels, the newest first."""
    after = read_cursor(query.cursor)
    wanted = ParcelFilter(**query.model_dump(exclude={"limit", "cursor"}))
    rows = read(
        lambda session: list_parcels_page(
            session, wanted=wanted, after=uuid.UUID(str(after[0])) if after else None, limit=query.limit + 1
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (str(row.id),))
    items = [ParcelSummaryOut.of_row(row) for row in page.rows]
    return answer(ParcelPage(items=items, next_cursor=page.next_cursor))


@blueprint.get("/parcels/<uuid:parcel_id>", responses={200: ParcelOut})
@allowed(Permission.READ_SHIPPING)
def get_parcel(path: ParcelPath) -> Response:
    """Read a parcel with its contents, labels and scans."""
    return answer(ParcelOut.of_document(read(lambda session: read_parcel(session, parcel_id=path.parcel_id))))


@blueprint.get(
    "/fulfillment-orders/<uuid:fulfillment_order_id>/packing-plan", responses={200: PackingPlanOut}
)
@allowed(Permission.WRITE_PARCELS)
def get_packing_plan(path: PartPath) -> Response:
    """Plan the boxes for what is picked and not packed; nothing is written."""
    planned = read(lambda session: plan_parcels(session, fulfillment_order_id=path.fulfillment_order_id))
    parcels = [
        PlannedParcelOut(
            carton_code=parcel.carton_code,
            contents=[
                PlannedContentsOut(sku=each.sku, qty=each.qty, lot=each.lot or "") for each in parcel.contents
            ],
        )
        for parcel in planned
    ]
    return answer(PackingPlanOut(fulfillment_order_id=path.fulfillment_order_id, parcels=parcels))


@blueprint.post("/parcels", responses={201: PackedOut})
@allowed(Permission.WRITE_PARCELS)
def pack(header: WriteHeader, body: PackIn) -> Response:  # noqa: ARG001 - documents the header
    """Pack a fulfillment order, as given or as planned; postage is bought by a job."""

    def close(session: Session) -> tuple[int, PackedOut]:
        packed = pack_order(
            session,
            fulfillment_order_id=body.fulfillment_order_id,
            actor=viewer().actor,
            policy=runtime().policy,
            parcels=None if body.parcels is None else [each.as_given() for each in body.parcels],
            is_weight_confirmed=body.is_weight_confirmed,
        )
        return 201, _packed(session, packed)

    return answer_once(close)


@blueprint.post("/parcels/<uuid:parcel_id>/unpack", responses={200: ParcelOut})
@allowed(Permission.WRITE_PARCELS)
def unpack(header: WriteHeader, path: ParcelPath, body: ReasonIn) -> Response:  # noqa: ARG001 - documents the header
    """Open a parcel again: its units are to be packed anew, its postage is given up."""

    def open_again(session: Session) -> tuple[int, ParcelOut]:
        unpack_parcel(session, parcel_id=path.parcel_id, reason=body.reason, actor=viewer().actor)
        return 200, ParcelOut.of_document(read_parcel(session, parcel_id=path.parcel_id))

    return answer_once(open_again)


@blueprint.post("/parcels/<uuid:parcel_id>/repack", responses={201: PackedOut})
@allowed(Permission.WRITE_PARCELS)
def repack(header: WriteHeader, path: ParcelPath, body: RepackIn) -> Response:  # noqa: ARG001 - documents the header
    """Open a parcel and pack its units in other boxes, in one step."""

    def pack_anew(session: Session) -> tuple[int, PackedOut]:
        packed = repack_parcel(
            session,
            parcel_id=path.parcel_id,
            parcels=None if body.parcels is None else [each.as_given() for each in body.parcels],
            reason=body.reason,
            actor=viewer().actor,
            policy=runtime().policy,
            is_weight_confirmed=body.is_weight_confirmed,
        )
        return 201, _packed(session, packed)

    return answer_once(pack_anew)


@blueprint.post("/parcels/<uuid:parcel_id>/postage", responses={202: ParcelOut})
@allowed(Permission.WRITE_LABELS)
def try_postage(header: WriteHeader, path: ParcelPath) -> Response:  # noqa: ARG001 - documents the header
    """Try again to buy postage for a packed parcel, after its problem was set right."""

    def ask(session: Session) -> tuple[int, ParcelOut]:
        try_postage_again(session, parcel_id=path.parcel_id, actor=viewer().actor)
        return 202, ParcelOut.of_document(read_parcel(session, parcel_id=path.parcel_id))

    return answer_once(ask)


def _packed(session: Session, packed: PackedOrder) -> PackedOut:
    parcels = [
        ParcelOut.of_document(read_parcel(session, parcel_id=parcel_id)) for parcel_id in packed.parcel_ids
    ]
    return PackedOut(fulfillment_order_state=packed.state, parcels=parcels)
