"""Products, the parts of kits, the codes that name them to a scanner, and what may not be sent where."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fulfillment.catalog.kinds import HazardClass, ProductKind
from fulfillment.store.columns import (
    check,
    created_at_column,
    currency_column,
    enum_column,
    id_column,
    json_column,
    money_column,
    qty_column,
    text_column,
)


class Product(SQLModel, table=True):
    """One article that can be ordered; weights and sizes are those of the packed unit."""

    __tablename__ = "product"
    __table_args__ = (
        check("sku_form", "sku ~ '^[!-~]([ -~]{0,46}[!-~])?$'"),
        check("measures", "weight_g >= 0 AND length_mm >= 0 AND width_mm >= 0 AND height_mm >= 0"),
        check("goods_have_weight", "kind IN ('kit', 'service') OR weight_g > 0"),
        check("price", "price_minor >= 0"),
        check("min_remaining", "min_remaining_days >= 0"),
    )

    sku: str = text_column(primary_key=True)
    name: str = text_column()
    gtin: str | None = text_column(default=None, unique=True)
    kind: ProductKind = enum_column(ProductKind, default=ProductKind.GOODS)
    category: str = text_column(default="")
    weight_g: int = qty_column()
    length_mm: int = qty_column()
    width_mm: int = qty_column()
    height_mm: int = qty_column()
    price_minor: int = money_column()
    currency: str = currency_column()
    volumes: dict[str, int] = json_column(default=dict)
    is_lot_tracked: bool = Field(default=False)
    is_serial_tracked: bool = Field(default=False)
    is_supplement: bool = Field(default=False)
    min_remaining_days: int = qty_column(default=0)
    hazard_class: HazardClass | None = enum_column(HazardClass, default=None)
    is_limited_quantity: bool = Field(default=False)
    origin_country: str | None = text_column(default=None)
    tariff_code: str | None = text_column(default=None)
    is_active: bool = Field(default=True)
    details: dict[str, Any] = json_column(default=dict)
    created_at: datetime = created_at_column()


class KitComponent(SQLModel, table=True):
    """One part of a kit; all parts of one kit leave together."""

    __tablename__ = "kit_component"
    __table_args__ = (
        check("qty", "qty > 0"),
        check("kit_is_not_its_own_part", "kit_sku <> component_sku"),
    )

    kit_sku: str = text_column("product.sku", primary_key=True)
    component_sku: str = text_column("product.sku", primary_key=True)
    qty: int = qty_column()


class ProductBarcode(SQLModel, table=True):
    """A further code that stands for `units` of a product, such as the code of a case."""

    __tablename__ = "product_barcode"
    __table_args__ = (check("units", "units > 0"), sa.Index(None, "sku"))

    code: str = text_column(primary_key=True)
    sku: str = text_column("product.sku")
    units: int = qty_column(default=1)


class ShippingBan(SQLModel, table=True):
    """What may not travel: an article, a hazard class or a category, to a place, from a warehouse.

    What is left empty matches everything; `to_military` narrows the places to those of the armed forces.
    """

    __tablename__ = "shipping_ban"
    __table_args__ = (
        check("names_one_kind_of_goods", "num_nonnulls(sku, hazard_class, category) <= 1"),
        check("state_has_country", "state IS NULL OR country IS NOT NULL"),
        check(
            "says_something",
            "to_military OR num_nonnulls(sku, hazard_class, category, country, warehouse_code) > 0",
        ),
        check("reason", "reason <> ''"),
    )

    id: uuid.UUID = id_column()
    sku: str | None = text_column("product.sku", default=None)
    hazard_class: HazardClass | None = enum_column(HazardClass, default=None)
    category: str | None = text_column(default=None)
    country: str | None = text_column(default=None)
    state: str | None = text_column(default=None)
    to_military: bool = Field(default=False)
    warehouse_code: str | None = text_column("warehouse.code", default=None)
    reason: str = text_column()
    is_active: bool = Field(default=True)
    created_at: datetime = created_at_column()
