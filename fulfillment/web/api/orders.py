"""Orders: placed, found, held, released and cancelled."""

import uuid
from datetime import date, datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.addresses import Address, normalize_address
from fulfillment.core.states import OrderState
from fulfillment.core.volumes import parse_volumes
from fulfillment.flows.accept_order import AcceptedOrder, accept_order
from fulfillment.flows.cancel_order import cancel_order
from fulfillment.flows.hold_order import hold_order, release_hold
from fulfillment.orders.kinds import OnShortage, OrderKind, TenderKind
from fulfillment.orders.requests import MAX_LINES, MAX_TENDERS, LineRequest, OrderRequest, TenderRequest
from fulfillment.reads.order_documents import OrderFilter, list_orders, read_order
from fulfillment.web.access import allowed
from fulfillment.web.api.order_models import OrderOut, OrderPage, OrderPath, summary_of
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("orders", N_("Orders"))

Minor = Annotated[int, Field(ge=0, le=10**12, description="whole minor units (cents)")]
Text = Annotated[str, Field(max_length=200)]


class AddressIn(ApiModel):
    """Where the goods go."""

    name: Text
    company: Text = ""
    street1: Text
    street2: Text = ""
    city: Text = ""
    state: Text = ""
    zip: Annotated[str, Field(max_length=20)] = ""
    country: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] = "US"
    phone: Annotated[str, Field(max_length=40)] = ""
    email: Annotated[str, Field(max_length=254)] = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class LineIn(ApiModel):
    """Units of one SKU at the price paid for one."""

    sku: Annotated[str, Field(min_length=1, max_length=48)]
    qty: Annotated[int, Field(ge=1, le=100_000)]
    unit_price_minor: Minor
    net_paid_minor: Minor | None = None
    tax_minor: Minor = 0
    tax_base_minor: Minor | None = None
    tax_by_authority: dict[Annotated[str, Field(max_length=60)], Minor] = Field(default_factory=dict)
    volumes: dict[Annotated[str, Field(max_length=12)], Annotated[str, Field(max_length=20)]] | None = Field(
        None,
        description="points for one unit by volume name, such as {'BV': '12.50'}; the product's if left out",
    )
    disclosures: list[Annotated[str, Field(max_length=60)]] = Field(default_factory=list, max_length=20)

    def line(self) -> LineRequest:
        """What is asked for, as the flows take it."""
        return LineRequest(
            sku=self.sku,
            qty=self.qty,
            unit_price_minor=self.unit_price_minor,
            net_paid_minor=self.net_paid_minor,
            tax_minor=self.tax_minor,
            tax_base_minor=self.tax_base_minor,
            tax_by_authority=self.tax_by_authority,
            volumes=None if self.volumes is None else parse_volumes(self.volumes),
            disclosures=tuple(self.disclosures),
        )


class TenderIn(ApiModel):
    """Money captured for the order; refunds go back to it."""

    kind: TenderKind
    captured_minor: Minor
    provider: Annotated[str, Field(pattern="^[a-z0-9_-]{1,40}$")] = "offline"
    provider_id: Annotated[str, Field(max_length=200)] | None = None


class OrderIn(ApiModel):
    """An order as the shop took it."""

    source: Annotated[str, Field(pattern="^[a-z0-9_.-]{1,40}$")] = "api"
    source_ref: Annotated[str, Field(min_length=1, max_length=100)]
    kind: OrderKind = OrderKind.STANDARD
    on_shortage: OnShortage = OnShortage.BACKORDER
    ships_complete: bool = False
    priority: Annotated[int, Field(ge=0, le=9, description="0 first, 9 last")] = 5
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    market: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "US"
    member_number: Annotated[str, Field(max_length=60)] | None = None
    buyer_role: Annotated[str, Field(pattern="^(distributor|preferred|retail)$")] = "retail"
    ship_to: AddressIn
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=MAX_LINES)]
    tenders: Annotated[list[TenderIn], Field(max_length=MAX_TENDERS)] = Field(default_factory=list)
    shipping_minor: Minor = 0
    shipping_tax_minor: Minor = 0
    ordered_at: datetime | None = None
    due_on: date | None = None
    warehouse_code: Annotated[str, Field(max_length=20)] | None = None

    def as_request(self) -> OrderRequest:
        """The body as the order flow takes it."""
        return OrderRequest(
            source=self.source,
            source_ref=self.source_ref,
            currency=self.currency,
            ship_to=normalize_address(Address(**self.ship_to.model_dump())),
            lines=tuple(line.line() for line in self.lines),
            tenders=tuple(
                TenderRequest(t.kind, t.captured_minor, t.provider, t.provider_id) for t in self.tenders
            ),
            kind=self.kind,
            on_shortage=self.on_shortage,
            ships_complete=self.ships_complete,
            priority=self.priority,
            market=self.market,
            member_number=self.member_number,
            buyer_role=self.buyer_role,
            shipping_minor=self.shipping_minor,
            shipping_tax_minor=self.shipping_tax_minor,
            ordered_at=self.ordered_at,
            due_on=self.due_on,
            pinned_warehouse_code=self.warehouse_code,
        )


class OrderQuery(PageQuery):
    """Which orders."""

    state: OrderState | None = None
    member_number: Annotated[str, Field(max_length=60)] | None = None
    source_ref: Annotated[str, Field(max_length=100)] | None = None
    text: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="an order, parcel or tracking number, a reference, a name or an e-mail address"
    )


class HoldIn(ApiModel):
    """Why the order waits."""

    code: Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,39}$")]
    note: Annotated[str, Field(max_length=500)] = ""


class NoteIn(ApiModel):
    """Why, for the history."""

    note: Annotated[str, Field(min_length=1, max_length=500)]


@blueprint.post("/orders", responses={201: OrderOut})
@allowed(Permission.WRITE_ORDERS)
def create_order(header: WriteHeader, body: OrderIn) -> Response:  # noqa: ARG001 - documents the header
    """Place an order: it is promised stock at once, or held and says why."""

    def place(session: Session) -> tuple[int, OrderOut]:
        accepted: AcceptedOrder = accept_order(
            session, request=body.as_request(), actor=viewer().actor, policy=runtime().policy
        )
        return 201, OrderOut.of_document(read_order(session, order_id=accepted.order_id))

    return answer_once(place)


@blueprint.get("/orders", responses={200: OrderPage})
@allowed(Permission.READ_ORDERS)
def find_orders(query: OrderQuery) -> Response:
    """List orders, the newest first."""
    after = read_cursor(query.cursor)
    wanted = OrderFilter(query.state, None, query.member_number, query.source_ref, query.text)
    rows = read(
        lambda session: list_orders(
            session, wanted=wanted, after=uuid.UUID(str(after[0])) if after else None, limit=query.limit + 1
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (str(row.id),))
    return answer(OrderPage(items=[summary_of(row) for row in page.rows], next_cursor=page.next_cursor))


@blueprint.get("/orders/<uuid:order_id>", responses={200: OrderOut})
@allowed(Permission.READ_ORDERS)
def get_order(path: OrderPath) -> Response:
    """Read an order with its lines, tenders, fulfillment orders and parcels."""
    return answer(OrderOut.of_document(read(lambda session: read_order(session, order_id=path.order_id))))


@blueprint.post("/orders/<uuid:order_id>/hold", responses={200: OrderOut})
@allowed(Permission.WRITE_ORDERS)
def put_on_hold(header: WriteHeader, path: OrderPath, body: HoldIn) -> Response:  # noqa: ARG001 - documents the header
    """Hold an order: it keeps its promise and is not released to the floor."""

    def hold(session: Session) -> tuple[int, OrderOut]:
        hold_order(session, order_id=path.order_id, code=body.code, note=body.note, actor=viewer().actor)
        return 200, OrderOut.of_document(read_order(session, order_id=path.order_id))

    return answer_once(hold)


@blueprint.post("/orders/<uuid:order_id>/release", responses={200: OrderOut})
@allowed(Permission.WRITE_ORDERS)
def release(header: WriteHeader, path: OrderPath, body: NoteIn) -> Response:  # noqa: ARG001 - documents the header
    """Release a held order: it is promised stock if it never was."""

    def let_go(session: Session) -> tuple[int, OrderOut]:
        release_hold(
            session,
            order_id=path.order_id,
            note=body.note,
            actor=viewer().actor,
            policy=runtime().policy,
            may_release_all=Permission.RELEASE_HOLDS in viewer().permissions,
        )
        return 200, OrderOut.of_document(read_order(session, order_id=path.order_id))

    return answer_once(let_go)


@blueprint.post("/orders/<uuid:order_id>/cancel", responses={200: OrderOut})
@allowed(Permission.WRITE_ORDERS)
def cancel(header: WriteHeader, path: OrderPath, body: NoteIn) -> Response:  # noqa: ARG001 - documents the header
    """Cancel what has not left yet; what was paid for it is proposed as a refund."""

    def stop(session: Session) -> tuple[int, OrderOut]:
        cancel_order(
            session, order_id=path.order_id, note=body.note, actor=viewer().actor, policy=runtime().policy
        )
        return 200, OrderOut.of_document(read_order(session, order_id=path.order_id))

    return answer_once(stop)
