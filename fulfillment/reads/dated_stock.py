"""How many units each warehouse can still give away by shelf-life class.

What is reserved is not kept by lot, so it is counted here: of each class there are the units of sellable lots
that last that long and that no pick task has claimed, less what waiting orders were promised that need at
least that class. Shorter-dated demand leaves with the shortest-dated units, so nested counts are exact.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.warehouse.shelf_life import SHELF_STEPS_DAYS, class_needed, class_of_units

Key = tuple[str, str]
"""(warehouse code, SKU)."""

CLASSES = len(SHELF_STEPS_DAYS)

_LOTS = sa.text("""
    SELECT l.warehouse_code, b.sku, t.expires_on - p.min_remaining_days - CAST(:today AS date) AS days,
        CAST(sum(b.qty - b.claimed) AS integer) AS qty
    FROM balance b JOIN location l ON l.id = b.location_id
    JOIN lot t USING (sku, lot) JOIN product p USING (sku)
    WHERE b.sku = ANY(CAST(:skus AS text[])) AND l.is_sellable AND NOT l.is_blocked
        AND t.state = 'sellable' AND b.qty > b.claimed
    GROUP BY 1, 2, 3
    """)
# Released units are claimed by lot; those of waiting orders are only counted.
_PROMISED = sa.text("""
    SELECT f.warehouse_code, n.sku, o.shelf_days, CAST(sum(n.qty - n.qty_picked) AS integer) AS qty
    FROM fulfillment_order f
    JOIN customer_order o ON o.id = f.order_id AND o.shelf_days > 0
    JOIN fulfillment_order_line n ON n.fulfillment_order_id = f.id
    WHERE f.state = 'promised' AND n.sku = ANY(CAST(:skus AS text[])) AND n.qty > n.qty_picked
        AND (CAST(:codes AS text[]) IS NULL OR f.warehouse_code = ANY(CAST(:codes AS text[])))
    GROUP BY 1, 2, 3
    """)


@dataclass(frozen=True)
class DatedStock:
    """By (warehouse, SKU), for each class: units that last as long, and those promised to who needs them."""

    lasting: Mapping[Key, list[int]]
    promised: dict[Key, list[int]]

    def free(self, key: Key, level: int) -> int:
        """Units of at least this class that nobody was promised; below zero where lots have aged."""
        return self._of(self.lasting, key, level) - self._of(self.promised, key, level)

    def promise(self, key: Key, level: int, qty: int) -> None:
        """So many units are promised to somebody who needs this class."""
        counts = self.promised.setdefault(key, [0] * CLASSES)
        for each in range(level + 1):
            counts[each] += qty

    @staticmethod
    def _of(counts: Mapping[Key, list[int]], key: Key, level: int) -> int:
        return counts[key][level] if key in counts else 0


def read_dated_stock(
    session: Session, *, skus: Collection[str], today: date, warehouses: Collection[str] | None = None
) -> DatedStock:
    """The counts of these SKUs, everywhere or as far as promises go in these warehouses."""
    connection = session.connection()
    wanted = sorted(skus)
    lots = connection.execute(_LOTS, {"skus": wanted, "today": today})
    lasting = _nested((row.warehouse_code, row.sku, class_of_units(row.days), row.qty) for row in lots)
    codes = None if warehouses is None else sorted(warehouses)
    parts = connection.execute(_PROMISED, {"skus": wanted, "codes": codes})
    promised = _nested((row.warehouse_code, row.sku, class_needed(row.shelf_days), row.qty) for row in parts)
    return DatedStock(lasting, promised)


def _nested(rows: Iterable[tuple[str, str, int, int]]) -> dict[Key, list[int]]:
    """Each row's units counted in its class and in all below."""
    counts: dict[Key, list[int]] = {}
    for code, sku, level, qty in rows:
        count = counts.setdefault((code, sku), [0] * CLASSES)
        for each in range(level + 1):
            count[each] += qty
    return counts
