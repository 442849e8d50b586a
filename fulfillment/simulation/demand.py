"""Two weeks of orders of the made-up company: autoship in batches, enrollments, and everyday orders.

Shapes as the trade reports them: autoship is released once a week, the last week of a month brings about
2.2 times the orders of the others, and most orders have one to three lines.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from fulfillment.catalog.kinds import ProductKind
from fulfillment.core.addresses import Address
from fulfillment.core.money import round_half_up
from fulfillment.distributors.membership import NewMember
from fulfillment.distributors.tables import MemberKind
from fulfillment.orders.kinds import OnShortage, OrderKind, TenderKind
from fulfillment.orders.requests import LineRequest, OrderRequest, TenderRequest
from fulfillment.simulation.made_up import Article

DAYS = 14
AUTOSHIP_WEEKDAY = 0
"""Monday: charged and released in one batch."""
PEAK_FACTOR = 2.2
PEAK_BEGINS_ON_DAY = 24
RETAIL_PERCENT = 130
"""Retail customers pay the suggested price, members a lower one."""
TAX_PERMILLE = 65
FREE_SHIPPING_FROM_MINOR = 10_000
SHIPPING_MINOR = 795
MAX_LINES = 5
AUTOSHIP_SHARE = 0.07
"""Of all members but retail customers, each week, where USUAL_PER_DAY orders come in on an ordinary day."""
USUAL_PER_DAY = 24
BALANCE_SHARE = 0.08
REVIEW_SHARE = 0.01
WRONG_ZIP_SHARE = 0.005
MILITARY_SHARE = 0.005
MILITARY = ("APO", "AE", "09012")

OPENS_AT_HOUR = 6
HOURS_OPEN = 17
TIME_ZONE = ZoneInfo("America/New_York")


class DemandMaker:
    """Makes orders from members and articles; the same seed makes the same orders."""

    def __init__(self, random: Random, articles: Sequence[Article], members: Sequence[NewMember]) -> None:
        self._random = random
        self._products = {article.product.sku: article.product for article in articles}
        self._kits = [article.product.sku for article in articles if article.parts]
        self._goods = [sku for sku, product in self._products.items() if product.kind is ProductKind.GOODS]
        self._supplements = [sku for sku in self._goods if self._products[sku].is_supplement]
        self._sales_aids = [
            sku for sku, product in self._products.items() if product.kind is ProductKind.SALES_AID
        ]
        # A few articles sell most: the weight falls with the rank.
        ranked = random.sample(self._goods, k=len(self._goods))
        self._popularity = {sku: 1 / (place + 3) for place, sku in enumerate(ranked)}
        self._members = list(members)
        self._subscribers = [member for member in members if member.kind is not MemberKind.RETAIL]

    def make_orders(self, *, today: date, per_day: int) -> tuple[OrderRequest, ...]:
        """The orders of the two weeks before today, in the order they came in."""
        orders: list[OrderRequest] = []
        for days_ago in range(DAYS, 0, -1):
            day = today - timedelta(days=days_ago)
            factor = PEAK_FACTOR if day.day >= PEAK_BEGINS_ON_DAY else 1.0
            orders.extend(self._make_web_order(day) for _ in range(round(per_day * factor)))
            if day.weekday() == AUTOSHIP_WEEKDAY:
                orders.extend(self._make_autoships(day, share=AUTOSHIP_SHARE * per_day / USUAL_PER_DAY))
        return tuple(sorted(orders, key=lambda order: (order.ordered_at, order.source_ref)))

    def _make_web_order(self, day: date) -> OrderRequest:
        random = self._random
        moment = datetime.combine(day, time(OPENS_AT_HOUR), TIME_ZONE) + timedelta(
            seconds=random.randrange(HOURS_OPEN * 3600)
        )
        member = random.choice(self._members)
        is_enrollment = member.kind is MemberKind.DISTRIBUTOR and random.random() < 0.25
        kind = OrderKind.ENROLLMENT if is_enrollment else OrderKind.STANDARD
        lines = self._make_lines(member, kind)
        reference = f"W{day:%y%m%d}-{random.randrange(10**8):08d}"
        return self._finish(reference, moment, source="web", kind=kind, member=member, lines=lines)

    def _make_autoships(self, day: date, *, share: float) -> list[OrderRequest]:
        count = round(len(self._subscribers) * share)
        chosen = self._random.sample(self._subscribers, k=min(count, len(self._subscribers)))
        moment = datetime.combine(day, time(4), TIME_ZONE)
        return [
            self._finish(
                f"{member.number}-{day}",
                moment + timedelta(seconds=place),
                source="autoship",
                kind=OrderKind.AUTOSHIP,
                member=member,
                lines=self._make_lines(member, OrderKind.AUTOSHIP),
            )
            for place, member in enumerate(chosen)
        ]

    def _make_lines(self, member: NewMember, kind: OrderKind) -> tuple[LineRequest, ...]:
        random = self._random
        choices = self._supplements if kind is OrderKind.AUTOSHIP else self._goods
        wanted = random.choices(range(1, MAX_LINES + 1), (38, 28, 18, 10, 6))[0]
        weights = [self._popularity[sku] for sku in choices]
        skus = dict.fromkeys(random.choices(choices, weights, k=wanted))
        units = {sku: random.choices((1, 2, 3, 6), (70, 20, 7, 3))[0] for sku in skus}
        if kind is OrderKind.ENROLLMENT:
            units = {random.choice(self._kits): 1} | (units if random.random() < 0.4 else {})
        elif member.kind is MemberKind.DISTRIBUTOR and random.random() < 0.3:
            units[random.choice(self._sales_aids)] = 1
        return tuple(self._make_line(sku, qty, member) for sku, qty in units.items())

    def _make_line(self, sku: str, qty: int, member: NewMember) -> LineRequest:
        product = self._products[sku]
        retail_minor = round_half_up(product.price_minor * RETAIL_PERCENT, 100)
        price_minor = retail_minor if member.kind is MemberKind.RETAIL else product.price_minor
        tax_minor = round_half_up(retail_minor * qty * TAX_PERMILLE, 1000)
        return LineRequest(
            sku=sku,
            qty=qty,
            unit_price_minor=price_minor,
            tax_minor=tax_minor,
            # The direct seller collects sales tax on the suggested retail price.
            tax_base_minor=retail_minor * qty,
            tax_by_authority={"state": tax_minor},
        )

    def _finish(
        self,
        reference: str,
        moment: datetime,
        *,
        source: str,
        kind: OrderKind,
        member: NewMember,
        lines: tuple[LineRequest, ...],
    ) -> OrderRequest:
        goods_minor = sum(line.paid_minor for line in lines)
        shipping_minor = 0 if goods_minor >= FREE_SHIPPING_FROM_MINOR else SHIPPING_MINOR
        total_minor = goods_minor + shipping_minor + sum(line.tax_minor for line in lines)
        needs_review = self._random.random() < REVIEW_SHARE
        return OrderRequest(
            source=source,
            source_ref=reference,
            currency="USD",
            ship_to=self._make_destination(member.address),
            lines=lines,
            tenders=self._make_tenders(reference, total_minor, member),
            kind=kind,
            on_shortage=self._random.choices(tuple(OnShortage), (0, 75, 25))[0],
            member_number=member.number,
            buyer_role=member.kind.value,
            shipping_minor=shipping_minor,
            ordered_at=moment.astimezone(ZoneInfo("UTC")),
            due_on=moment.date() + timedelta(days=7),
            hold_code="review" if needs_review else None,
            hold_note="The payment provider asks for a second look." if needs_review else None,
        )

    def _make_destination(self, home: Address) -> Address:
        """Home, but now and then a military post or a ZIP that was typed wrong."""
        chance = self._random.random()
        if chance < MILITARY_SHARE:
            city, state, zip_code = MILITARY
            return Address(name=home.name, street1="Unit 2050 Box 4190", city=city, state=state, zip=zip_code)
        if chance < MILITARY_SHARE + WRONG_ZIP_SHARE:
            return Address(
                name=home.name, street1=home.street1, city=home.city, state=home.state, zip=home.zip[::-1]
            )
        return home

    def _make_tenders(self, reference: str, total_minor: int, member: NewMember) -> tuple[TenderRequest, ...]:
        card = TenderRequest(TenderKind.CARD, total_minor, provider_ref=f"demo-{reference}")
        if member.kind is not MemberKind.DISTRIBUTOR or self._random.random() >= BALANCE_SHARE:
            return (card,)
        balance_minor = min(total_minor, self._random.randrange(500, 4000))
        balance = TenderRequest(TenderKind.COMMISSION_BALANCE, balance_minor)
        rest = TenderRequest(TenderKind.CARD, total_minor - balance_minor, provider_ref=f"demo-{reference}")
        return (balance, rest) if rest.captured_minor else (balance,)


def count_demand(orders: Sequence[OrderRequest], kits: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Units ordered of each article that has stock, kits taken apart."""
    units: dict[str, int] = {}
    for order in orders:
        for line in order.lines:
            for sku, each in kits.get(line.sku, {line.sku: 1}).items():
                units[sku] = units.get(sku, 0) + each * line.qty
    return units
