"""What a caller asks for when placing an order: checked values, not yet rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from fulfillment.core.addresses import Address
from fulfillment.core.errors import InvalidInputError
from fulfillment.core.policy import MOST_SHELF_DAYS
from fulfillment.orders.kinds import OnShortage, OrderKind, TenderKind

MAX_LINES = 500
MAX_UNITS = 100_000
MAX_TENDERS = 10


@dataclass(frozen=True)
class LineRequest:
    """Units of one SKU at the price paid for one; `volumes` are hundredths of points for one unit.

    `net_paid_minor` is what the whole line cost after discounts, by default qty times the unit price. The
    tax base may differ from it, because some states tax the suggested retail price.
    """

    sku: str
    qty: int
    unit_price_minor: int
    net_paid_minor: int | None = None
    tax_minor: int = 0
    tax_base_minor: int | None = None
    tax_by_authority: Mapping[str, int] = field(default_factory=dict)
    volumes: Mapping[str, int] | None = None
    disclosures: tuple[str, ...] = ()

    @property
    def paid_minor(self) -> int:
        """What the whole line cost."""
        return self.qty * self.unit_price_minor if self.net_paid_minor is None else self.net_paid_minor


@dataclass(frozen=True)
class TenderRequest:
    """Money captured for the order by a provider, who knows it as `provider_ref`."""

    kind: TenderKind
    captured_minor: int
    provider: str = "offline"
    provider_ref: str | None = None


@dataclass(frozen=True)
class OrderRequest:
    """An order as a shop, a file or an autoship run hands it over.

    `source` and `source_ref` name it at its origin and never repeat together. `shelf_days` is how much longer
    than the product's own minimum its goods have to keep, by default what the company grants its kind.
    """

    source: str
    source_ref: str
    currency: str
    ship_to: Address
    lines: tuple[LineRequest, ...]
    tenders: tuple[TenderRequest, ...] = ()
    kind: OrderKind = OrderKind.STANDARD
    on_shortage: OnShortage = OnShortage.BACKORDER
    ships_complete: bool = False
    priority: int = 5
    market: str = "US"
    member_number: str | None = None
    buyer_role: str = "retail"
    shipping_minor: int = 0
    shipping_tax_minor: int = 0
    pinned_warehouse_code: str | None = None
    ordered_at: datetime | None = None
    due_on: date | None = None
    shelf_days: int | None = None
    hold_code: str | None = None
    hold_note: str | None = None

    @property
    def goods_minor(self) -> int:
        """What all lines cost, without tax."""
        return sum(line.paid_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """All tax, on the lines and on shipping."""
        return sum(line.tax_minor for line in self.lines) + self.shipping_tax_minor

    @property
    def total_minor(self) -> int:
        """What the buyer owes."""
        return self.goods_minor + self.shipping_minor + self.tax_minor


def check_order_request(request: OrderRequest) -> None:
    """The request can become an order, as far as it alone can tell.

    Raises:
        InvalidInputError: no lines or too many, a quantity or an amount out of range.
    """
    if not 1 <= len(request.lines) <= MAX_LINES:
        raise InvalidInputError(
            f"Order {request.source_ref} has {len(request.lines)} lines; send 1 to {MAX_LINES}."
        )
    if len(request.tenders) > MAX_TENDERS:
        raise InvalidInputError(
            f"Order {request.source_ref} has {len(request.tenders)} tenders; send at most {MAX_TENDERS}."
        )
    _check_choices(request)
    if request.shipping_minor < 0 or request.shipping_tax_minor < 0:
        raise InvalidInputError(f"Order {request.source_ref}: shipping and its tax cannot be negative.")
    for number, line in enumerate(request.lines, start=1):
        _check_line(line, number)
    for number, tender in enumerate(request.tenders, start=1):
        if tender.captured_minor < 0:
            raise InvalidInputError(
                f"Tender {number} of order {request.source_ref} captured a negative amount."
            )


def _check_choices(request: OrderRequest) -> None:
    if not 0 <= request.priority <= 9:
        raise InvalidInputError(f"Priority {request.priority} is not between 0 (first) and 9 (last).")
    if not 0 <= (request.shelf_days or 0) <= MOST_SHELF_DAYS:
        raise InvalidInputError(
            f"Order {request.source_ref} asks for goods that keep {request.shelf_days} days longer than the "
            f"product's minimum; ask for 0 to {MOST_SHELF_DAYS}."
        )


def _check_line(line: LineRequest, number: int) -> None:
    if not 1 <= line.qty <= MAX_UNITS:
        raise InvalidInputError(
            f"Line {number} ({line.sku}) asks for {line.qty} units; ask for 1 to {MAX_UNITS}.", line=number
        )
    if min(line.unit_price_minor, line.paid_minor, line.tax_minor, line.tax_base_minor or 0) < 0:
        raise InvalidInputError(f"Line {number} ({line.sku}) has a negative price or tax.", line=number)
