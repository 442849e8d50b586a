"""Rows turned into the papers that `labels` prints; nothing here knows how they look."""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.addresses import Address
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.core.money import round_half_up
from fulfillment.core.states import ParcelState, PickTaskState
from fulfillment.orders.tables import FulfillmentOrder, Order, OrderLine
from fulfillment.shipping.tables import Parcel, ParcelLine
from fulfillment.store.columns import table_of
from fulfillment.warehouse.kinds import LocationKind
from fulfillment.warehouse.tables import Location, Lot, PickTask, Warehouse, Wave
from labels.addresses import PostalAddress
from labels.packing_slip import FollowingLine, PackedLine, PackingSlip
from labels.pick_list import PickLine, PickList
from labels.stickers import BinSticker, SkuSticker
from labels.words import Gettext, as_written

WAVE = table_of(Wave)
TASK = table_of(PickTask)
LOCATION = table_of(Location)
LOT = table_of(Lot)
WAREHOUSE = table_of(Warehouse)
PRODUCT = table_of(Product)
PART = table_of(FulfillmentOrder)
ORDER = table_of(Order)
LINE = table_of(OrderLine)
PARCEL = table_of(Parcel)
PARCEL_LINE = table_of(ParcelLine)

MAX_STICKERS = 2_000

MoneyText = Callable[[int, str], str]
"""How an amount of minor units is written for the reader."""


def read_pick_list(session: Session, *, wave_id: uuid.UUID, company: str) -> PickList:
    """The wave's open tasks in walking order.

    Raises:
        NotFoundError: there is no such wave.
    """
    wave = session.connection().execute(sa.select(WAVE).where(WAVE.c.id == wave_id)).one_or_none()
    if wave is None:
        raise NotFoundError(f"There is no wave {wave_id}.")
    query = (
        sa.select(
            LOCATION.c.code.label("bin_code"),
            TASK.c.sku,
            TASK.c.lot,
            TASK.c.tote,
            (TASK.c.qty - TASK.c.qty_picked).label("qty"),
            PRODUCT.c.name,
            LOT.c.expires_on,
            ORDER.c.number.label("order_number"),
        )
        .join(LOCATION, LOCATION.c.id == TASK.c.location_id)
        .join(PRODUCT, PRODUCT.c.sku == TASK.c.sku)
        .join(LOT, sa.and_(LOT.c.sku == TASK.c.sku, LOT.c.lot == TASK.c.lot))
        .join(PART, PART.c.id == TASK.c.fulfillment_order_id)
        .join(ORDER, ORDER.c.id == PART.c.order_id)
        .where(TASK.c.wave_id == wave_id, TASK.c.state == PickTaskState.OPEN)
        .order_by(TASK.c.sequence)
    )
    lines = [
        PickLine(
            bin_code=row.bin_code,
            sku=row.sku,
            name=row.name,
            qty=row.qty,
            order_number=row.order_number,
            lot=row.lot,
            expires_on=row.expires_on,
            tote=row.tote or "",
        )
        for row in session.connection().execute(query)
    ]
    return PickList(company, wave.number, wave.warehouse_code, tuple(lines), wave.released_at)


def read_packing_slip(
    session: Session,
    *,
    parcel_id: uuid.UUID,
    company: str,
    money: MoneyText,
    gettext: Gettext = as_written,
    with_prices: bool = True,
) -> PackingSlip:
    """What is in the parcel, what of the order comes otherwise, and what it cost.

    Raises:
        NotFoundError: there is no such parcel.
    """
    query = (
        sa.select(
            PARCEL,
            ORDER.c.number.label("order_number"),
            ORDER.c.ship_to,
            ORDER.c.ordered_at,
            ORDER.c.currency,
            WAREHOUSE.c.address,
        )
        .join(ORDER, ORDER.c.id == PARCEL.c.order_id)
        .join(WAREHOUSE, WAREHOUSE.c.code == PARCEL.c.warehouse_code)
        .where(PARCEL.c.id == parcel_id)
    )
    parcel = session.connection().execute(query).one_or_none()
    if parcel is None:
        raise NotFoundError(f"There is no parcel {parcel_id}.")
    rows = _packed_rows(session, parcel_id=parcel_id)
    amounts = [round_half_up(row.net_paid_minor * row.qty, row.ordered_qty) for row in rows]
    lines = [
        PackedLine(
            sku=row.sku,
            name=row.name,
            qty=row.qty,
            ordered_qty=row.ordered_qty,
            lot=row.lot,
            expires_on=row.expires_on,
            unit_price=money(row.unit_price_minor, parcel.currency),
            amount=money(amount, parcel.currency),
        )
        for row, amount in zip(rows, amounts, strict=True)
    ]
    return PackingSlip(
        company=company,
        parcel_number=parcel.number,
        order_number=parcel.order_number,
        ship_from=postal_address(parcel.address),
        ship_to=postal_address(parcel.ship_to),
        lines=tuple(lines),
        following=tuple(_following(session, parcel, gettext)),
        totals=((gettext("Goods in this parcel"), money(sum(amounts), parcel.currency)),),
        parcel_count=_count(session, parcel),
        ordered_on=parcel.ordered_at.date(),
        service=" ".join(filter(None, ((parcel.carrier or "").upper(), parcel.service))),
        with_prices=with_prices,
    )


def read_bin_stickers(
    session: Session, *, warehouse_code: str, zone: str = "", aisle: str = "", codes: Collection[str] = ()
) -> list[BinSticker]:
    """The bins of a warehouse, or of one zone or aisle of it, or those named, in walking order.

    Raises:
        NotFoundError: no bin is there.
        InvalidInputError: they are more than one would print at once.
    """
    query = (
        sa.select(LOCATION)
        .where(LOCATION.c.warehouse_code == warehouse_code, LOCATION.c.kind == LocationKind.BIN)
        .order_by(LOCATION.c.zone, LOCATION.c.aisle, LOCATION.c.walk_rank, LOCATION.c.code)
        .limit(MAX_STICKERS + 1)
    )
    if zone:
        query = query.where(LOCATION.c.zone == zone)
    if aisle:
        query = query.where(LOCATION.c.aisle == aisle)
    if codes:
        query = query.where(LOCATION.c.code.in_(list(codes)))
    rows = session.connection().execute(query).all()
    if not rows:
        raise NotFoundError(f"There is no such bin in {warehouse_code}.")
    _require_printable(len(rows))
    return [BinSticker(row.code, warehouse_code, row.zone) for row in rows]


def read_sku_stickers(
    session: Session, *, skus: Sequence[str], lot: str = "", copies: int = 1
) -> list[SkuSticker]:
    """So many stickers of each article, of one lot if it is named.

    Raises:
        NotFoundError: there is no such article or lot.
        InvalidInputError: they are more than one would print at once.
    """
    _require_printable(len(skus) * copies)
    found = {
        row.sku: row
        for row in session.connection().execute(sa.select(PRODUCT).where(PRODUCT.c.sku.in_(list(skus))))
    }
    missing = sorted(set(skus) - found.keys())
    if missing:
        raise NotFoundError(f"There is no article {', '.join(missing)}.", skus=missing)
    expiry = _expiry(session, skus=skus, lot=lot)
    return [
        SkuSticker(sku, found[sku].name, found[sku].gtin or "", lot, expiry.get(sku))
        for sku in skus
        for _ in range(copies)
    ]


def postal_address(stored: dict[str, Any]) -> PostalAddress:
    """An address as it stands on paper."""
    address = Address(**stored)
    return PostalAddress(
        name=address.name or address.company,
        company=address.company if address.name else "",
        street1=address.street1,
        street2=address.street2,
        city=address.city,
        state=address.state,
        zip=address.zip,
        country=address.country,
        phone=address.phone,
    )


def _packed_rows(session: Session, *, parcel_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    columns = [
        PARCEL_LINE.c.sku,
        PARCEL_LINE.c.lot,
        PARCEL_LINE.c.qty,
        PRODUCT.c.name,
        LOT.c.expires_on,
        LINE.c.qty.label("ordered_qty"),
        LINE.c.unit_price_minor,
        LINE.c.net_paid_minor,
    ]
    query = (
        sa.select(*columns)
        .join(PRODUCT, PRODUCT.c.sku == PARCEL_LINE.c.sku)
        .join(LINE, LINE.c.id == PARCEL_LINE.c.order_line_id)
        .join(LOT, sa.and_(LOT.c.sku == PARCEL_LINE.c.sku, LOT.c.lot == PARCEL_LINE.c.lot), isouter=True)
        .where(PARCEL_LINE.c.parcel_id == parcel_id)
        .order_by(LINE.c.line_no, PARCEL_LINE.c.lot)
    )
    return session.connection().execute(query).all()


_FOLLOWING = sa.text("""
    WITH packed AS (
        SELECT pl.order_line_id, sum(pl.qty) FILTER (WHERE p.id = :parcel_id) AS here,
            sum(pl.qty) FILTER (WHERE p.id <> :parcel_id AND p.state IN ('packed', 'labeled')) AS beside,
            sum(pl.qty) AS total
        FROM parcel_line pl JOIN parcel p ON p.id = pl.parcel_id
        WHERE p.order_id = :order_id AND p.state <> 'cancelled' GROUP BY 1
    )
    SELECT l.sku, product.name, coalesce(packed.beside, 0) AS beside,
        l.qty - l.qty_cancelled - coalesce(packed.total, 0) AS later
    FROM order_line l JOIN product ON product.sku = l.sku
    LEFT JOIN packed ON packed.order_line_id = l.id
    WHERE l.order_id = :order_id AND NOT l.is_kit AND product.kind IN ('goods', 'sales_aid')
    ORDER BY l.line_no
    """)


def _following(session: Session, parcel: sa.Row[Any], gettext: Gettext) -> list[FollowingLine]:
    """Units of the order that come in another parcel of today, or later."""
    values = {"parcel_id": parcel.id, "order_id": parcel.order_id}
    following: list[FollowingLine] = []
    for row in session.connection().execute(_FOLLOWING, values):
        if row.beside > 0:
            following.append(FollowingLine(row.sku, row.name, int(row.beside), gettext("In another parcel")))
        if row.later > 0:
            following.append(
                FollowingLine(row.sku, row.name, int(row.later), gettext("As soon as we have it"))
            )
    return following


def _count(session: Session, parcel: sa.Row[Any]) -> str:
    """Which of how many parcels of its fulfillment order it is; nothing where it is the only one."""
    query = (
        sa.select(PARCEL.c.id)
        .where(
            PARCEL.c.fulfillment_order_id == parcel.fulfillment_order_id,
            PARCEL.c.state != ParcelState.CANCELLED,
        )
        .order_by(PARCEL.c.packed_at, PARCEL.c.number)
    )
    ids = list(session.connection().execute(query).scalars())
    return f"{ids.index(parcel.id) + 1} / {len(ids)}" if len(ids) > 1 and parcel.id in ids else ""


def _expiry(session: Session, *, skus: Sequence[str], lot: str) -> dict[str, date | None]:
    if not lot:
        return {}
    query = sa.select(LOT).where(LOT.c.sku.in_(list(skus)), LOT.c.lot == lot)
    found = {row.sku: row.expires_on for row in session.connection().execute(query)}
    missing = sorted(set(skus) - found.keys())
    if missing:
        raise NotFoundError(f"There is no lot {lot} of {', '.join(missing)}.", lot=lot)
    return found


def _require_printable(count: int) -> None:
    if not 1 <= count <= MAX_STICKERS:
        raise InvalidInputError(f"{count} stickers cannot be printed at once; ask for 1 to {MAX_STICKERS}.")
