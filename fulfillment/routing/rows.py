"""The rows a problem is built from: plain values, as a file or a database hands them over."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One SKU; `components` makes it a kit whose parts leave together, and may name further kits."""

    sku: str
    weight_g: int
    dim_weight_g: int = 0
    components: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LineRow:
    """So many of one SKU; `shelf_class` overrules the order's where given."""

    sku: str
    qty: int
    shelf_class: int | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order. `due_days` counts from today; `pinned_warehouse` allows no other."""

    id: str
    destination: str
    lines: tuple[LineRow, ...]
    priority: int = 0
    due_days: int | None = None
    shelf_class: int = 0
    is_ship_complete: bool = False
    pinned_warehouse: str | None = None
    forbidden_warehouses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WarehouseRow:
    """One warehouse or stockist; `capacity` is the parcels that can still leave, None where nothing binds."""

    code: str
    capacity: int | None = None
    handling_minor: int = 0
    pack_minor: int = 0
    ready_days: int = 0
    rate_card: str = "standard"
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class StockRow:
    """Units of one SKU at one warehouse whose remaining life reaches exactly this class."""

    warehouse: str
    sku: str
    qty: int
    shelf_class: int = 0
    kept_back: int = 0


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """From this warehouse to this destination a parcel pays this zone and travels so many days."""

    destination: str
    warehouse: str
    zone: str
    transit_days: int = 0


@dataclass(frozen=True, slots=True)
class RateRow:
    """A parcel of this zone up to this billable weight costs this much."""

    zone: str
    up_to_g: int
    price_minor: int
    rate_card: str = "standard"


@dataclass(frozen=True, slots=True)
class BanRow:
    """Nothing matching all the given fields may travel; None matches everything."""

    warehouse: str | None = None
    sku: str | None = None
    destination: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a split, a late day and an unfilled line cost.

    A line of priority `p` left in the backlog costs `(unfilled_minor + unfilled_unit_minor * qty)` times
    `1 + priority_weight * p`; a late day is weighted the same way.
    """

    split_minor: int = 200
    late_minor: int = 100
    unfilled_minor: int = 5_000
    unfilled_unit_minor: int = 0
    priority_weight: int = 1
