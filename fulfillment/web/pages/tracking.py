"""The public page of a parcel, for whoever holds its unguessable address."""

from flask import Blueprint, Response, make_response, render_template

from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import ParcelState
from fulfillment.reads.public_tracking import PublicParcel, PublicScan, read_public_parcel
from fulfillment.shipping.tracking import TrackingStatus
from fulfillment.web.access import public
from fulfillment.web.context import read
from fulfillment.web.scan_words import SCAN_WORDS
from fulfillment.web.words import N_, _

blueprint = Blueprint("tracking", __name__)

MAX_PUBLIC_ID_LENGTH = 40

STEPS = (
    (ParcelState.PACKED, N_("Packed")),
    (ParcelState.LABELED, N_("Ready for the carrier")),
    (ParcelState.SHIPPED, N_("On its way")),
    (ParcelState.DELIVERED, N_("Delivered")),
)
"""The way of a parcel that arrives."""

STATUS_WORDS = {
    TrackingStatus.UNKNOWN: N_("Seen by the carrier"),
    TrackingStatus.PRE_TRANSIT: N_("The carrier knows of the parcel"),
    TrackingStatus.TRANSIT: N_("On its way"),
    TrackingStatus.DELIVERED: N_("Delivered"),
    TrackingStatus.RETURNED: N_("On its way back to us"),
    TrackingStatus.FAILURE: N_("Cannot be delivered"),
}
HEADLINES = {
    ParcelState.PACKED: N_("Your parcel is packed"),
    ParcelState.LABELED: N_("Your parcel waits for the carrier"),
    ParcelState.SHIPPED: N_("Your parcel is on its way"),
    ParcelState.DELIVERED: N_("Your parcel was delivered"),
    ParcelState.RETURNING: N_("Your parcel is on its way back to us"),
    ParcelState.RETURNED: N_("Your parcel came back to us"),
    ParcelState.LOST: N_("The carrier cannot find your parcel"),
    ParcelState.CANCELLED: N_("This parcel was packed anew"),
}
ADVICE = {
    ParcelState.RETURNING: N_("It could not be delivered. Please tell us where to send it."),
    ParcelState.RETURNED: N_("It could not be delivered. Please tell us where to send it."),
    ParcelState.LOST: N_("Please write to us; we will put it right."),
    ParcelState.CANCELLED: N_("Your goods travel in another parcel. Look for its message in your mail."),
}


@blueprint.get("/t/<public_id>")
@public
def show(public_id: str) -> Response:
    """The parcel's way so far."""
    if len(public_id) > MAX_PUBLIC_ID_LENGTH:
        raise NotFoundError("There is no parcel at this address. Check that the whole address was copied.")
    parcel = read(lambda session: read_public_parcel(session, public_id=public_id))
    page = render_template(
        "tracking/show.html",
        parcel=parcel,
        headline=_(HEADLINES[parcel.state]),
        advice=_(ADVICE[parcel.state]) if parcel.state in ADVICE else "",
        steps=_steps(parcel),
        scans=[(scan, _words(scan)) for scan in parcel.scans],
    )
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _steps(parcel: PublicParcel) -> list[tuple[str, bool, bool]]:
    """Each step's words, whether it is done, and whether the parcel stands at it."""
    states = [state for state, _words in STEPS]
    reached = states.index(parcel.state) if parcel.state in states else states.index(ParcelState.SHIPPED)
    return [(_(words), place <= reached, place == reached) for place, (_state, words) in enumerate(STEPS)]


def _words(scan: PublicScan) -> str:
    known = SCAN_WORDS.get(scan.substatus or "")
    return _(known or STATUS_WORDS[TrackingStatus(scan.status)])
