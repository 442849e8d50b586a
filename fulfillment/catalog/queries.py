"""What other capabilities ask of the catalog."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import KitComponent, Product, ProductKind
from fulfillment.store.columns import table_of

PRODUCT = table_of(Product)
COMPONENT = table_of(KitComponent)


@dataclass(frozen=True)
class Article:
    """A product as an order line needs it; volumes are hundredths of points for one unit."""

    sku: str
    name: str
    kind: ProductKind
    price_minor: int
    currency: str
    volumes: Mapping[str, int]
    has_hazard: bool
    is_active: bool


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
    )
    rows = session.connection().execute(sa.select(*columns).where(PRODUCT.c.sku.in_(list(skus))))
    return {row.sku: Article(*row) for row in rows}


def find_kit_contents(session: Session, *, kit_skus: Sequence[str]) -> dict[str, list[KitContent]]:
    """The parts of these kits by kit, in the order of their SKUs."""
    if not kit_skus:
        return {}
    query = (
        sa.select(COMPONENT.c.kit_sku, COMPONENT.c.component_sku, COMPONENT.c.qty, PRODUCT.c.price_minor)
        .join(PRODUCT, PRODUCT.c.sku == COMPONENT.c.component_sku)
        .where(COMPONENT.c.kit_sku.in_(kit_skus))
        .order_by(COMPONENT.c.kit_sku, COMPONENT.c.component_sku)
    )
    contents: dict[str, list[KitContent]] = {sku: [] for sku in kit_skus}
    for row in session.connection().execute(query):
        contents[row.kit_sku].append(KitContent(*row))
    return contents
