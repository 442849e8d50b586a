"""Refunds: proposed, approved, rejected, repeated, and settled by a person where no question can."""

import uuid
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.states import RefundState
from fulfillment.flows.refund_order import approve_refund, reject_refund
from fulfillment.flows.refund_undelivered import refund_undelivered
from fulfillment.flows.repeat_refund import decide_refund_part, repeat_refund
from fulfillment.flows.request_return import WantedReturn
from fulfillment.reads.return_documents import list_refunds, read_refund
from fulfillment.returns.refund_parts import get_part
from fulfillment.web.access import allowed
from fulfillment.web.api.return_models import (
    MAX_RETURN_LINES,
    RefundOut,
    RefundPage,
    RefundPartPath,
    RefundPath,
    WantedLineIn,
    Why,
    WhyIn,
)
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("refunds", N_("Refunds"))


class UndeliveredIn(ApiModel):
    """Units that went out and never arrived; they are refunded in full, and nothing comes back."""

    order_id: uuid.UUID
    lines: Annotated[list[WantedLineIn], Field(min_length=1, max_length=MAX_RETURN_LINES)]
    note: Why
    with_shipping: bool = False


class RefundQuery(PageQuery):
    """Which refunds."""

    state: RefundState | None = None
    order_id: uuid.UUID | None = None
    return_id: uuid.UUID | None = None


class RepeatIn(ApiModel):
    """How to go on with the refused shares; `by_other_means` says that a person pays them outside."""

    note: Why
    by_other_means: bool = False


class PartDecisionIn(ApiModel):
    """What became of a share that no question can settle, and how it is known."""

    is_paid: bool
    provider_ref: Annotated[str, Field(max_length=200)] = ""
    note: Why


@blueprint.post("/refunds", responses={201: RefundOut})
@allowed(Permission.PROPOSE_REFUNDS)
def create_refund(header: WriteHeader, body: UndeliveredIn) -> Response:  # noqa: ARG001 - documents the header
    """Propose a refund for units that never arrived."""

    def propose(session: Session) -> tuple[int, RefundOut]:
        refund_id = refund_undelivered(
            session,
            order_id=body.order_id,
            wanted=[WantedReturn(line.order_line_id, line.units) for line in body.lines],
            note=body.note,
            with_shipping=body.with_shipping,
            actor=viewer().actor,
            policy=runtime().policy,
        )
        return 201, _read(session, refund_id)

    return answer_once(propose)


@blueprint.get("/refunds", responses={200: RefundPage})
@allowed(Permission.READ_REFUNDS)
def find_refunds(query: RefundQuery) -> Response:
    """List refunds, the newest first."""
    after = read_cursor(query.cursor)
    rows = read(
        lambda session: list_refunds(
            session,
            order_id=query.order_id,
            return_id=query.return_id,
            state=query.state,
            after=uuid.UUID(str(after[0])) if after else None,
            limit=query.limit + 1,
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda document: (str(document.head.id),))
    items = [RefundOut.of_document(document) for document in page.rows]
    return answer(RefundPage(items=items, next_cursor=page.next_cursor))


@blueprint.get("/refunds/<uuid:refund_id>", responses={200: RefundOut})
@allowed(Permission.READ_REFUNDS)
def get_refund(path: RefundPath) -> Response:
    """Read a refund with its lines, and its shares by tender."""
    return answer(read(lambda session: _read(session, path.refund_id)))


@blueprint.post("/refunds/<uuid:refund_id>/approve", responses={200: RefundOut})
@allowed(Permission.APPROVE_REFUNDS)
def approve(header: WriteHeader, path: RefundPath) -> Response:  # noqa: ARG001 - documents the header
    """Approve a refund: its money is set aside and a job pays it. Above the limit a second person does."""

    def agree(session: Session) -> tuple[int, RefundOut]:
        approve_refund(session, refund_id=path.refund_id, actor=viewer().actor)
        return 200, _read(session, path.refund_id)

    return answer_once(agree)


@blueprint.post("/refunds/<uuid:refund_id>/reject", responses={200: RefundOut})
@allowed(Permission.APPROVE_REFUNDS)
def reject(header: WriteHeader, path: RefundPath, body: WhyIn) -> Response:  # noqa: ARG001 - documents the header
    """Reject a proposed refund; its units may be refunded anew."""

    def turn_down(session: Session) -> tuple[int, RefundOut]:
        reject_refund(session, refund_id=path.refund_id, note=body.note, actor=viewer().actor)
        return 200, _read(session, path.refund_id)

    return answer_once(turn_down)


@blueprint.post("/refunds/<uuid:refund_id>/repeat", responses={200: RefundOut})
@allowed(Permission.APPROVE_REFUNDS)
def repeat(header: WriteHeader, path: RefundPath, body: RepeatIn) -> Response:  # noqa: ARG001 - documents the header
    """Send the refused shares of a failed refund again, or pay them by other means."""

    def try_again(session: Session) -> tuple[int, RefundOut]:
        repeat_refund(
            session,
            refund_id=path.refund_id,
            note=body.note,
            by_other_means=body.by_other_means,
            actor=viewer().actor,
        )
        return 200, _read(session, path.refund_id)

    return answer_once(try_again)


@blueprint.post("/refund-parts/<uuid:part_id>/decide", responses={200: RefundOut})
@allowed(Permission.APPROVE_REFUNDS)
def decide_part(header: WriteHeader, path: RefundPartPath, body: PartDecisionIn) -> Response:  # noqa: ARG001 - documents the header
    """Say what became of a share of which the provider knows nothing any more."""

    def decide(session: Session) -> tuple[int, RefundOut]:
        decide_refund_part(
            session,
            part_id=path.part_id,
            is_paid=body.is_paid,
            provider_ref=body.provider_ref,
            note=body.note,
            actor=viewer().actor,
            policy=runtime().policy,
        )
        return 200, _read(session, get_part(session, part_id=path.part_id).refund_id)

    return answer_once(decide)


def _read(session: Session, refund_id: uuid.UUID) -> RefundOut:
    return RefundOut.of_document(read_refund(session, refund_id=refund_id))
