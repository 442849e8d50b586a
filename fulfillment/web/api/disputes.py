"""Disputes: what card holders take back through their bank, so that no refund gives it a second time."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.orders.disputes import close_dispute, get_dispute, list_disputes, open_dispute
from fulfillment.orders.kinds import DisputeState
from fulfillment.store.clock import read_now
from fulfillment.web.access import allowed
from fulfillment.web.api.return_models import Note
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageOut, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("disputes", N_("Disputes"))


class DisputeIn(ApiModel):
    """The bank's notice; `payment_id` is the tender's `provider_id`."""

    provider: Annotated[str, Field(pattern="^[a-z0-9_-]{1,40}$")]
    payment_id: Annotated[str, Field(min_length=1, max_length=200)]
    dispute_id: Annotated[
        str, Field(min_length=1, max_length=200, description="the provider's own name for it")
    ]
    amount_minor: Annotated[int, Field(ge=1, le=10**12)]
    reason: Note = ""


class DisputePath(ApiModel):
    """Which dispute."""

    dispute_id: uuid.UUID


class DisputeCloseIn(ApiModel):
    """How the bank decided; won means that the money came back to the company."""

    is_won: bool


class DisputeOut(ApiModel):
    """A dispute; what exceeds `counted_minor` was refunded before, and is contested with that."""

    id: uuid.UUID
    order_id: uuid.UUID
    tender_id: uuid.UUID
    provider_ref: str
    state: DisputeState
    amount_minor: int
    counted_minor: int
    reason: str
    opened_at: datetime
    closed_at: datetime | None


class DisputePage(PageOut):
    """Some disputes."""

    items: list[DisputeOut]


@blueprint.post("/disputes", responses={201: DisputeOut})
@allowed(Permission.PROPOSE_REFUNDS)
def create_dispute(header: WriteHeader, body: DisputeIn) -> Response:  # noqa: ARG001 - documents the header
    """Note a dispute; the same one told twice counts once."""

    def note(session: Session) -> tuple[int, DisputeOut]:
        noted = open_dispute(
            session,
            provider=body.provider,
            payment_ref=body.payment_id,
            dispute_ref=body.dispute_id,
            amount_minor=body.amount_minor,
            reason=body.reason,
            actor=viewer().actor,
            now=read_now(session),
        )
        return 201, _read(session, noted.dispute_id)

    return answer_once(note)


@blueprint.get("/disputes", responses={200: DisputePage})
@allowed(Permission.READ_REFUNDS)
def find_disputes(query: PageQuery) -> Response:
    """List disputes, the newest first."""
    after = read_cursor(query.cursor)
    last = uuid.UUID(str(after[0])) if after else None
    rows = read(lambda session: list_disputes(session, after=last, limit=query.limit + 1))
    page = page_of(rows, limit=query.limit, key=lambda row: (str(row.id),))
    items = [DisputeOut.of(row) for row in page.rows]
    return answer(DisputePage(items=items, next_cursor=page.next_cursor))


@blueprint.post("/disputes/<uuid:dispute_id>/close", responses={200: DisputeOut})
@allowed(Permission.APPROVE_REFUNDS)
def close(header: WriteHeader, path: DisputePath, body: DisputeCloseIn) -> Response:  # noqa: ARG001 - documents the header
    """Close a dispute: money that was won may be refunded again."""

    def decide(session: Session) -> tuple[int, DisputeOut]:
        close_dispute(
            session,
            dispute_id=path.dispute_id,
            is_won=body.is_won,
            actor=viewer().actor,
            now=read_now(session),
        )
        return 200, _read(session, path.dispute_id)

    return answer_once(decide)


def _read(session: Session, dispute_id: uuid.UUID) -> DisputeOut:
    return DisputeOut.of(get_dispute(session, dispute_id=dispute_id))
