"""Bodies and answers of autoship runs."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from fulfillment.core.addresses import Address, normalize_address
from fulfillment.core.states import AutoshipRunState
from fulfillment.flows.charge_autoship import ChargeResult
from fulfillment.flows.enter_autoships import DueRow
from fulfillment.orders.kinds import DueOutcome, OnShortage
from fulfillment.orders.requests import MAX_LINES, MAX_TENDERS, OrderRequest, TenderRequest
from fulfillment.reads.autoship_runs import RunDocument
from fulfillment.web.api.orders import AddressIn, LineIn, Minor, TenderIn
from fulfillment.web.models import ApiModel, PageOut, PageQuery

MOST_DUES = 2_000
MOST_RESULTS = 2_000

Subscription = Annotated[str, Field(min_length=1, max_length=100)]


class NewAutoshipRun(ApiModel):
    """The due orders of which shop and period, and the day they are due."""

    source: Annotated[str, Field(pattern="^[a-z0-9_.-]{1,40}$")] = "shop"
    period: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,40}$", description="such as 2026-11")]
    due_on: date


class AutoshipRunPath(ApiModel):
    """Which run."""

    run_id: uuid.UUID


class DueOrderIn(ApiModel):
    """One due order; it is not paid yet, and it is promised whole or not at all."""

    subscription: Subscription
    subscribed_on: date | None = Field(
        None, description="since when the subscription runs; on shortage the older one is served first"
    )
    priority: Annotated[int, Field(ge=0, le=9, description="0 first, 9 last")] = 5
    ships_complete: bool = False
    on_shortage: OnShortage = OnShortage.BACKORDER
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    market: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "US"
    member_number: Annotated[str, Field(max_length=60)] | None = None
    buyer_role: Annotated[str, Field(pattern="^(distributor|preferred|retail)$")] = "retail"
    ship_to: AddressIn
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=MAX_LINES)]
    shipping_minor: Minor = 0
    shipping_tax_minor: Minor = 0
    due_on: date | None = None
    warehouse_code: Annotated[str, Field(max_length=20)] | None = None

    def as_row(self) -> DueRow:
        """The body as the flow takes it; the run says its source and reference."""
        request = OrderRequest(
            source="",
            source_ref=self.subscription,
            currency=self.currency,
            ship_to=normalize_address(Address(**self.ship_to.model_dump())),
            lines=tuple(line.line() for line in self.lines),
            on_shortage=self.on_shortage,
            ships_complete=self.ships_complete,
            priority=self.priority,
            market=self.market,
            member_number=self.member_number,
            buyer_role=self.buyer_role,
            shipping_minor=self.shipping_minor,
            shipping_tax_minor=self.shipping_tax_minor,
            due_on=self.due_on,
            pinned_warehouse_code=self.warehouse_code,
        )
        return DueRow(self.subscription, request, self.subscribed_on)


class DueOrdersIn(ApiModel):
    """A page of due orders."""

    orders: Annotated[list[DueOrderIn], Field(min_length=1, max_length=MOST_DUES)]


class RefusedDueOut(ApiModel):
    """A row that changed nothing, counted from 0 in the page sent; `code` is stable."""

    row: int
    subscription: str
    code: str
    sentence: str


class EnteredDuesOut(ApiModel):
    """What became of a page of due orders; repeated ones were entered before, word for word."""

    entered: int
    repeated: int
    refused: list[RefusedDueOut]


class ChargeResultIn(ApiModel):
    """What one charge came to: paid with these tenders, or declined for this reason."""

    subscription: Subscription
    result: Annotated[str, Field(pattern="^(paid|declined)$")]
    tenders: Annotated[list[TenderIn], Field(max_length=MAX_TENDERS)] = Field(default_factory=list)
    reason: Annotated[str, Field(max_length=200)] = ""

    def as_result(self) -> ChargeResult:
        """The body as the flow takes it."""
        return ChargeResult(
            self.subscription,
            is_paid=self.result == "paid",
            tenders=tuple(
                TenderRequest(t.kind, t.captured_minor, t.provider, t.provider_id) for t in self.tenders
            ),
            reason=self.reason,
        )


class ChargeResultsIn(ApiModel):
    """A page of results."""

    results: Annotated[list[ChargeResultIn], Field(min_length=1, max_length=MOST_RESULTS)]


class ChargedDuesOut(ApiModel):
    """What became of a page of results.

    `revived` were paid although their promise was gone: they are promised anew, or wait as backorders.
    Repeated ones changed nothing.
    """

    paid: int
    revived: int
    declined: int
    repeated: int
    refused: list[RefusedDueOut]


class AutoshipCancelIn(ApiModel):
    """Why the run is cancelled."""

    note: Annotated[str, Field(min_length=1, max_length=200)]


class AutoshipAskedOut(ApiModel):
    """The job that does it; see /jobs."""

    job_id: uuid.UUID


class AutoshipRunOut(ApiModel):
    """One run. `orders` counts its due orders by outcome; `progress` is what the planner last said."""

    id: uuid.UUID
    number: str
    source: str
    period: str
    state: AutoshipRunState
    due_on: date
    created_at: datetime
    planned_at: datetime | None
    promised_at: datetime | None
    charge_by: datetime | None
    closed_at: datetime | None
    note: str
    orders: dict[DueOutcome, int]
    progress: dict[str, Any]
    report: dict[str, Any]

    @classmethod
    def of_document(cls, document: RunDocument) -> "AutoshipRunOut":
        """The run as it is read."""
        row = document.run._mapping  # noqa: SLF001 - the public name of a row's mapping
        columns = {name: row[name] for name in cls.model_fields if name != "orders"}
        return cls(**columns, orders=document.counts)


class AutoshipRunPage(PageOut):
    """Some runs, the newest first."""

    items: list[AutoshipRunOut]


class DueOrderQuery(PageQuery):
    """Which due orders."""

    limit: int = Field(200, ge=1, le=MOST_RESULTS, description="rows per page")
    outcome: DueOutcome | None = Field(None, description="promised: what may be charged")


class DueOrderOut(ApiModel):
    """One due order of a run.

    `is_intact` is false where stock was lost under the promise since, so that its charge had better wait.
    """

    order_id: uuid.UUID
    number: str
    subscription: str
    outcome: DueOutcome
    reason: str
    skus: list[str]
    is_intact: bool
    total_minor: int
    currency: str
    settled_at: datetime | None


class DueOrderPage(PageOut):
    """Some due orders, in the order of the list."""

    items: list[DueOrderOut]
