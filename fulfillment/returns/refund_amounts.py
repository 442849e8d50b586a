"""How much goes back for some units of a line, and to which tenders: exact to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass

from fulfillment.core.money import cumulative_share, round_half_up


@dataclass(frozen=True)
class LineMoney:
    """What was paid for a line, what was given back for it before; minor units."""

    qty: int
    net_paid_minor: int
    tax_minor: int
    units_refunded: int
    goods_refunded_minor: int
    tax_refunded_minor: int


@dataclass(frozen=True)
class UnitsRefund:
    """What goes back for the units: a share of the price, and of the tax recorded on it."""

    goods_minor: int
    tax_minor: int


def refund_units(money: LineMoney, *, units: int, percent: int) -> UnitsRefund:
    """The refund of further units of a line at a percentage of their price.

    Shares are rounded cumulatively over the line's units, so that all of them add up to what was paid; the
    tax follows the price refunded (GA 48-8-58), from the tax recorded and never from a rate. Nothing ever
    exceeds what is left of the line.
    """
    assert 0 < units <= money.qty - money.units_refunded, "only units that are left are refunded"
    price = cumulative_share(
        money.net_paid_minor, part_before=money.units_refunded, part=units, whole=money.qty
    )
    tax = cumulative_share(money.tax_minor, part_before=money.units_refunded, part=units, whole=money.qty)
    goods = round_half_up(price * percent, 100)
    return UnitsRefund(
        goods_minor=min(goods, money.net_paid_minor - money.goods_refunded_minor),
        tax_minor=min(round_half_up(tax * percent, 100), money.tax_minor - money.tax_refunded_minor),
    )


def fit_into_room(
    units: Sequence[UnitsRefund], *, shipping_minor: int, room_minor: int
) -> tuple[list[UnitsRefund], int]:
    """The same refund, made smaller where less of what was captured is left: shipping first, then the end.

    Less is left where an order was paid in part, or the card holder took money back through the bank.
    """
    excess = sum(each.goods_minor + each.tax_minor for each in units) + shipping_minor - max(0, room_minor)
    shipping, excess = _reduce(shipping_minor, excess)
    fitted = []
    for each in reversed(units):
        tax, excess = _reduce(each.tax_minor, excess)
        goods, excess = _reduce(each.goods_minor, excess)
        fitted.append(UnitsRefund(goods, tax))
    return fitted[::-1], shipping


def _reduce(amount: int, excess: int) -> tuple[int, int]:
    """What is left of an amount after as much of the excess as it holds, and the excess that is left."""
    taken = min(amount, max(0, excess))
    return amount - taken, excess - taken


@dataclass(frozen=True)
class TenderRoom:
    """What can still go back to a tender: captured, less refunded, disputed and promised to other refunds."""

    key: str
    room_minor: int


def divide_among_tenders(amount_minor: int, *, tenders: Sequence[TenderRoom]) -> list[tuple[str, int]] | None:
    """The shares of a refund by tender, in the order of the tenders; None where they hold less in all."""
    shares: list[tuple[str, int]] = []
    left = amount_minor
    for tender in tenders:
        share = min(left, max(0, tender.room_minor))
        if share > 0:
            shares.append((tender.key, share))
            left -= share
    return shares if left == 0 else None
