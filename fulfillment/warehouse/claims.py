"""Bins and lots are claimed for pick tasks here, and given back.

The locked balances are what keeps a claim and a hold of the same lot, or a block of the same bin, apart:
whoever comes second waits for the balances and then reads what the first one left.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.warehouse.allocation import Allocation, BinStock, Demand, allocate
from fulfillment.warehouse.balances import BalanceChange, Place, change_balances

_LOCK = sa.text("""
    SELECT 1 FROM balance b JOIN location l ON l.id = b.location_id
    WHERE l.warehouse_code = :warehouse_code AND l.is_sellable AND b.sku = ANY(CAST(:skus AS text[]))
    ORDER BY b.sku, b.lot, b.location_id FOR UPDATE OF b
    """)
# A statement of its own, because only a snapshot taken after the locks shows what those before us did.
_FIND = sa.text("""
    SELECT b.location_id, l.code AS bin_code, b.sku, b.qty - b.claimed AS free, b.lot, t.expires_on,
        l.zone, l.aisle, l.walk_rank
    FROM balance b JOIN location l ON l.id = b.location_id JOIN lot t USING (sku, lot)
    WHERE l.warehouse_code = :warehouse_code AND l.is_sellable AND NOT l.is_blocked
        AND t.state = 'sellable' AND b.sku = ANY(CAST(:skus AS text[])) AND b.qty > b.claimed
    """)


def claim_bins(
    session: Session,
    *,
    warehouse_code: str,
    demands: Sequence[Demand],
) -> Allocation:
    """Every fulfillment order that can be served whole has its units claimed, lot by lot and bin by bin."""
    skus = {demand.sku for demand in demands}
    stock = lock_free_stock(session, warehouse_code=warehouse_code, skus=skus)
    allocation = allocate(demands, stock=stock)
    claims: dict[Place, BalanceChange] = {}
    for take in allocation.takes:
        place = (take.stock.location_id, take.stock.sku, take.stock.lot)
        claims[place] = claims.get(place, BalanceChange(0)) + BalanceChange(0, take.qty)
    if claims:
        change_balances(session, changes=claims)
    return allocation


def release_claims(session: Session, *, claims: Mapping[Place, int]) -> None:
    """These claimed units are free for other tasks."""
    if claims:
        changes = {place: BalanceChange(0, -qty) for place, qty in claims.items() if qty}
        change_balances(session, changes=changes)


def lock_free_stock(session: Session, *, warehouse_code: str, skus: Collection[str]) -> list[BinStock]:
    """The unclaimed units of these SKUs in bins that may be picked from, locked against other claims."""
    if not skus:
        return []
    values = {"warehouse_code": warehouse_code, "skus": sorted(skus)}
    session.connection().execute(_LOCK, values)
    rows = session.connection().execute(_FIND, values)
    return [BinStock(**row._mapping) for row in rows]  # noqa: SLF001 - a row's public mapping has this name


def claimed_places(claims: Sequence[tuple[uuid.UUID, str, str, int]]) -> dict[Place, int]:
    """Units by place, from (location, SKU, lot, units) rows that may name a place twice."""
    places: dict[Place, int] = {}
    for location_id, sku, lot, qty in claims:
        places[location_id, sku, lot] = places.get((location_id, sku, lot), 0) + qty
    return places
