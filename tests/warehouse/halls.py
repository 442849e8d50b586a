"""Halls, products and stock for tests of the warehouse, made through the operations themselves."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlmodel import Session

from fulfillment.catalog.products import save_products
from fulfillment.catalog.specifications import NewProduct
from fulfillment.core.addresses import Address
from fulfillment.store.actors import Actor
from fulfillment.warehouse.kinds import NO_LOT
from fulfillment.warehouse.layout import NewBin
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.lots import LotFacts, ensure_lots
from fulfillment.warehouse.movements import Units, transfer
from fulfillment.warehouse.places import place_id
from fulfillment.warehouse.setup import NewWarehouse, add_bins, create_warehouse

ANA = Actor(kind="user", id="ana", name="Ana")
BEN = Actor(kind="user", id="ben", name="Ben")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def build_hall(
    session: Session, *, code: str = "CHI", bins: Sequence[str] = ("A-1", "A-2")
) -> dict[str, uuid.UUID]:
    """A warehouse with these bins in one aisle; returns their ids by code."""
    address = Address(name="Warehouse", street1="1 Main St", city="Chicago", state="IL", zip="60601")
    create_warehouse(
        session,
        warehouse=NewWarehouse(code, f"Hall {code}", address, 41.9, -87.6, "America/Chicago"),
        actor=ANA,
    )
    planned = [NewBin(name, zone="A", aisle="A-1", walk_rank=rank) for rank, name in enumerate(bins, 1)]
    return add_bins(session, warehouse_code=code, bins=planned, actor=ANA)


def list_products(session: Session, *skus: str, min_remaining_days: int = 0) -> None:
    """These products are in the catalog, and their unnamed lots exist."""
    products = [
        NewProduct(sku, f"Product {sku}", 1000, "USD", weight_g=100, min_remaining_days=min_remaining_days)
        for sku in skus
    ]
    save_products(session, products=products, actor=ANA)


def stock(
    session: Session,
    bin_id: uuid.UUID,
    sku: str,
    qty: int,
    *,
    lot: str = NO_LOT,
    expires_on: date | None = None,
) -> None:
    """The bin holds these units more, straight from the supplier."""
    ensure_lots(session, lots=[LotFacts(sku, lot, expires_on)])
    movement = transfer(
        Units(sku, qty, lot),
        transfer_id=uuid.uuid4().hex,
        subject=("test", "opening"),
        origin=place_id("SUPPLIER"),
        target=bin_id,
    )
    post_movements(session, movements=[movement], actor=ANA, now=NOON)
