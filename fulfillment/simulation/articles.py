"""The articles of the made-up company, from data/products.toml.

Their GTINs begin with 20, which GS1 keeps for use inside a company (General Specifications, section 1.4):
they check like any other and can never be those of a real article.
"""

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from fulfillment.catalog.kinds import HazardClass, ProductKind
from fulfillment.catalog.specifications import NewProduct
from fulfillment.core.barcodes import gs1_check_digit
from fulfillment.simulation.made_up import Article

RESTRICTED_PREFIX = "20419"
KINDS = {
    "supplements": ProductKind.GOODS,
    "cosmetics": ProductKind.GOODS,
    "sales_aids": ProductKind.SALES_AID,
    "kits": ProductKind.KIT,
}
CV_PERCENT = 90
"""Commission is paid on a little less than what qualifies."""


def make_articles() -> tuple[Article, ...]:
    """All articles, kits last, so that their parts are there before them."""
    text = (resources.files("fulfillment.simulation") / "data" / "products.toml").read_text("utf-8")
    document = tomllib.loads(text)
    return tuple(
        _make_article(category, document[category], place)
        for category in KINDS
        for place in range(len(document[category]["articles"]))
    )


def _make_article(category: str, group: Mapping[str, Any], place: int) -> Article:
    entry = group["articles"][place]
    number = group["first_number"] + place
    hazard = entry.get("hazard_class")
    length_mm, width_mm, height_mm = entry["size"]
    product = NewProduct(
        sku=f"{group['prefix']}-{number}",
        name=entry["name"],
        price_minor=entry["price"],
        currency="USD",
        kind=KINDS[category],
        gtin=_make_gtin(number),
        category=category,
        weight_g=entry["weight"],
        length_mm=length_mm,
        width_mm=width_mm,
        height_mm=height_mm,
        volumes=_make_volumes(entry["bv"]),
        is_lot_tracked=group["shelf_months"] > 0,
        is_supplement=category == "supplements",
        min_remaining_days=group["min_remaining_days"],
        hazard_class=HazardClass(hazard) if hazard else None,
        is_limited_quantity=hazard is not None,
        origin_country="US",
        details={"un_number": "UN1266"} if hazard else {},
    )
    zone = "H" if hazard else group["zone"]
    return Article(product, zone, group["shelf_months"], dict(entry.get("parts", {})))


def _make_gtin(number: int) -> str:
    digits = f"{RESTRICTED_PREFIX}{number:07d}"
    return f"{digits}{gs1_check_digit(digits)}"


def _make_volumes(points: int) -> dict[str, int]:
    if points == 0:
        return {}
    return {"BV": points * 100, "CV": points * CV_PERCENT, "QV": points * 100}
