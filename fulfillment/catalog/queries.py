"""What other capabilities ask of the catalog."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.bans import BanArticle
from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.tables import KitComponent, Product, ShippingBan
from fulfillment.store.columns import table_of

PRODUCT = table_of(Product)
COMPONENT = table_of(KitComponent)
BAN = table_of(ShippingBan)

# No kit contains itself (`products.set_kit_contents` refuses it), so the descent ends.
_LEAVES = sa.text("""
    WITH RECURSIVE part AS (
        SELECT kit_sku, component_sku AS sku, qty FROM kit_component
        WHERE kit_sku = ANY(CAST(:kit_skus AS text[]))
        UNION ALL
        SELECT p.kit_sku, c.component_sku, p.qty * c.qty
        FROM part p JOIN kit_component c ON c.kit_sku = p.sku
    )
    SELECT p.kit_sku, p.sku, CAST(sum(p.qty) AS integer) AS qty, product.price_minor
    FROM part p JOIN product USING (sku)
    WHERE NOT EXISTS (SELECT 1 FROM kit_component inner_kit WHERE inner_kit.kit_sku = p.sku)
    GROUP BY p.kit_sku, p.sku, product.price_minor ORDER BY p.kit_sku, p.sku
    """)


_HAS_BANS = (
    sa.exists()
    .where(
        BAN.c.is_active,
        sa.func.coalesce(BAN.c.sku, PRODUCT.c.sku) == PRODUCT.c.sku,
        sa.func.coalesce(BAN.c.hazard_class, PRODUCT.c.hazard_class).is_not_distinct_from(
            PRODUCT.c.hazard_class
        ),
        sa.func.coalesce(BAN.c.category, PRODUCT.c.category) == PRODUCT.c.category,
    )
    .label("has_bans")
)


@dataclass(frozen=True)
class Article:
    """A product as an order line needs it; volumes are hundredths of points for one unit.

    `has_bans` says that some shipping ban in force may concern it, to whatever place.
    """

    sku: str
    name: str
    kind: ProductKind
    price_minor: int
    currency: str
    volumes: Mapping[str, int]
    has_hazard: bool
    is_active: bool
    has_bans: bool


@dataclass(frozen=True)
class KitContent:
    """One part of a kit, how many one kit holds, and what one costs alone."""

    kit_sku: str
    sku: str
    qty: int
    price_minor: int


def find_articles(session: Session, *, skus: Collection[str]) -> dict[str, Article]:
    """The products with these SKUs; unknown ones are missing from the answer."""
    columns = (
        PRODUCT.c.sku,
        PRODUCT.c.name,
        PRODUCT.c.kind,
        PRODUCT.c.price_minor,
        PRODUCT.c.currency,
        PRODUCT.c.volumes,
        PRODUCT.c.hazard_class.is_not(None).label("has_hazard"),
        PRODUCT.c.is_active,
        _HAS_BANS,
    )
    rows = session.connection().execute(sa.select(*columns).where(PRODUCT.c.sku.in_(list(skus))))
    return {row.sku: Article(*row) for row in rows}


def find_ban_articles(session: Session, *, skus: Collection[str]) -> dict[str, BanArticle]:
    """What bans ask of these products, by SKU."""
    query = sa.select(PRODUCT.c.sku, PRODUCT.c.hazard_class, PRODUCT.c.category)
    rows = session.connection().execute(query.where(PRODUCT.c.sku.in_(list(skus))))
    return {row.sku: BanArticle(*row) for row in rows}


def find_kit_contents(session: Session, *, kit_skus: Sequence[str]) -> dict[str, list[KitContent]]:
    """The parts of these kits by kit, kits in kits taken apart, in the order of their SKUs."""
    if not kit_skus:
        return {}
    contents: dict[str, list[KitContent]] = {sku: [] for sku in kit_skus}
    for row in session.connection().execute(_LEAVES, {"kit_skus": list(kit_skus)}):
        contents[row.kit_sku].append(KitContent(*row))
    return contents


def find_min_remaining_days(session: Session, *, skus: Collection[str]) -> dict[str, int]:
    """The days of shelf life owed to a buyer, by SKU."""
    query = sa.select(PRODUCT.c.sku, PRODUCT.c.min_remaining_days).where(PRODUCT.c.sku.in_(list(skus)))
    return {row.sku: row.min_remaining_days for row in session.connection().execute(query)}
