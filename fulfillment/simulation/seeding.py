"""The made-up company is written down by the same deeds a person's would be, step by step.

Each step is a transaction and may be repeated: what is there is left as it is, so that a seeding that was
cut off is taken up again.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.products import save_products, set_kit_contents
from fulfillment.core.errors import ConflictError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.distributors.membership import NewMember, add_members
from fulfillment.distributors.tables import Member, MemberKind
from fulfillment.flows.accept_order import accept_order
from fulfillment.orders.intake import find_placed_order
from fulfillment.orders.requests import OrderRequest
from fulfillment.orders.tables import Order
from fulfillment.returns.rules_book import OVERLAY, load_pack
from fulfillment.shipping.terms import add_rate_card, save_cartons, save_zones
from fulfillment.simulation.demand import DAYS, USUAL_PER_DAY
from fulfillment.simulation.foundation import Foundation, find_foundation, find_founding_day, note_foundation
from fulfillment.simulation.made_up import MadeUpCompany, ShippingTerms, StockedUnits
from fulfillment.simulation.tariffs import make_shipping_terms
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now, set_clock
from fulfillment.store.columns import table_of
from fulfillment.store.session import InTransaction
from fulfillment.warehouse.layout import NewBin
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.lots import LotFacts, ensure_lots
from fulfillment.warehouse.movements import Units, adjust
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.setup import NewWarehouse, add_bins, create_warehouse
from fulfillment.warehouse.tables import Location, Warehouse

SEED_ACTOR = Actor(kind="system", id="seed", name="Made-up company")
ORDERS_PER_STEP = 20
STOCK_PER_STEP = 100
PAUSES_AT = time(15)
"""When the clock of a company with days left to play stands: in the middle of a working day."""
MEMBERS_PER_STEP = 500

MEMBER = table_of(Member)
ORDER = table_of(Order)
WAREHOUSE = table_of(Warehouse)
LOCATION = table_of(Location)

Item = TypeVar("Item")
OnProgress = Callable[[str, int, int], None]
"""Told what is being written, the steps done and all steps."""
Step = tuple[str, Callable[[Session], None]]
"""What is being written, and the deed."""


def seed_company(
    in_transaction: InTransaction,
    *,
    seed: int,
    policy: CompanyPolicy,
    orders_per_day: int = USUAL_PER_DAY,
    days_to_play: int = 0,
    on_progress: OnProgress | None = None,
) -> bool:
    """The company stands, with its stock and two weeks of orders accepted or held; False if it did before.

    With `days_to_play` the business clock begins two weeks ago, goes with the orders and stands so many days
    before today in the end; the orders after it are left for `bring_orders`.
    """
    if in_transaction(find_foundation) is not None:
        return False
    today = in_transaction(partial(find_founding_day, policy=policy))
    foundation = Foundation(seed, today, orders_per_day)
    company = foundation.make()
    steps = list(make_steps(company, policy=policy))
    if days_to_play:
        # Two nights more, so that the first order lies behind the opening in every time zone.
        opening = datetime.combine(today - timedelta(days=DAYS + 2), time(), UTC)
        in_transaction(partial(_open_on, now=opening))
        until = datetime.combine(today - timedelta(days=days_to_play), PAUSES_AT, ZoneInfo(policy.time_zone))
        steps = [step for step in steps if step[0] != "orders"]
        steps += _make_timely_steps(company.orders, until=until, policy=policy)
    _take(steps, in_transaction, on_progress)
    in_transaction(partial(note_foundation, foundation=foundation, actor=SEED_ACTOR))
    return True


def bring_orders(
    in_transaction: InTransaction,
    *,
    orders: Sequence[OrderRequest],
    until: datetime,
    policy: CompanyPolicy,
    on_progress: OnProgress | None = None,
) -> None:
    """The orders up to a moment are accepted, each when it came in; the business clock goes with them.

    Only for a company whose clock is behind: orders before the clock's time are written at that time.
    """
    _take(_make_timely_steps(orders, until=until, policy=policy), in_transaction, on_progress)


def find_busiest_distributor(session: Session) -> str | None:
    """The number of the distributor with the most orders, whose portal has most to show."""
    query = (
        sa.select(MEMBER.c.number)
        .join(ORDER, ORDER.c.member_id == MEMBER.c.id)
        .where(MEMBER.c.kind == MemberKind.DISTRIBUTOR)
        .group_by(MEMBER.c.number)
        .order_by(sa.func.count().desc(), MEMBER.c.number)
        .limit(1)
    )
    return session.connection().execute(query).scalar_one_or_none()


def make_steps(company: MadeUpCompany, *, policy: CompanyPolicy) -> Iterator[Step]:
    """The deeds in their order, each one transaction."""
    yield "return rules", partial(_load_rules, packs=(policy.return_policy, OVERLAY))
    yield "products", partial(_write_articles, company=company)
    yield "tariffs", partial(_write_shipping, terms=company.shipping)
    for warehouse in company.warehouses:
        bins = company.bins[warehouse.code]
        yield "warehouses", partial(_write_warehouse, warehouse=warehouse, bins=bins)
    for members in _chunks(company.members, MEMBERS_PER_STEP):
        yield "members", partial(_write_members, members=members)
    for units in _chunks(company.stock, STOCK_PER_STEP):
        yield "stock", partial(_write_stock, stock=units)
    for orders in _chunks(company.orders, ORDERS_PER_STEP):
        yield "orders", partial(_write_orders, orders=orders, policy=policy)


def seed_terms(in_transaction: InTransaction, *, policy: CompanyPolicy) -> None:
    """The return rules, the cartons and the tariffs stand, without the rest of a company."""
    in_transaction(partial(_load_rules, packs=(policy.return_policy, OVERLAY)))
    in_transaction(partial(_write_shipping, terms=make_shipping_terms()))


def _take(steps: Sequence[Step], in_transaction: InTransaction, on_progress: OnProgress | None) -> None:
    for place, (what, deed) in enumerate(steps):
        if on_progress is not None:
            on_progress(what, place, len(steps))
        in_transaction(deed)


def _make_timely_steps(
    orders: Sequence[OrderRequest], *, until: datetime, policy: CompanyPolicy
) -> list[Step]:
    due = [order for order in orders if order.ordered_at and order.ordered_at <= until]
    steps: list[Step] = [
        ("orders", partial(_write_orders, orders=chunk, policy=policy, is_timely=True))
        for chunk in _chunks(due, ORDERS_PER_STEP)
    ]
    return [*steps, ("orders", partial(_reach, now=until))]


def _open_on(session: Session, *, now: datetime) -> None:
    """The clock shows the opening, unless the company is open."""
    if not session.connection().execute(sa.select(sa.exists().select_from(WAREHOUSE))).scalar_one():
        set_clock(session, now=now)


def _reach(session: Session, *, now: datetime) -> None:
    """The clock shows this moment, or was past it."""
    if read_now(session) < now:
        set_clock(session, now=now)


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _load_rules(session: Session, *, packs: Sequence[str]) -> None:
    for pack in packs:
        load_pack(session, name=pack)


def _write_articles(session: Session, *, company: MadeUpCompany) -> None:
    save_products(session, products=[article.product for article in company.articles], actor=SEED_ACTOR)
    for article in company.articles:
        if article.parts:
            sku = article.product.sku
            set_kit_contents(session, kit_sku=sku, parts=article.parts, actor=SEED_ACTOR)


def _write_shipping(session: Session, *, terms: ShippingTerms) -> None:
    save_cartons(session, cartons=terms.cartons, actor=SEED_ACTOR)
    save_zones(session, bands=terms.bands, divisors=terms.divisors, actor=SEED_ACTOR)
    for table in terms.rates:
        _do_unless_there(session, partial(add_rate_card, session, table=table, actor=SEED_ACTOR))


def _write_warehouse(session: Session, *, warehouse: NewWarehouse, bins: Sequence[NewBin]) -> None:
    def build() -> None:
        create_warehouse(session, warehouse=warehouse, actor=SEED_ACTOR)
        add_bins(session, warehouse_code=warehouse.code, bins=bins, actor=SEED_ACTOR)

    _do_unless_there(session, build)


def _write_members(session: Session, *, members: Sequence[NewMember]) -> None:
    add_members(session, members=members, actor=SEED_ACTOR)


def _write_stock(session: Session, *, stock: Sequence[StockedUnits]) -> None:
    """The opening stock, from the adjustment account; posting keys make it happen once."""
    ensure_lots(session, lots=_lots_of(stock))
    bin_ids = _find_bins(session, stock)
    movements = [
        adjust(
            Units(units.sku, units.qty, units.lot),
            adjustment_id=f"seed:{units.warehouse_code}:{units.bin_code}",
            subject=("seed", units.warehouse_code),
            location_id=bin_ids[units.warehouse_code, units.bin_code],
            adjustment=places_of(units.warehouse_code).adjustment,
            is_gain=True,
        )
        for units in stock
    ]
    post_movements(session, movements=movements, actor=SEED_ACTOR, now=read_now(session))


def _write_orders(
    session: Session, *, orders: Sequence[OrderRequest], policy: CompanyPolicy, is_timely: bool = False
) -> None:
    for order in orders:
        if find_placed_order(session, source=order.source, source_ref=order.source_ref) is None:
            if is_timely and order.ordered_at is not None:
                _reach(session, now=order.ordered_at)
            accept_order(session, request=order, actor=SEED_ACTOR, policy=policy)


def _lots_of(stock: Sequence[StockedUnits]) -> list[LotFacts]:
    return list(
        {(units.sku, units.lot): LotFacts(units.sku, units.lot, units.expires_on) for units in stock}.values()
    )


def _find_bins(session: Session, stock: Sequence[StockedUnits]) -> dict[tuple[str, str], uuid.UUID]:
    wanted = sa.tuple_(LOCATION.c.warehouse_code, LOCATION.c.code).in_(
        [(units.warehouse_code, units.bin_code) for units in stock]
    )
    query = sa.select(LOCATION.c.warehouse_code, LOCATION.c.code, LOCATION.c.id).where(wanted)
    return {(row.warehouse_code, row.code): row.id for row in session.connection().execute(query)}


def _do_unless_there(session: Session, deed: Callable[[], object]) -> None:
    """The deed is done, or it was done before."""
    with suppress(ConflictError), session.begin_nested():
        deed()
