"""Receipts: goods announced, received unit by unit, and closed with what differs."""

import uuid
from datetime import date, datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.states import ReceiptState
from fulfillment.flows.expect_goods import expect_goods
from fulfillment.flows.receive_goods import finish_receipt, receive_goods
from fulfillment.reads.receipt_rows import ReceiptDocument, list_receipts, read_receipt
from fulfillment.store.clock import read_now
from fulfillment.warehouse.kinds import NO_LOT
from fulfillment.warehouse.receiving import MAX_LINES, ExpectedUnits, cancel_receipt, lock_receipt
from fulfillment.web.access import allowed
from fulfillment.web.api.floor_models import PLAIN, Code, Lot, Sku, Units, WarehouseQuery, Words
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once, asked_key
from fulfillment.web.models import ApiModel, PageOut, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("receipts", N_("Receipts"))


class ReceiptQuery(WarehouseQuery):
    """Which receipts."""

    state: ReceiptState | None = None


class ReceiptPath(ApiModel):
    """Which receipt."""

    receipt_id: uuid.UUID


class ExpectedIn(ApiModel):
    """Units the supplier announced."""

    sku: Sku
    qty: Units
    lot: Lot = NO_LOT
    expires_on: date | None = None


class NewReceipt(ApiModel):
    """Goods that are to come; without lines, whatever stands at the dock."""

    warehouse_code: Code
    supplier: Words = ""
    supplier_ref: Words = ""
    expected_on: date | None = None
    lines: Annotated[list[ExpectedIn], Field(max_length=MAX_LINES)] = Field(default_factory=list)


class UnitsIn(ApiModel):
    """Units that came. Lot and expiry inside a GS1 code come before those given here."""

    code: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")] = Field(
        description="SKU, GTIN, case code or GS1 element string"
    )
    qty: Units = 1
    lot: Lot | None = None
    expires_on: date | None = None
    serials: Annotated[list[Annotated[str, Field(max_length=48, pattern=PLAIN)]], Field(max_length=1000)] = (
        Field(default_factory=list)
    )


class ReceiptReasonIn(ApiModel):
    """Why, for the history."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class ReceiptSummaryOut(ApiModel):
    """A receipt in a list."""

    id: uuid.UUID
    number: str
    warehouse_code: str
    supplier: str
    supplier_ref: str
    state: ReceiptState
    expected_on: date | None
    created_at: datetime
    closed_at: datetime | None
    qty_expected: int
    qty_received: int


class ReceiptPage(PageOut):
    """Some receipts."""

    items: list[ReceiptSummaryOut]


class ReceiptLineOut(ApiModel):
    """Units of one article and lot, expected and received."""

    id: uuid.UUID
    sku: str
    name: str
    lot: str
    expires_on: date | None
    qty_expected: int
    qty_received: int


class ReceiptOut(ReceiptSummaryOut):
    """A receipt, whole."""

    lines: list[ReceiptLineOut]

    @classmethod
    def of_document(cls, document: ReceiptDocument) -> "ReceiptOut":
        """The answer for a receipt as it was read."""
        own = {name: getattr(document.head, name) for name in ReceiptSummaryOut.model_fields}
        return cls(**own, lines=[ReceiptLineOut.of(line) for line in document.lines])


class ReceivedGoodsOut(ApiModel):
    """What came, and where it should go."""

    sku: str
    lot: str
    expires_on: date | None
    qty: int
    is_repeated: bool
    suggested_bin: str | None


class DiscrepancyOut(ApiModel):
    """An article of which more or fewer units came than were announced."""

    sku: str
    expected: int
    received: int


class ClosedOut(ApiModel):
    """The closed receipt and what differs from its announcement."""

    receipt: ReceiptOut
    discrepancies: list[DiscrepancyOut]


@blueprint.get("/receipts", responses={200: ReceiptPage})
@allowed(Permission.WRITE_RECEIPTS, Permission.READ_STOCK)
def find_receipts(query: ReceiptQuery) -> Response:
    """List receipts, the newest first."""
    after = read_cursor(query.cursor)
    rows = read(
        lambda session: list_receipts(
            session,
            limit=query.limit + 1,
            warehouse_code=query.warehouse_code,
            state=query.state,
            after=uuid.UUID(str(after[0])) if after else None,
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (str(row.id),))
    items = [ReceiptSummaryOut.of(row) for row in page.rows]
    return answer(ReceiptPage(items=items, next_cursor=page.next_cursor))


@blueprint.post("/receipts", responses={201: ReceiptOut})
@allowed(Permission.WRITE_RECEIPTS)
def create_receipt(header: WriteHeader, body: NewReceipt) -> Response:  # noqa: ARG001 - documents the header
    """Announce goods."""

    def expect(session: Session) -> tuple[int, ReceiptOut]:
        made = expect_goods(
            session,
            warehouse_code=body.warehouse_code,
            supplier=body.supplier,
            supplier_ref=body.supplier_ref,
            expected_on=body.expected_on,
            lines=[ExpectedUnits(line.sku, line.qty, line.lot, line.expires_on) for line in body.lines],
            actor=viewer().actor,
        )
        return 201, ReceiptOut.of_document(read_receipt(session, receipt_id=made.receipt_id))

    return answer_once(expect)


@blueprint.get("/receipts/<uuid:receipt_id>", responses={200: ReceiptOut})
@allowed(Permission.WRITE_RECEIPTS, Permission.READ_STOCK)
def get_receipt(path: ReceiptPath) -> Response:
    """Read a receipt with its lines."""
    document = read(lambda session: read_receipt(session, receipt_id=path.receipt_id))
    return answer(ReceiptOut.of_document(document))


@blueprint.post("/receipts/<uuid:receipt_id>/units", responses={201: ReceivedGoodsOut})
@allowed(Permission.WRITE_RECEIPTS)
def receive(header: WriteHeader, path: ReceiptPath, body: UnitsIn) -> Response:  # noqa: ARG001 - documents the header
    """Receive units at the dock."""
    receiving_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{viewer().actor.key} {asked_key()}"))

    def take(session: Session) -> tuple[int, ReceivedGoodsOut]:
        received = receive_goods(
            session,
            receipt_id=path.receipt_id,
            receiving_id=receiving_id,
            code=body.code,
            qty=body.qty,
            lot=body.lot,
            expires_on=body.expires_on,
            serials=tuple(body.serials),
            actor=viewer().actor,
        )
        place = received.suggested_bin
        return 201, ReceivedGoodsOut(
            sku=received.sku,
            lot=received.lot,
            expires_on=received.expires_on,
            qty=received.qty,
            is_repeated=received.is_repeated,
            suggested_bin=place.code if place else None,
        )

    return answer_once(take)


@blueprint.post("/receipts/<uuid:receipt_id>/close", responses={200: ClosedOut})
@allowed(Permission.WRITE_RECEIPTS)
def close(header: WriteHeader, path: ReceiptPath) -> Response:  # noqa: ARG001 - documents the header
    """Close a receipt: nothing more comes on it."""

    def end(session: Session) -> tuple[int, ClosedOut]:
        found = finish_receipt(session, receipt_id=path.receipt_id, actor=viewer().actor)
        receipt = ReceiptOut.of_document(read_receipt(session, receipt_id=path.receipt_id))
        return 200, ClosedOut(receipt=receipt, discrepancies=[DiscrepancyOut.of(each) for each in found])

    return answer_once(end)


@blueprint.post("/receipts/<uuid:receipt_id>/cancel", responses={200: ReceiptOut})
@allowed(Permission.WRITE_RECEIPTS)
def cancel(header: WriteHeader, path: ReceiptPath, body: ReceiptReasonIn) -> Response:  # noqa: ARG001 - documents the header
    """Cancel a receipt on which nothing came."""

    def stop(session: Session) -> tuple[int, ReceiptOut]:
        receipt = lock_receipt(session, receipt_id=path.receipt_id)
        cancel_receipt(
            session, receipt=receipt, actor=viewer().actor, reason=body.reason, now=read_now(session)
        )
        return 200, ReceiptOut.of_document(read_receipt(session, receipt_id=path.receipt_id))

    return answer_once(stop)
