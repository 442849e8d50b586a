"""Products are made and changed here, with the parts of kits and the further codes they are known by."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.kits import require_no_cycle
from fulfillment.catalog.specifications import NewProduct, check_product, gtin_spellings
from fulfillment.catalog.tables import KitComponent, Product, ProductBarcode
from fulfillment.core.barcodes import require_code_128
from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of

PRODUCT = table_of(Product)
COMPONENT = table_of(KitComponent)
BARCODE = table_of(ProductBarcode)

MAX_PRODUCTS_AT_ONCE = 1_000
MAX_PART_UNITS = 1_000


class Saved(StrEnum):
    """What saving a product did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def create_product(session: Session, *, product: NewProduct, actor: Actor) -> None:
    """The product can be stocked, ordered and scanned.

    Raises:
        InvalidInputError: it cannot be stored as it is; the message says what to correct.
        ConflictError: there is a product with this SKU, or another one has its GTIN.
    """
    found = session.connection().execute(sa.select(PRODUCT.c.sku).where(PRODUCT.c.sku == product.sku))
    if found.one_or_none() is not None:
        raise ConflictError(f"There is a product {product.sku} already.", sku=product.sku)
    save_products(session, products=[product], actor=actor)


def save_products(session: Session, *, products: Sequence[NewProduct], actor: Actor) -> dict[str, Saved]:
    """Each product stands as given, made or changed; saying the same twice changes nothing.

    Raises:
        InvalidInputError: a product cannot be stored as it is, or a SKU stands twice in the list.
        ConflictError: another product has the GTIN, or the kind of a product would change.
    """
    if len(products) > MAX_PRODUCTS_AT_ONCE:
        raise InvalidInputError(f"Save at most {MAX_PRODUCTS_AT_ONCE} products at once.")
    checked = [check_product(product) for product in products]
    skus = [product.sku for product in checked]
    if len(set(skus)) != len(skus):
        raise InvalidInputError("A SKU stands twice in the list of products; send each once.")
    _require_free_gtins(session, checked)
    _require_same_kind(session, checked)
    rows = [_row(product) for product in checked]
    if not rows:
        return {}
    statement = insert(PRODUCT).values(rows)
    new = {name: statement.excluded[name] for name in rows[0] if name != "sku"}
    changed = sa.tuple_(*(PRODUCT.c[name] for name in new)).is_distinct_from(sa.tuple_(*new.values()))
    statement = statement.on_conflict_do_update(index_elements=["sku"], set_=new, where=changed)
    # A row version without xmax was inserted by this statement, one with it was updated.
    saved = statement.returning(PRODUCT.c.sku, sa.literal_column("product.xmax = 0").label("is_new"))
    outcome = dict.fromkeys(skus, Saved.UNCHANGED)
    for row in session.connection().execute(saved):
        outcome[row.sku] = Saved.CREATED if row.is_new else Saved.UPDATED
    for sku, what in outcome.items():
        if what is not Saved.UNCHANGED:
            record(session, actor=actor, deed=f"product.{what}", object_kind="product", object_id=sku)
    return outcome


def set_kit_contents(session: Session, *, kit_sku: str, parts: Mapping[str, int], actor: Actor) -> None:
    """The kit consists of exactly these parts, for orders accepted from now on.

    Raises:
        NotFoundError: the kit or a part is no product.
        InvalidInputError: it is no kit, has no parts, a quantity is out of range, a part is a service, or
            the kit would contain itself by whatever detour.
    """
    if not parts:
        raise InvalidInputError(f"Kit {kit_sku} needs at least one part.", sku=kit_sku)
    for sku, qty in parts.items():
        if not 1 <= qty <= MAX_PART_UNITS:
            raise InvalidInputError(
                f"Kit {kit_sku} cannot hold {qty} of {sku}; give 1 to {MAX_PART_UNITS}.", sku=sku
            )
    _require_kinds(session, kit_sku, parts)
    # Kits are changed one at a time, or two changes could close a circle that neither sees.
    connection = session.connection()
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('catalog.kits'))"))
    require_no_cycle(kit_sku, contents={**_all_contents(session), kit_sku: parts})
    connection.execute(sa.delete(COMPONENT).where(COMPONENT.c.kit_sku == kit_sku))
    rows = [{"kit_sku": kit_sku, "component_sku": sku, "qty": qty} for sku, qty in sorted(parts.items())]
    connection.execute(sa.insert(COMPONENT), rows)
    record(
        session,
        actor=actor,
        deed="kit.contents_set",
        object_kind="product",
        object_id=kit_sku,
        detail={"parts": dict(sorted(parts.items()))},
    )


def add_barcode(session: Session, *, code: str, sku: str, units: int, actor: Actor) -> None:
    """The code stands for that many units of the product wherever it is scanned.

    Raises:
        InvalidInputError: a barcode cannot carry the code, or it stands for less than one unit.
        NotFoundError: there is no such product.
        ConflictError: the code already names a product.
    """
    require_code_128(code, what="Barcode")
    if units < 1:
        raise InvalidInputError(f"Barcode {code} must stand for at least one unit.", code=code)
    connection = session.connection()
    if connection.execute(sa.select(PRODUCT.c.sku).where(PRODUCT.c.sku == sku)).one_or_none() is None:
        raise NotFoundError(f"There is no product {sku}.", sku=sku)
    named = connection.execute(
        sa.select(PRODUCT.c.sku).where((PRODUCT.c.sku == code) | PRODUCT.c.gtin.in_(gtin_spellings(code)))
    ).scalars()
    owner = next(iter(named), None)
    values = {"code": code, "sku": sku, "units": units}
    if owner is None:
        statement = insert(BARCODE).values(values).on_conflict_do_nothing().returning(BARCODE.c.code)
        if connection.execute(statement).one_or_none() is not None:
            record(
                session,
                actor=actor,
                deed="product.barcode_added",
                object_kind="product",
                object_id=sku,
                detail={"code": code, "units": units},
            )
            return
    raise ConflictError(
        f"Code {code} already names {owner or 'a product'}; a code has one meaning.", code=code
    )


def _row(product: NewProduct) -> dict[str, Any]:
    row = asdict(product)
    return {**row, "volumes": dict(product.volumes), "details": json.loads(json.dumps(dict(product.details)))}


def _require_free_gtins(session: Session, products: Sequence[NewProduct]) -> None:
    """No other product has one of these GTINs, however many zeros are in front."""
    owners: dict[str, str] = {}
    for product in products:
        for spelling in gtin_spellings(product.gtin or ""):
            if owners.setdefault(spelling, product.sku) != product.sku:
                raise InvalidInputError(
                    f"Products {owners[spelling]} and {product.sku} have the same GTIN {product.gtin}.",
                    gtin=product.gtin,
                )
    query = sa.select(PRODUCT.c.sku, PRODUCT.c.gtin).where(PRODUCT.c.gtin.in_(list(owners)))
    for row in session.connection().execute(query):
        if owners[row.gtin] != row.sku:
            raise ConflictError(
                f"GTIN {row.gtin} belongs to {row.sku}; {owners[row.gtin]} needs another one.",
                gtin=row.gtin,
                sku=row.sku,
            )


def _require_same_kind(session: Session, products: Sequence[NewProduct]) -> None:
    """Nothing that may have stock turns into a kit or a service, nor the other way round."""
    kinds = {product.sku: product.kind for product in products}
    query = sa.select(PRODUCT.c.sku, PRODUCT.c.kind).where(PRODUCT.c.sku.in_(list(kinds)))
    stocked = {ProductKind.GOODS, ProductKind.SALES_AID}
    for row in session.connection().execute(query):
        is_other = row.kind != kinds[row.sku] and not {row.kind, kinds[row.sku]} <= stocked
        if is_other:
            raise ConflictError(
                f"Product {row.sku} is of kind {row.kind} and cannot become {kinds[row.sku]}; take a new SKU",
                sku=row.sku,
            )


def _require_kinds(session: Session, kit_sku: str, parts: Mapping[str, int]) -> None:
    wanted = [kit_sku, *parts]
    query = sa.select(PRODUCT.c.sku, PRODUCT.c.kind).where(PRODUCT.c.sku.in_(wanted))
    kinds = {row.sku: row.kind for row in session.connection().execute(query)}
    for sku in wanted:
        if sku not in kinds:
            raise NotFoundError(f"There is no product {sku}.", sku=sku)
    if kinds[kit_sku] != ProductKind.KIT:
        raise InvalidInputError(f"Product {kit_sku} is not a kit and cannot have parts.", sku=kit_sku)
    services = [sku for sku in parts if kinds[sku] == ProductKind.SERVICE]
    if services:
        raise InvalidInputError(f"{services[0]} is a service; a kit holds goods only.", sku=services[0])


def _all_contents(session: Session) -> dict[str, dict[str, int]]:
    contents: dict[str, dict[str, int]] = {}
    for row in session.connection().execute(sa.select(COMPONENT)):
        contents.setdefault(row.kit_sku, {})[row.component_sku] = row.qty
    return contents
