"""Stock: what can be promised, what stands where, and its corrections."""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.flows.adjust_stock import AdjustmentReason, adjust_bin, count_bin, move_units
from fulfillment.flows.block_bin import block_bin, open_bin
from fulfillment.flows.hold_lot import hold_lot, release_lot
from fulfillment.flows.lose_stock import Loss
from fulfillment.flows.receive_goods import put_away_goods
from fulfillment.reads.stock_rows import list_article_stock, list_place_stock
from fulfillment.warehouse.kinds import NO_LOT
from fulfillment.warehouse.movements import Units as LedgerUnits
from fulfillment.web.access import allowed
from fulfillment.web.api.floor_models import Code, LossOut, Lot, ShortOut, Sku, Units, WarehouseQuery, Words
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once, asked_key
from fulfillment.web.models import ApiModel, PageOut, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("stock", N_("Stock"))

Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class StockQuery(WarehouseQuery):
    """Which articles."""

    sku: Sku | None = None


class PlaceQuery(WarehouseQuery):
    """Which places."""

    sku: Sku | None = None
    bin_code: Code | None = None


class ArticleStockOut(ApiModel):
    """What one warehouse can promise; `free` leaves out what is kept back for booked autoships."""

    warehouse_code: str
    sku: str
    name: str
    sellable: int
    reserved: int
    kept_back: int
    free: int


class StockPage(PageOut):
    """Some articles, by SKU and warehouse."""

    items: list[ArticleStockOut]


class PlaceStockOut(ApiModel):
    """Units of one lot in one place; open pick tasks will take `claimed` of them."""

    warehouse_code: str
    location_code: str
    kind: str
    is_sellable: bool
    is_blocked: bool
    sku: str
    name: str
    lot: str
    lot_state: str
    expires_on: date | None
    qty: int
    claimed: int


class PlacePage(PageOut):
    """Some places, by warehouse and code."""

    items: list[PlaceStockOut]


class BinIn(ApiModel):
    """Which bin, and why."""

    warehouse_code: Code
    bin_code: Code
    reason: Reason


class LotIn(ApiModel):
    """Which lot, and why."""

    sku: Sku
    lot: Lot
    reason: Reason


class AdjustmentIn(ApiModel):
    """So many units more, or less if negative."""

    warehouse_code: Code
    bin_code: Code
    sku: Sku
    lot: Lot = NO_LOT
    delta: int = Field(ge=-1_000_000, le=1_000_000)
    reason: AdjustmentReason
    note: Words = ""


class CountIn(ApiModel):
    """What was counted of one lot in one bin."""

    warehouse_code: Code
    bin_code: Code
    sku: Sku
    lot: Lot = NO_LOT
    qty_counted: int = Field(ge=0, le=1_000_000)


class MoveIn(ApiModel):
    """Units that stand in another bin now."""

    warehouse_code: Code
    from_bin: Code
    to_bin: Code
    sku: Sku
    lot: Lot = NO_LOT
    qty: Units


class PutAwayIn(ApiModel):
    """Units that went from the dock into a bin."""

    warehouse_code: Code
    bin_code: Code
    sku: Sku
    lot: Lot = NO_LOT
    qty: Units


class DoneOut(ApiModel):
    """Whether anything changed; false where it was so already."""

    is_done: bool


@blueprint.get("/stock", responses={200: StockPage})
@allowed(Permission.READ_STOCK)
def find_stock(query: StockQuery) -> Response:
    """List what can be promised."""
    after = read_cursor(query.cursor)
    rows = read(
        lambda session: list_article_stock(
            session,
            limit=query.limit + 1,
            warehouse_code=query.warehouse_code,
            sku=query.sku,
            after=(str(after[0]), str(after[1])) if after else ("", ""),
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (row.sku, row.warehouse_code))
    items = [ArticleStockOut.of(row) for row in page.rows]
    return answer(StockPage(items=items, next_cursor=page.next_cursor))


@blueprint.get("/stock/places", responses={200: PlacePage})
@allowed(Permission.READ_STOCK)
def find_places(query: PlaceQuery) -> Response:
    """List what stands in bins, at the dock, picked, in quarantine."""
    after = read_cursor(query.cursor) or ["", "", "", ""]
    rows = read(
        lambda session: list_place_stock(
            session,
            limit=query.limit + 1,
            warehouse_code=query.warehouse_code,
            sku=query.sku,
            bin_code=query.bin_code,
            after=(str(after[0]), str(after[1]), str(after[2]), str(after[3])),
        )
    )
    page = page_of(
        rows, limit=query.limit, key=lambda row: (row.warehouse_code, row.location_code, row.sku, row.lot)
    )
    items = [PlaceStockOut.of(row) for row in page.rows]
    return answer(PlacePage(items=items, next_cursor=page.next_cursor))


@blueprint.post("/stock/adjustments", responses={201: LossOut})
@allowed(Permission.WRITE_STOCK)
def adjust(header: WriteHeader, body: AdjustmentIn) -> Response:  # noqa: ARG001 - documents the header
    """Correct a bin by so many units; promises beyond what is left are settled and named."""
    deed_id = _deed_id()
    return _answer_loss(
        lambda session: adjust_bin(session, **body.model_dump(), adjustment_id=deed_id, actor=viewer().actor)
    )


@blueprint.post("/stock/counts", responses={201: LossOut})
@allowed(Permission.WRITE_STOCK)
def count(header: WriteHeader, body: CountIn) -> Response:  # noqa: ARG001 - documents the header
    """Book what was counted; promises beyond it are settled and named."""
    deed_id = _deed_id()
    return _answer_loss(
        lambda session: count_bin(session, **body.model_dump(), count_id=deed_id, actor=viewer().actor)
    )


@blueprint.post("/stock/moves", responses={201: LossOut})
@allowed(Permission.WRITE_STOCK, Permission.WRITE_RECEIPTS)
def move(header: WriteHeader, body: MoveIn) -> Response:  # noqa: ARG001 - documents the header
    """Move units from bin to bin."""
    deed_id = _deed_id()
    return _answer_loss(
        lambda session: move_units(
            session,
            warehouse_code=body.warehouse_code,
            from_code=body.from_bin,
            to_code=body.to_bin,
            units=LedgerUnits(body.sku, body.qty, body.lot),
            transfer_id=deed_id,
            actor=viewer().actor,
        )
    )


@blueprint.post("/stock/put-aways", responses={201: DoneOut})
@allowed(Permission.WRITE_RECEIPTS)
def put_away(header: WriteHeader, body: PutAwayIn) -> Response:  # noqa: ARG001 - documents the header
    """Put units from the dock into a bin; orders that wait for them are looked at."""
    deed_id = _deed_id()

    def put(session: Session) -> tuple[int, DoneOut]:
        is_new = put_away_goods(session, **body.model_dump(), put_away_id=deed_id, actor=viewer().actor)
        return 201, DoneOut(is_done=is_new)

    return answer_once(put)


@blueprint.post("/stock/bins/block", responses={200: LossOut})
@allowed(Permission.WRITE_STOCK)
def block(header: WriteHeader, body: BinIn) -> Response:  # noqa: ARG001 - documents the header
    """Block a bin: nothing is promised or picked from it."""
    return _answer_loss(
        lambda session: block_bin(session, **body.model_dump(), actor=viewer().actor), status=200
    )


@blueprint.post("/stock/bins/open", responses={200: DoneOut})
@allowed(Permission.WRITE_STOCK)
def reopen(header: WriteHeader, body: BinIn) -> Response:  # noqa: ARG001 - documents the header
    """Open a blocked bin."""

    def work(session: Session) -> tuple[int, DoneOut]:
        open_bin(session, **body.model_dump(), actor=viewer().actor)
        return 200, DoneOut(is_done=True)

    return answer_once(work)


@blueprint.post("/stock/lots/hold", responses={200: LossOut})
@allowed(Permission.WRITE_STOCK)
def hold(header: WriteHeader, body: LotIn) -> Response:  # noqa: ARG001 - documents the header
    """Hold a lot in every warehouse."""
    return _answer_loss(
        lambda session: hold_lot(session, **body.model_dump(), actor=viewer().actor), status=200
    )


@blueprint.post("/stock/lots/release", responses={200: DoneOut})
@allowed(Permission.WRITE_STOCK)
def let_go(header: WriteHeader, body: LotIn) -> Response:  # noqa: ARG001 - documents the header
    """Release a held lot."""

    def work(session: Session) -> tuple[int, DoneOut]:
        release_lot(session, **body.model_dump(), actor=viewer().actor)
        return 200, DoneOut(is_done=True)

    return answer_once(work)


def _deed_id() -> str:
    """The ledger's key for what this request moves: the caller's own, so that it moves once for ever."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{viewer().actor.key} {asked_key()}"))


def _answer_loss(work: Callable[[Session], Loss], status: int = 201) -> Response:
    def run(session: Session) -> tuple[int, LossOut]:
        loss = work(session)
        return status, LossOut(short=[ShortOut.of(part) for part in loss.short], replaced=loss.replaced)

    return answer_once(run)
