"""Due orders enter an autoship run page by page: checked one by one, written all at once."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.queries import Article, find_articles, find_kit_contents
from fulfillment.core import job_kinds
from fulfillment.core.addresses import find_address_problem, is_military
from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.core.places import locate
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import AutoshipRunState
from fulfillment.distributors.queries import MemberFacts, find_members
from fulfillment.flows.accept_order import article_facts, kit_parts
from fulfillment.orders.autoship_entry import KnownDue, NewDue, find_known_dues, write_due_orders
from fulfillment.orders.autoship_runs import get_run, require_state
from fulfillment.orders.compliance import HoldFacts, find_hold
from fulfillment.orders.kinds import OnShortage, OrderKind
from fulfillment.orders.requests import OrderRequest, check_order_request
from fulfillment.orders.shelf_days import granted_shelf_days
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.idempotency import fingerprint_of
from fulfillment.store.jobs import enqueue
from fulfillment.warehouse.queries import list_warehouses

MOST_ROWS = 5_000
"""Due orders of one page: one transaction and one answer."""

NEEDS_STOCK = frozenset({ProductKind.GOODS, ProductKind.SALES_AID, ProductKind.KIT})


@dataclass(frozen=True)
class DueRow:
    """One due order as the shop sends it. Its request's own source, reference and tenders do not count."""

    subscription: str
    request: OrderRequest
    subscribed_on: date | None = None


@dataclass(frozen=True)
class RefusedDue:
    """A due order that did not enter; `row` counts from 0 in the page."""

    row: int
    subscription: str
    code: str
    sentence: str


@dataclass(frozen=True)
class EnteredPage:
    """What became of a page. Repeated rows were entered before, word for word."""

    entered: int
    repeated_rows: tuple[int, ...]
    refused: tuple[RefusedDue, ...]

    @property
    def repeated(self) -> int:
        """How many rows were entered before."""
        return len(self.repeated_rows)


class DueRefusedError(FulfillmentError):
    """One due order cannot enter; the others can."""

    code = "due-order-refused"


@dataclass(frozen=True)
class _Known:
    """What the rows of one page are checked against."""

    articles: Mapping[str, Article]
    members: Mapping[str, MemberFacts]
    warehouses: frozenset[str]
    dues: Mapping[str, KnownDue]


def enter_due_orders(
    session: Session, *, run_id: uuid.UUID, rows: Sequence[DueRow], actor: Actor, policy: CompanyPolicy
) -> EnteredPage:
    """The right rows of the page are due orders of the run; each wrong one is named and refused alone.

    (source, subscription, period) is the key: a row sent again changes nothing, and is refused if it differs.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run collects no more.
        InvalidInputError: the page is empty or has too many rows.
    """
    if not 1 <= len(rows) <= MOST_ROWS:
        raise InvalidInputError(f"A page has 1 to {MOST_ROWS} due orders; this one has {len(rows)}.")
    run = get_run(session, run_id=run_id, lock=True)
    require_state(run, AutoshipRunState.COLLECTING, deed="entering due orders")
    articles = find_articles(session, skus={line.sku for row in rows for line in row.request.lines})
    known = _Known(
        articles=articles,
        members=find_members(session, numbers={row.request.member_number or "" for row in rows} - {""}),
        warehouses=frozenset(site.code for site in list_warehouses(session)),
        dues=find_known_dues(
            session, source=run.source, period=run.period, subscriptions={row.subscription for row in rows}
        ),
    )
    fresh, repeated, refused = _sort_rows(run, rows, known, policy)
    kits = [sku for sku, article in articles.items() if article.kind is ProductKind.KIT]
    write_due_orders(
        session,
        run=run,
        dues=list(fresh.values()),
        articles=article_facts(articles),
        kit_parts=kit_parts(find_kit_contents(session, kit_skus=kits)),
        actor=actor,
        now=read_now(session),
    )
    if fresh:
        enqueue(session, kind=job_kinds.KEEP_BACK_FOR_AUTOSHIPS, payload={}, key="entered")
    record(
        session,
        actor=actor,
        deed="autoship.entered",
        object_kind="autoship_run",
        object_id=run_id,
        detail={"entered": len(fresh), "repeated": len(repeated), "refused": len(refused)},
    )
    crash_point("autoship_page_written")
    return EnteredPage(len(fresh), tuple(repeated), tuple(refused))


def _sort_rows(
    run: sa.Row[Any], rows: Sequence[DueRow], known: _Known, policy: CompanyPolicy
) -> tuple[dict[str, NewDue], list[int], list[RefusedDue]]:
    """The due orders to write by subscription, the rows that stand already, and those refused."""
    suffix = f" {run.period} {run.number}"
    shelf_days = granted_shelf_days(OrderKind.AUTOSHIP, policy=policy)
    fresh: dict[str, NewDue] = {}
    refused: list[RefusedDue] = []
    repeated: list[int] = []
    for number, row in enumerate(rows):
        request = replace(
            row.request,
            source=run.source,
            source_ref=row.subscription + suffix,
            kind=OrderKind.AUTOSHIP,
            on_shortage=_once_paid(row.request.on_shortage),
            tenders=(),
            due_on=row.request.due_on or run.due_on,
            shelf_days=shelf_days if row.request.shelf_days is None else row.request.shelf_days,
        )
        try:
            due = _check(row, request, known, fresh)
        except FulfillmentError as error:
            code = str(error.detail.get("why", error.code))
            refused.append(RefusedDue(number, row.subscription, code, error.message))
            continue
        if due is None:
            repeated.append(number)
        else:
            fresh[row.subscription] = due
    return fresh, repeated, refused


def _once_paid(wish: OnShortage) -> OnShortage:
    """What is not promised is not charged, and what was charged cannot be refused any more."""
    return OnShortage.BACKORDER if wish is OnShortage.REFUSE else wish


def _check(row: DueRow, request: OrderRequest, known: _Known, fresh: Mapping[str, NewDue]) -> NewDue | None:
    """The due order as it may be written; None if it stands already.

    Raises:
        FulfillmentError: why it cannot enter.
    """
    if not row.subscription.strip():
        raise _refusal("no-subscription", "The row names no subscription.")
    fingerprint = fingerprint_of(repr(row))
    before = fresh.get(row.subscription) or known.dues.get(row.subscription)
    if before is not None:
        if before.fingerprint == fingerprint:
            return None
        where = f"in run {before.run_number}" if isinstance(before, KnownDue) else "in this page"
        raise _refusal(
            "entered-before",
            f"Subscription {row.subscription} is due once in this period and came otherwise {where}.",
        )
    check_order_request(request)
    _check_articles(request, known.articles)
    member = known.members.get(request.member_number) if request.member_number else None
    if request.member_number and member is None:
        raise _refusal("unknown-member", f"There is no member {request.member_number}.")
    if request.pinned_warehouse_code and request.pinned_warehouse_code not in known.warehouses:
        raise _refusal("unknown-warehouse", f"There is no warehouse {request.pinned_warehouse_code}.")
    request = replace(request, ship_to=locate(request.ship_to))
    hold = find_hold(_hold_facts(request, known.articles))
    if hold is not None:
        raise _refusal(hold.code, f"{hold.note} Correct it, or place it as an order of its own.")
    return NewDue(row.subscription, row.subscribed_on, request, member.id if member else None, fingerprint)


def _check_articles(request: OrderRequest, articles: Mapping[str, Article]) -> None:
    skus = [line.sku for line in request.lines]
    unknown = sorted({sku for sku in skus if sku not in articles or not articles[sku].is_active})
    if unknown:
        raise _refusal("unknown-sku", f"The catalog does not sell {', '.join(unknown)}.")
    if not any(articles[sku].kind in NEEDS_STOCK for sku in skus):
        raise _refusal("nothing-to-send", "No line needs stock, so there is nothing to promise.")


def _hold_facts(request: OrderRequest, articles: Mapping[str, Article]) -> HoldFacts:
    """What may hold the order back; its money is not asked for yet."""
    return HoldFacts(
        total_minor=request.total_minor,
        captured_minor=request.total_minor,
        address_problem=find_address_problem(request.ship_to),
        requested_hold=(request.hold_code, request.hold_note or "") if request.hold_code else None,
        has_hazard=any(articles[line.sku].has_hazard for line in request.lines),
        is_military_address=is_military(request.ship_to),
        is_outside_market=request.ship_to.country != request.market,
    )


def _refusal(code: str, sentence: str) -> DueRefusedError:
    return DueRefusedError(sentence, why=code)
