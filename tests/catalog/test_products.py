from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.codes import find_named_units
from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.products import Saved, add_barcode, create_product, save_products, set_kit_contents
from fulfillment.catalog.queries import KitContent, find_kit_contents
from fulfillment.catalog.specifications import NewProduct, gtin_spellings
from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.store.actors import Actor

ANA = Actor(kind="user", id="ana", name="Ana")
SOAP = NewProduct("SOAP", "Soap", 500, "USD", weight_g=120, gtin="0-36000-29145-2")
OIL = NewProduct("OIL", "Oil", 900, "USD", weight_g=60)
STARTER = NewProduct("STARTER", "Starter kit", 9900, "USD", kind=ProductKind.KIT)
MINI = NewProduct("MINI", "Mini kit", 2900, "USD", kind=ProductKind.KIT)


def test_saving_the_same_product_twice_changes_nothing_and_says_so(session: Session) -> None:
    first = save_products(session, products=[SOAP, OIL], actor=ANA)
    second = save_products(session, products=[SOAP, replace(OIL, price_minor=950)], actor=ANA)

    assert first == {"SOAP": Saved.CREATED, "OIL": Saved.CREATED}
    assert second == {"SOAP": Saved.UNCHANGED, "OIL": Saved.UPDATED}
    price = session.connection().execute(sa.text("SELECT price_minor FROM product WHERE sku = 'OIL'"))
    assert price.scalar_one() == 950


def test_a_sku_no_barcode_can_carry_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInputError, match="SKU “SOAP日” holds “日”"):
        create_product(session, product=replace(SOAP, sku="SOAP日"), actor=ANA)


def test_a_sku_is_made_once(session: Session) -> None:
    create_product(session, product=SOAP, actor=ANA)

    with pytest.raises(ConflictError, match="There is a product SOAP already"):
        create_product(session, product=SOAP, actor=ANA)


def test_a_gtin_belongs_to_one_product_however_many_zeros_it_has(session: Session) -> None:
    create_product(session, product=SOAP, actor=ANA)

    with pytest.raises(ConflictError, match="GTIN 036000291452 belongs to SOAP; OIL needs another one"):
        create_product(session, product=replace(OIL, gtin="0036000291452"), actor=ANA)


def test_goods_without_weight_are_refused(session: Session) -> None:
    with pytest.raises(InvalidInputError, match="SOAP weighs nothing"):
        create_product(session, product=replace(SOAP, weight_g=0), actor=ANA)


def test_goods_do_not_turn_into_a_kit(session: Session) -> None:
    create_product(session, product=SOAP, actor=ANA)

    with pytest.raises(ConflictError, match="SOAP is of kind goods and cannot become kit"):
        save_products(session, products=[replace(SOAP, kind=ProductKind.KIT)], actor=ANA)


def test_a_kit_in_a_kit_is_ordered_as_its_parts(session: Session) -> None:
    save_products(session, products=[SOAP, OIL, STARTER, MINI], actor=ANA)
    set_kit_contents(session, kit_sku="MINI", parts={"SOAP": 2, "OIL": 1}, actor=ANA)
    set_kit_contents(session, kit_sku="STARTER", parts={"SOAP": 1, "MINI": 3}, actor=ANA)

    contents = find_kit_contents(session, kit_skus=["STARTER"])

    assert contents == {
        "STARTER": [KitContent("STARTER", "OIL", 3, 900), KitContent("STARTER", "SOAP", 7, 500)]
    }


@pytest.mark.parametrize("parts", [{"STARTER": 1}, {"MINI": 1}])
def test_a_kit_never_contains_itself(session: Session, parts: dict[str, int]) -> None:
    save_products(session, products=[STARTER, MINI], actor=ANA)
    set_kit_contents_of_mini(session)

    with pytest.raises(InvalidInputError, match="Kit STARTER would contain itself"):
        set_kit_contents(session, kit_sku="STARTER", parts=parts, actor=ANA)


def set_kit_contents_of_mini(session: Session) -> None:
    set_kit_contents(session, kit_sku="MINI", parts={"STARTER": 1}, actor=ANA)


def test_a_part_must_be_a_product(session: Session) -> None:
    save_products(session, products=[STARTER], actor=ANA)

    with pytest.raises(NotFoundError, match="There is no product SOAP"):
        set_kit_contents(session, kit_sku="STARTER", parts={"SOAP": 1}, actor=ANA)


@pytest.mark.parametrize(
    ("code", "units"),
    [("SOAP", 1), ("036000291452", 1), ("0036000291452", 1), ("00036000291452", 1), ("CASE-1", 12)],
)
def test_a_product_is_known_by_its_sku_its_gtin_in_any_length_and_its_case_code(
    session: Session, code: str, units: int
) -> None:
    create_product(session, product=SOAP, actor=ANA)
    add_barcode(session, code="CASE-1", sku="SOAP", units=12, actor=ANA)

    named = find_named_units(session, code=code)

    assert named is not None
    assert (named.sku, named.units) == ("SOAP", units)


def test_a_code_has_one_meaning(session: Session) -> None:
    save_products(session, products=[SOAP, OIL], actor=ANA)

    with pytest.raises(ConflictError, match="Code 036000291452 already names SOAP"):
        add_barcode(session, code="036000291452", sku="OIL", units=6, actor=ANA)


def test_an_unknown_code_names_nothing(session: Session) -> None:
    assert find_named_units(session, code="NOPE") is None


def test_what_is_no_gtin_has_no_spellings() -> None:
    assert gtin_spellings("SOAP") == []
    assert gtin_spellings("036000291453") == []
