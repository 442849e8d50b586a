"""Shipments: parcels handed over to a carrier's driver, with their close-out lists."""

import uuid
from typing import Annotated

from flask import Response, make_response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.flows.hand_over import hand_over
from fulfillment.reads.parcel_documents import find_manifest_file, list_handovers_page, read_handover
from fulfillment.web.access import allowed
from fulfillment.web.api.parcel_models import ShipmentDetailOut, ShipmentIn, ShipmentOut, ShipmentPage
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("shipments", N_("Shipments"))


class ShipmentPath(ApiModel):
    """Which hand-over."""

    shipment_id: uuid.UUID


class ManifestFilePath(ApiModel):
    """Which file of which close-out list."""

    manifest_id: uuid.UUID
    place: Annotated[int, Field(ge=1, le=1_000)]


class ShipmentQuery(PageQuery):
    """Which hand-overs."""

    warehouse_code: Annotated[str, Field(max_length=20)] | None = None


@blueprint.get("/shipments", responses={200: ShipmentPage})
@allowed(Permission.READ_SHIPPING)
def find_shipments(query: ShipmentQuery) -> Response:
    """List hand-overs, the latest first."""
    after = read_cursor(query.cursor)
    rows = read(
        lambda session: list_handovers_page(
            session,
            warehouse_code=query.warehouse_code,
            after=uuid.UUID(str(after[0])) if after else None,
            limit=query.limit + 1,
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (str(row.id),))
    items = [ShipmentOut.of_row(row) for row in page.rows]
    return answer(ShipmentPage(items=items, next_cursor=page.next_cursor))


@blueprint.post("/shipments", responses={201: ShipmentDetailOut})
@allowed(Permission.WRITE_SHIPMENTS)
def create_shipment(header: WriteHeader, body: ShipmentIn) -> Response:  # noqa: ARG001 - documents the header
    """Hand labeled parcels over to the driver: they are shipped."""

    def give(session: Session) -> tuple[int, ShipmentDetailOut]:
        handed = hand_over(
            session,
            warehouse_code=body.warehouse_code,
            carrier=body.carrier,
            actor=viewer().actor,
            policy=runtime().policy,
            parcel_ids=body.parcel_ids,
            signed_by=body.signed_by,
            wants_manifest=body.wants_manifest,
        )
        document = read_handover(session, handover_id=handed.handover_id)
        kept_back = [f"{number}: {why}" for number, why in handed.kept_back]
        return 201, ShipmentDetailOut.of_document(document, kept_back=kept_back)

    return answer_once(give)


@blueprint.get("/shipments/<uuid:shipment_id>", responses={200: ShipmentDetailOut})
@allowed(Permission.READ_SHIPPING)
def get_shipment(path: ShipmentPath) -> Response:
    """Read a hand-over with its parcels and close-out lists."""
    document = read(lambda session: read_handover(session, handover_id=path.shipment_id))
    return answer(ShipmentDetailOut.of_document(document))


@blueprint.get(
    "/manifests/<uuid:manifest_id>/files/<int:place>",
    responses={200: {"description": "the list for the driver", "content": {"application/pdf": {}}}},
)
@allowed(Permission.READ_SHIPPING)
def get_manifest_file(path: ManifestFilePath) -> Response:
    """Download a file of a close-out list."""
    file = read(lambda session: find_manifest_file(session, manifest_id=path.manifest_id, place=path.place))
    response = make_response(file.content)
    response.content_type = file.media_type
    return response
