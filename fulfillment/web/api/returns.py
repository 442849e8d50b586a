"""Returns: asked for, posted, received, decided, given up and taken up again."""

import uuid

from flask import Response
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.flows.change_return import cancel_return, note_return_posted, reopen_return
from fulfillment.flows.decide_return import decide_return, propose_return_refund, refuse_return
from fulfillment.flows.receive_parcel_back import receive_parcel_back
from fulfillment.flows.receive_return import receive_return_units
from fulfillment.flows.replace_return import replace_return
from fulfillment.flows.request_return import WantedReturn, request_return
from fulfillment.orders.queries import get_order
from fulfillment.reads.return_documents import ReturnFilter, list_returns, read_return
from fulfillment.reads.returnable import list_returnable
from fulfillment.shipping.parcels import find_parcel_by_number
from fulfillment.web.access import allowed
from fulfillment.web.api.order_models import OrderPath
from fulfillment.web.api.return_models import (
    LooseUnitsOut,
    ParcelBackIn,
    ParcelBackOut,
    PostedIn,
    ReceiptScanIn,
    ReceivedOut,
    ReturnableList,
    ReturnableOut,
    ReturnIn,
    ReturnOut,
    ReturnPage,
    ReturnPath,
    ReturnQuery,
    WhyIn,
)
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("returns", N_("Returns"))


@blueprint.get("/orders/<uuid:order_id>/returnable", responses={200: ReturnableList})
@allowed(Permission.READ_RETURNS)
def list_returnable_units(path: OrderPath) -> Response:
    """List what of an order can still come back."""

    def look(session: Session) -> list[ReturnableOut]:
        get_order(session, order_id=path.order_id)
        return [ReturnableOut.of(line) for line in list_returnable(session, order_id=path.order_id)]

    return answer(ReturnableList(items=read(look)))


@blueprint.post("/returns", responses={201: ReturnOut})
@allowed(Permission.WRITE_RETURNS)
def create_return(header: WriteHeader, body: ReturnIn) -> Response:  # noqa: ARG001 - documents the header
    """Ask for a return: the rules authorize or refuse it at once, with their reasons."""

    def ask(session: Session) -> tuple[int, ReturnOut]:
        asked = request_return(
            session,
            order_id=body.order_id,
            wanted=[WantedReturn(line.order_line_id, line.units) for line in body.lines],
            reason=body.reason,
            note=body.note,
            actor=viewer().actor,
            policy=runtime().policy,
        )
        return 201, _read(session, asked.return_id)

    return answer_once(ask)


@blueprint.get("/returns", responses={200: ReturnPage})
@allowed(Permission.READ_RETURNS)
def find_returns(query: ReturnQuery) -> Response:
    """List returns, the newest first."""
    after = read_cursor(query.cursor)
    wanted = ReturnFilter(
        order_id=query.order_id,
        member_number=query.member_number,
        states=None if query.state is None else [query.state],
    )
    rows = read(
        lambda session: list_returns(
            session, wanted=wanted, after=uuid.UUID(str(after[0])) if after else None, limit=query.limit + 1
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda document: (str(document.head.id),))
    items = [ReturnOut.of_document(document) for document in page.rows]
    return answer(ReturnPage(items=items, next_cursor=page.next_cursor))


@blueprint.get("/returns/<uuid:return_id>", responses={200: ReturnOut})
@allowed(Permission.READ_RETURNS)
def get_return(path: ReturnPath) -> Response:
    """Read a return with its lines and what inspectors found."""
    return answer(read(lambda session: _read(session, path.return_id)))


@blueprint.post("/returns/<uuid:return_id>/posted", responses={200: ReturnOut})
@allowed(Permission.WRITE_RETURNS)
def note_posted(header: WriteHeader, path: ReturnPath, body: PostedIn) -> Response:  # noqa: ARG001 - documents the header
    """Note that the goods were given to a carrier."""

    def note(session: Session) -> tuple[int, ReturnOut]:
        note_return_posted(
            session,
            return_id=path.return_id,
            tracking_number=body.tracking_number,
            actor=viewer().actor,
        )
        return 200, _read(session, path.return_id)

    return answer_once(note)


@blueprint.post("/returns/<uuid:return_id>/receipts", responses={201: ReceivedOut})
@allowed(Permission.WRITE_RECEIPTS, Permission.WRITE_INSPECTIONS)
def receive_units(header: WriteHeader, path: ReturnPath, body: ReceiptScanIn) -> Response:  # noqa: ARG001 - documents the header
    """Receive units of a return at the dock; one scan counts once."""

    def receive(session: Session) -> tuple[int, ReceivedOut]:
        received = receive_return_units(
            session,
            return_id=path.return_id,
            scan_id=body.scan_id,
            sku=body.sku,
            lot=body.lot,
            qty=body.qty,
            actor=viewer().actor,
        )
        return 201, ReceivedOut.of(received)

    return answer_once(receive)


@blueprint.post("/returns/<uuid:return_id>/decide", responses={200: ReturnOut})
@allowed(Permission.WRITE_RETURNS)
def decide(header: WriteHeader, path: ReturnPath, body: WhyIn) -> Response:  # noqa: ARG001 - documents the header
    """Decide a return whose other goods will not come; what was inspected is proposed as a refund."""

    def settle(session: Session) -> tuple[int, ReturnOut]:
        decide_return(
            session,
            return_id=path.return_id,
            note=body.note,
            actor=viewer().actor,
            policy=runtime().policy,
        )
        return 200, _read(session, path.return_id)

    return answer_once(settle)


@blueprint.post("/returns/<uuid:return_id>/propose-refund", responses={200: ReturnOut})
@allowed(Permission.PROPOSE_REFUNDS)
def propose_refund(header: WriteHeader, path: ReturnPath) -> Response:  # noqa: ARG001 - documents the header
    """Propose the refund of a decided return anew, after the one before was rejected."""

    def propose(session: Session) -> tuple[int, ReturnOut]:
        propose_return_refund(
            session, return_id=path.return_id, actor=viewer().actor, policy=runtime().policy
        )
        return 200, _read(session, path.return_id)

    return answer_once(propose)


@blueprint.post("/returns/<uuid:return_id>/refuse", responses={200: ReturnOut})
@allowed(Permission.WRITE_RETURNS)
def refuse(header: WriteHeader, path: ReturnPath, body: WhyIn) -> Response:  # noqa: ARG001 - documents the header
    """Refuse a decided return whose refund was rejected."""

    def turn_down(session: Session) -> tuple[int, ReturnOut]:
        refuse_return(session, return_id=path.return_id, note=body.note, actor=viewer().actor)
        return 200, _read(session, path.return_id)

    return answer_once(turn_down)


@blueprint.post("/returns/<uuid:return_id>/replace", responses={200: ReturnOut})
@allowed(Permission.WRITE_RETURNS)
def replace(header: WriteHeader, path: ReturnPath, body: WhyIn) -> Response:  # noqa: ARG001 - documents the header
    """Send the goods of a decided return again, at no price, instead of a refund."""

    def send_again(session: Session) -> tuple[int, ReturnOut]:
        replace_return(
            session,
            return_id=path.return_id,
            note=body.note,
            actor=viewer().actor,
            policy=runtime().policy,
        )
        return 200, _read(session, path.return_id)

    return answer_once(send_again)


@blueprint.post("/returns/<uuid:return_id>/cancel", responses={200: ReturnOut})
@allowed(Permission.WRITE_RETURNS)
def cancel(header: WriteHeader, path: ReturnPath, body: WhyIn) -> Response:  # noqa: ARG001 - documents the header
    """Cancel a return whose goods are not on their way."""

    def stop(session: Session) -> tuple[int, ReturnOut]:
        cancel_return(session, return_id=path.return_id, note=body.note, actor=viewer().actor)
        return 200, _read(session, path.return_id)

    return answer_once(stop)


@blueprint.post("/returns/<uuid:return_id>/reopen", responses={200: ReturnOut})
@allowed(Permission.WRITE_RETURNS)
def reopen(header: WriteHeader, path: ReturnPath, body: WhyIn) -> Response:  # noqa: ARG001 - documents the header
    """Authorize an expired return again, at what it promised."""

    def take_up(session: Session) -> tuple[int, ReturnOut]:
        reopen_return(
            session,
            return_id=path.return_id,
            note=body.note,
            actor=viewer().actor,
            policy=runtime().policy,
        )
        return 200, _read(session, path.return_id)

    return answer_once(take_up)


@blueprint.post("/returned-parcels", responses={201: ParcelBackOut})
@allowed(Permission.WRITE_RECEIPTS, Permission.WRITE_INSPECTIONS)
def receive_parcel(header: WriteHeader, body: ParcelBackIn) -> Response:  # noqa: ARG001 - documents the header
    """Receive a parcel the carrier could not deliver; it becomes a return that waits for inspection."""

    def receive(session: Session) -> tuple[int, ParcelBackOut]:
        parcel = find_parcel_by_number(session, number=body.parcel)
        back = receive_parcel_back(
            session, parcel_id=parcel.id, actor=viewer().actor, policy=runtime().policy
        )
        loose = [LooseUnitsOut(sku=sku, lot=lot, qty=qty) for sku, lot, qty in back.loose]
        return 201, ParcelBackOut(return_id=back.return_id, return_number=back.number, loose=loose)

    return answer_once(receive)


def _read(session: Session, return_id: uuid.UUID) -> ReturnOut:
    return ReturnOut.of_document(read_return(session, return_id=return_id))
