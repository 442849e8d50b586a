"""Tracking: where a parcel is by its carrier."""

from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.job_kinds import POLL_TRACKING
from fulfillment.flows.ship_parcels import tracking_url
from fulfillment.reads.parcel_documents import read_parcel
from fulfillment.shipping.parcels import find_parcel_by_number
from fulfillment.store.jobs import enqueue
from fulfillment.web.access import allowed
from fulfillment.web.api.parcel_models import CarrierScanOut, TrackingOut
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, WriteHeader
from fulfillment.web.words import N_

blueprint = api_blueprint("tracking", N_("Tracking"))


class NumberPath(ApiModel):
    """Which parcel: its own number or its tracking number."""

    number: Annotated[str, Field(min_length=1, max_length=60)]


@blueprint.get("/tracking/<number>", responses={200: TrackingOut})
@allowed(Permission.READ_SHIPPING)
def get_tracking(path: NumberPath) -> Response:
    """Read where a parcel is, with every scan of its carrier."""
    return answer(read(lambda session: _tracking(session, path.number)))


@blueprint.post("/tracking/<number>/refresh", responses={202: TrackingOut})
@allowed(Permission.WRITE_TRACKING)
def ask_carrier(header: WriteHeader, path: NumberPath) -> Response:  # noqa: ARG001 - documents the header
    """Ask the carrier where a parcel is; the answer is applied by a job."""

    def ask(session: Session) -> tuple[int, TrackingOut]:
        parcel_id = str(find_parcel_by_number(session, number=path.number).id)
        enqueue(session, kind=POLL_TRACKING, payload={"parcel_id": parcel_id}, key=parcel_id)
        return 202, _tracking(session, path.number)

    return answer_once(ask)


def _tracking(session: Session, number: str) -> TrackingOut:
    parcel_id = find_parcel_by_number(session, number=number).id
    document = read_parcel(session, parcel_id=parcel_id)
    parcel = document.parcel
    return TrackingOut(
        parcel_id=parcel.id,
        number=parcel.number,
        state=parcel.state,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        tracking_status=parcel.tracking_status,
        tracking_substatus=parcel.tracking_substatus,
        eta_at=parcel.eta_at,
        tracking_url=tracking_url(runtime().policy, parcel.public_id),
        scans=[CarrierScanOut.of_row(row) for row in document.scans],
    )
