"""Money at the service desk: refunds approved, rejected, sent again, settled; postage tried or given up."""

from uuid import UUID

from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.flows.give_up_postage import start_void
from fulfillment.flows.refund_order import approve_refund, reject_refund
from fulfillment.flows.repeat_refund import decide_refund_part, repeat_refund
from fulfillment.flows.try_postage import try_postage_again
from fulfillment.web.access import allowed
from fulfillment.web.context import runtime, viewer
from fulfillment.web.forms import read_form
from fulfillment.web.pages.service_desk.desk import blueprint
from fulfillment.web.pages.service_desk.orders import do_deed
from fulfillment.web.return_forms import NoteForm
from fulfillment.web.words import _


class RepeatForm(NoteForm):
    """Why the refund is sent again, and whether the money went another way already."""

    by_other_means: bool = False


class ShareForm(NoteForm):
    """What became of a share whose answer was lost."""

    is_paid: bool
    provider_ref: str = Field("", max_length=200)


@blueprint.post("/orders/<uuid:order_id>/refunds/<uuid:refund_id>/approve")
@allowed(Permission.APPROVE_REFUNDS)
def approve(order_id: UUID, refund_id: UUID) -> Response:
    """The refund is sent by a job."""
    return do_deed(
        order_id,
        lambda session: approve_refund(session, refund_id=refund_id, actor=viewer().actor),
        _("The refund is approved and is being sent."),
    )


@blueprint.post("/orders/<uuid:order_id>/refunds/<uuid:refund_id>/reject")
@allowed(Permission.APPROVE_REFUNDS)
def reject(order_id: UUID, refund_id: UUID) -> Response:
    """The refund gives nothing."""

    def work(session: Session) -> None:
        note = read_form(NoteForm).note
        reject_refund(session, refund_id=refund_id, note=note, actor=viewer().actor)

    return do_deed(order_id, work, _("The refund is rejected."))


@blueprint.post("/orders/<uuid:order_id>/refunds/<uuid:refund_id>/repeat")
@allowed(Permission.APPROVE_REFUNDS)
def repeat(order_id: UUID, refund_id: UUID) -> Response:
    """A failed refund is sent again, or counts as paid by other means."""

    def work(session: Session) -> None:
        form = read_form(RepeatForm)
        repeat_refund(
            session,
            refund_id=refund_id,
            note=form.note or "sent again",
            actor=viewer().actor,
            by_other_means=form.by_other_means,
        )

    return do_deed(order_id, work, _("The refund is being sent again."))


@blueprint.post("/orders/<uuid:order_id>/shares/<uuid:part_id>/settle")
@allowed(Permission.APPROVE_REFUNDS)
def settle_share(order_id: UUID, part_id: UUID) -> Response:
    """A person says what became of a share, and how she knows."""

    def work(session: Session) -> None:
        form = read_form(ShareForm)
        decide_refund_part(
            session,
            part_id=part_id,
            is_paid=form.is_paid,
            provider_ref=form.provider_ref,
            note=form.note,
            actor=viewer().actor,
            policy=runtime().policy,
        )

    return do_deed(order_id, work, _("The share is settled."))


@blueprint.post("/orders/<uuid:order_id>/parcels/<uuid:parcel_id>/postage")
@allowed(Permission.WRITE_LABELS)
def buy_again(order_id: UUID, parcel_id: UUID) -> Response:
    """Postage is bought for the parcel, or the purchase in doubt is settled."""
    return do_deed(
        order_id,
        lambda session: try_postage_again(session, parcel_id=parcel_id, actor=viewer().actor),
        _("Postage is being bought for the parcel."),
    )


@blueprint.post("/orders/<uuid:order_id>/postage/<uuid:postage_id>/void")
@allowed(Permission.WRITE_LABELS)
def void(order_id: UUID, postage_id: UUID) -> Response:
    """The label is not used, and its price asked back."""

    def work(session: Session) -> None:
        note = read_form(NoteForm).note
        start_void(session, postage_id=postage_id, reason=note or "given up", actor=viewer().actor)

    return do_deed(order_id, work, _("The label is given up, and the carrier is asked for its price."))
