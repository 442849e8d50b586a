"""An order comes in: it is written, promised stock, credited with its volume, and acknowledged."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.queries import Article, KitContent, find_articles, find_kit_contents
from fulfillment.commissions.ledger import LineCredit
from fulfillment.core.addresses import find_address_problem, is_military
from fulfillment.core.errors import InvalidInputError
from fulfillment.core.places import locate
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import OrderState
from fulfillment.distributors.queries import find_member
from fulfillment.flows.confirm_order import ConfirmedOrder, confirm_order
from fulfillment.flows.promise_order import OrderToPromise, PromisedPart
from fulfillment.orders.compliance import Hold, HoldFacts, find_hold
from fulfillment.orders.intake import ArticleFacts, KitPart, PlacedOrder, place_order
from fulfillment.orders.requests import OrderRequest, check_order_request
from fulfillment.orders.shelf_days import granted_shelf_days
from fulfillment.reads.ban_problems import find_ban_problem
from fulfillment.reads.unreleased import UnreleasedOrder, UnreleasedUnits
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now


@dataclass(frozen=True)
class AcceptedOrder:
    """What the caller is told: the order, whether it waits for a person, and what was promised where."""

    order_id: uuid.UUID
    number: str
    state: OrderState
    hold: Hold | None
    parts: tuple[PromisedPart, ...]


def accept_order(
    session: Session, *, request: OrderRequest, actor: Actor, policy: CompanyPolicy
) -> AcceptedOrder:
    """The order is accepted and its stock promised, or it is held and promised nothing.

    The caller's transaction holds all of it: rows, reservation, volume, notice and audit. Repeating needs
    the caller's idempotency key; the origin's own reference is unique besides.

    Raises:
        InvalidInputError: the request breaks a rule of form, names an unknown SKU or another currency.
        NotFoundError: the member or the pinned warehouse does not exist.
        ConflictError: its origin already sent an order under this reference.
        OutOfStockError: it said `refuse`, and not all of it can be promised.
    """
    check_order_request(request)
    now = read_now(session)
    shelf_days = request.shelf_days
    if shelf_days is None:
        shelf_days = granted_shelf_days(request.kind, policy=policy)
    request = replace(request, ship_to=locate(request.ship_to), shelf_days=shelf_days)
    articles = _find_articles(session, request)
    kits = [sku for sku, article in articles.items() if article.kind is ProductKind.KIT]
    contents = find_kit_contents(session, kit_skus=kits)
    member = find_member(session, number=request.member_number)
    ban_problem = _find_ban_problem(session, request, articles, contents)
    hold = find_hold(_hold_facts(request, articles, ban_problem))
    placed = place_order(
        session,
        request=request,
        articles=article_facts(articles),
        kit_parts=kit_parts(contents),
        member_id=member.id if member else None,
        hold=hold,
        actor=actor,
        now=now,
    )
    parts: tuple[PromisedPart, ...] = ()
    if hold is None:
        confirmed = ConfirmedOrder(
            order=_to_promise(placed, request),
            member_id=member.id if member else None,
            recipient=request.ship_to.email or (member.email if member else None),
            credits=tuple(LineCredit(*credit) for credit in placed.credited),
        )
        parts = confirm_order(session, confirmed=confirmed, actor=actor, policy=policy, now=now)
    record(
        session,
        actor=actor,
        deed="order.held" if hold else "order.accepted",
        object_kind="customer_order",
        object_id=placed.order_id,
        detail={"number": placed.number, "total_minor": request.total_minor, "currency": request.currency},
    )
    state = OrderState.HELD if hold else OrderState.ACCEPTED
    return AcceptedOrder(placed.order_id, placed.number, state, hold, parts)


def _find_articles(session: Session, request: OrderRequest) -> dict[str, Article]:
    wanted = {line.sku for line in request.lines}
    articles = find_articles(session, skus=wanted)
    unknown = sorted(sku for sku in wanted if sku not in articles or not articles[sku].is_active)
    if unknown:
        raise InvalidInputError(
            f"Order {request.source_ref} asks for {', '.join(unknown)}, which the catalog does not sell. "
            "Add the product first, or correct the SKU.",
            skus=unknown,
        )
    return articles


def article_facts(articles: Mapping[str, Article]) -> dict[str, ArticleFacts]:
    """What intake has to know of these products."""
    return {
        sku: ArticleFacts(
            sku=sku,
            is_kit=article.kind is ProductKind.KIT,
            needs_stock=article.kind in {ProductKind.GOODS, ProductKind.SALES_AID},
            price_minor=article.price_minor,
            volumes=article.volumes,
            has_hazard=article.has_hazard,
        )
        for sku, article in articles.items()
    }


def kit_parts(contents: Mapping[str, Sequence[KitContent]]) -> dict[str, list[KitPart]]:
    """The parts of these kits as intake writes them."""
    return {
        kit: [KitPart(part.sku, part.qty, part.price_minor) for part in parts]
        for kit, parts in contents.items()
    }


def _find_ban_problem(
    session: Session,
    request: OrderRequest,
    articles: Mapping[str, Article],
    contents: Mapping[str, Sequence[KitContent]],
) -> str | None:
    """Why no warehouse may send some of it; looked into only where a ban may concern an article or a kit."""
    if not contents and not any(article.has_bans for article in articles.values()):
        return None
    stocked = {ProductKind.GOODS, ProductKind.SALES_AID}
    groups = [[part.sku for part in parts] for parts in contents.values()]
    groups.extend([sku] for sku, article in articles.items() if article.kind in stocked)
    return find_ban_problem(
        session,
        ship_to=request.ship_to,
        groups=groups,
        ships_complete=request.ships_complete,
        pinned_warehouse_code=request.pinned_warehouse_code,
    )


def _hold_facts(request: OrderRequest, articles: Mapping[str, Article], ban_problem: str | None) -> HoldFacts:
    requested = (request.hold_code, request.hold_note or "") if request.hold_code else None
    return HoldFacts(
        total_minor=request.total_minor,
        captured_minor=sum(tender.captured_minor for tender in request.tenders),
        address_problem=find_address_problem(request.ship_to),
        requested_hold=requested,
        has_hazard=any(article.has_hazard for article in articles.values()),
        is_military_address=is_military(request.ship_to),
        is_outside_market=request.ship_to.country != request.market,
        ban_problem=ban_problem,
    )


def _to_promise(placed: PlacedOrder, request: OrderRequest) -> OrderToPromise:
    wanted = UnreleasedOrder(
        order_id=placed.order_id,
        country=request.ship_to.country,
        zip=request.ship_to.zip,
        latitude=request.ship_to.latitude,
        longitude=request.ship_to.longitude,
        priority=request.priority,
        due_on=request.due_on,
        on_shortage=request.on_shortage,
        ships_complete=request.ships_complete,
        pinned_warehouse_code=request.pinned_warehouse_code,
        units=tuple(
            UnreleasedUnits(line.line_id, line.group, line.sku, line.qty, None) for line in placed.lines
        ),
        shelf_days=request.shelf_days or 0,
        state=request.ship_to.state,
        is_military=is_military(request.ship_to),
    )
    return OrderToPromise(placed.number, wanted)
