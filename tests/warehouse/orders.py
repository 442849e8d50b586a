"""Promised orders for tests of the warehouse, accepted through the flow."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.accept_order import accept_order
from fulfillment.orders.kinds import TenderKind
from fulfillment.orders.requests import LineRequest, OrderRequest, TenderRequest
from tests.warehouse.halls import ANA

BUYER = Address("Eva Long", "", "2 Oak St", "", "Chicago", "IL", "60601", "US", "", "eva@example.com")


@dataclass(frozen=True)
class Placed:
    """An accepted order with its only, or first, fulfillment order."""

    order_id: uuid.UUID
    part_id: uuid.UUID


def order(session: Session, ref: str, priority: int = 5, **units: int) -> Placed:
    """An accepted order for these units, paid in full."""
    total = 1000 * sum(units.values())
    request = OrderRequest(
        source="test",
        source_ref=ref,
        currency="USD",
        ship_to=BUYER,
        lines=tuple(LineRequest(sku, qty, 1000) for sku, qty in units.items()),
        tenders=(TenderRequest(TenderKind.CARD, total, "offline", None),),
        priority=priority,
    )
    accepted = accept_order(session, request=request, actor=ANA, policy=CompanyPolicy())
    assert accepted.hold is None, accepted.hold
    return Placed(accepted.order_id, accepted.parts[0].fulfillment_order_id)


def part_state(session: Session, part_id: uuid.UUID) -> str:
    """The state of a fulfillment order."""
    query = sa.text("SELECT state FROM fulfillment_order WHERE id = :id")
    state: str = session.connection().execute(query, {"id": part_id}).scalar_one()
    return state


def tasks_of(session: Session, part_id: uuid.UUID) -> list[tuple[str, str, int, str]]:
    """(bin, lot, units, state) of a fulfillment order's pick tasks in walking order."""
    rows = session.connection().execute(
        sa.text(
            "SELECT l.code, t.lot, t.qty, t.state FROM pick_task t JOIN location l ON l.id = t.location_id "
            "WHERE t.fulfillment_order_id = :id ORDER BY t.sequence"
        ),
        {"id": part_id},
    )
    return [(row.code, row.lot, row.qty, row.state) for row in rows]


def require_sound_stock(session: Session) -> None:
    """Every running sum equals what it is the sum of (invariants I1 and I2)."""
    wrong = session.connection().execute(
        sa.text("""
            WITH moved AS (
                SELECT location_id, sku, lot, sum(qty) AS qty FROM (
                    SELECT to_location_id AS location_id, sku, lot, qty FROM movement
                    UNION ALL SELECT from_location_id, sku, lot, -qty FROM movement
                ) m GROUP BY 1, 2, 3
            ), claimed AS (
                SELECT location_id, sku, lot, sum(qty - qty_picked) AS qty FROM pick_task
                WHERE state = 'open' GROUP BY 1, 2, 3
            ), sellable AS (
                SELECT l.warehouse_code, b.sku, sum(b.qty) AS qty
                FROM balance b JOIN location l ON l.id = b.location_id JOIN lot t USING (sku, lot)
                WHERE l.is_sellable AND NOT l.is_blocked AND t.state = 'sellable' GROUP BY 1, 2
            ), reserved AS (
                SELECT f.warehouse_code, n.sku, sum(n.qty - n.qty_picked) AS qty
                FROM fulfillment_order_line n JOIN fulfillment_order f ON f.id = n.fulfillment_order_id
                WHERE f.state IN ('promised', 'released', 'picking') GROUP BY 1, 2
            )
            SELECT 'balance ' || b.sku || b.lot AS what, b.qty AS kept, m.qty AS is FROM balance b
            LEFT JOIN moved m USING (location_id, sku, lot) WHERE b.qty <> coalesce(m.qty, 0)
            UNION ALL
            SELECT 'claimed ' || b.sku || b.lot, b.claimed, c.qty FROM balance b
            LEFT JOIN claimed c USING (location_id, sku, lot) WHERE b.claimed <> coalesce(c.qty, 0)
            UNION ALL
            SELECT 'sellable ' || a.sku, a.sellable, s.qty FROM availability a
            LEFT JOIN sellable s USING (warehouse_code, sku) WHERE a.sellable <> coalesce(s.qty, 0)
            UNION ALL
            SELECT 'reserved ' || a.sku, a.reserved, r.qty FROM availability a
            LEFT JOIN reserved r USING (warehouse_code, sku) WHERE a.reserved <> coalesce(r.qty, 0)
            UNION ALL
            SELECT 'unclaimed line ' || n.sku, n.qty - n.qty_picked, sum(t.qty - t.qty_picked)
            FROM fulfillment_order_line n JOIN fulfillment_order f ON f.id = n.fulfillment_order_id
            LEFT JOIN pick_task t ON t.fulfillment_order_line_id = n.id AND t.state = 'open'
            WHERE f.state IN ('released', 'picking') GROUP BY n.id
            HAVING n.qty - n.qty_picked <> coalesce(sum(t.qty - t.qty_picked), 0)
            """)
    )
    assert wrong.all() == []
