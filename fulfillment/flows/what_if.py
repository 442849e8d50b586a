"""What would happen if: a warehouse closed or open, more stock, another capacity or cut-off, on a copy.

The changes are applied to the rows a plan is made from, never to the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.tables import Product
from fulfillment.core.errors import InvalidInputError
from fulfillment.reads.routing_rows import RoutingRows
from fulfillment.routing.rows import StockRow, WarehouseRow
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Warehouse

PRODUCT = table_of(Product)
WAREHOUSE = table_of(Warehouse)

MOST_CHANGES = 100
MOST_UNITS = 1_000_000


class ChangeKind(StrEnum):
    """What can be tried out."""

    CLOSE = "close"
    OPEN = "open"
    ADD_STOCK = "add_stock"
    CAPACITY = "capacity"
    CUTOFF = "cutoff"


@dataclass(frozen=True)
class Change:
    """One change to try: `qty` is units of the SKU or parcels of today, `at` a cut-off in local time."""

    kind: ChangeKind
    warehouse: str
    sku: str | None = None
    qty: int = 0
    at: time | None = None

    def as_json(self) -> dict[str, Any]:
        """The change as it stands in `route_plan.changes`; only what its kind needs."""
        told: dict[str, Any] = {"kind": self.kind.value, "warehouse": self.warehouse}
        if self.kind is ChangeKind.ADD_STOCK:
            told |= {"sku": self.sku, "qty": self.qty}
        elif self.kind is ChangeKind.CAPACITY:
            told |= {"qty": self.qty}
        elif self.kind is ChangeKind.CUTOFF:
            told |= {"at": None if self.at is None else self.at.isoformat("minutes")}
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Change":
        """The change that `as_json` wrote."""
        at = told.get("at")
        return cls(
            ChangeKind(told["kind"]),
            str(told["warehouse"]),
            told.get("sku"),
            int(told.get("qty", 0)),
            None if at is None else time.fromisoformat(at),
        )


@dataclass(frozen=True)
class Fault:
    """What is wrong with one member of the change in this place."""

    place: int
    member: str
    message: str


def find_faults(session: Session, *, changes: Sequence[Change]) -> list[Fault]:
    """Everything that keeps the changes from being tried, in their order; empty where they can be."""
    sites = {row.code: row for row in session.connection().execute(sa.select(WAREHOUSE))}
    wanted = {change.sku for change in changes if change.sku is not None}
    query = sa.select(PRODUCT.c.sku, PRODUCT.c.kind).where(PRODUCT.c.sku.in_(sorted(wanted)))
    kinds = {row.sku: ProductKind(row.kind) for row in session.connection().execute(query)}
    faults = []
    for place, change in enumerate(changes):
        if (message := _site_fault(change, sites)) is not None:
            faults.append(Fault(place, "warehouse", message))
        if change.kind is ChangeKind.ADD_STOCK:
            faults += _stock_faults(place, change, kinds)
        elif change.kind is ChangeKind.CAPACITY and not 0 <= change.qty <= MOST_UNITS:
            faults.append(Fault(place, "qty", f"Parcels must be a whole number from 0 to {MOST_UNITS:,}."))
        elif change.kind is ChangeKind.CUTOFF and change.at is None:
            faults.append(Fault(place, "at", "A cut-off is a local time such as 15:30."))
    return faults


def check_changes(session: Session, *, changes: Sequence[Change]) -> None:
    """The changes can be tried.

    Raises:
        InvalidInputError: some cannot; `errors` names each place and member.
    """
    if len(changes) > MOST_CHANGES:
        raise InvalidInputError(f"Try at most {MOST_CHANGES} changes at once.", field="changes")
    faults = find_faults(session, changes=changes)
    if faults:
        errors = [
            {
                "pointer": f"/changes/{fault.place}/{fault.member}",
                "code": "not-possible",
                "message": fault.message,
            }
            for fault in faults
        ]
        raise InvalidInputError(faults[0].message, errors=errors)


def change_rows(
    session: Session, rows: RoutingRows, now: datetime, *, changes: Sequence[Change]
) -> RoutingRows:
    """The rows as they would be after the changes; read as of the rows' snapshot."""
    if not changes:
        return rows
    sites = {row.code: row for row in session.connection().execute(sa.select(WAREHOUSE))}
    by_site: dict[str, list[Change]] = {}
    for change in changes:
        by_site.setdefault(change.warehouse, []).append(change)
    return replace(
        rows,
        warehouses=[
            _change_site(row, by_site.get(row.code, ()), site=sites[row.code], now=now)
            for row in rows.warehouses
        ],
        stock=_change_stock(rows, [change for change in changes if change.kind is ChangeKind.ADD_STOCK]),
    )


def _site_fault(change: Change, sites: Mapping[str, Any]) -> str | None:
    if change.warehouse not in sites:
        known = ", ".join(sorted(sites))
        return f"There is no warehouse {change.warehouse!r}. The warehouses are {known}."
    is_open = sites[change.warehouse].is_active
    if change.kind is ChangeKind.CLOSE and not is_open:
        return f"{change.warehouse} is closed already."
    if change.kind is ChangeKind.OPEN and is_open:
        return f"{change.warehouse} is open already."
    return None


def _stock_faults(place: int, change: Change, kinds: Mapping[str, ProductKind]) -> list[Fault]:
    faults = []
    kind = kinds.get(change.sku or "")
    if kind is None:
        faults.append(Fault(place, "sku", f"There is no product {change.sku!r}. Check the SKU."))
    elif kind is ProductKind.KIT:
        faults.append(Fault(place, "sku", f"{change.sku} is a kit and has no stock. Add its parts."))
    elif kind is ProductKind.SERVICE:
        faults.append(Fault(place, "sku", f"{change.sku} is a service and has no stock."))
    if not 1 <= change.qty <= MOST_UNITS:
        faults.append(Fault(place, "qty", f"Units must be a whole number from 1 to {MOST_UNITS:,}."))
    return faults


def _change_site(
    row: WarehouseRow, changes: Sequence[Change], *, site: sa.Row[Any], now: datetime
) -> WarehouseRow:
    for change in changes:
        if change.kind in (ChangeKind.CLOSE, ChangeKind.OPEN):
            row = replace(row, is_open=change.kind is ChangeKind.OPEN)
        elif change.kind is ChangeKind.CAPACITY:
            row = replace(row, capacity=change.qty)
        elif change.kind is ChangeKind.CUTOFF and change.at is not None:
            here = now.astimezone(ZoneInfo(site.time_zone)).time()
            # A day is won or lost where the old and the new cut-off stand on two sides of now.
            later = int(here >= change.at) - int(here >= site.cutoff_at)
            row = replace(row, ready_days=max(0, row.ready_days + later))
    return row


def _change_stock(rows: RoutingRows, changes: Sequence[Change]) -> list[StockRow]:
    """The stock with the units added as fresh goods, as far as any order waits for them."""
    wanted = {product.sku for product in rows.products}
    levels = [row.shelf_class for row in rows.stock]
    levels += [order.shelf_class for order in rows.orders]
    levels += [line.shelf_class or 0 for order in rows.orders for line in order.lines]
    freshest = max(levels, default=0)
    return rows.stock + [
        StockRow(change.warehouse, change.sku, change.qty, shelf_class=freshest)
        for change in changes
        if change.sku in wanted
    ]
