"""Goods are announced for a warehouse: every article must be one that has stock."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.queries import find_articles
from fulfillment.core.errors import InvalidInputError
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.warehouse.receiving import ExpectedUnits, OpenReceipt, expect_receipt

STOCKED = frozenset({ProductKind.GOODS, ProductKind.SALES_AID})


def expect_goods(
    session: Session,
    *,
    warehouse_code: str,
    supplier: str,
    lines: Sequence[ExpectedUnits],
    actor: Actor,
    supplier_ref: str = "",
    expected_on: date | None = None,
) -> OpenReceipt:
    """The receipt stands expected; with no lines it takes whatever comes to the dock.

    Raises:
        NotFoundError: there is no such warehouse.
        InvalidInputError: an article is not known or has no stock, or the lines are out of range.
    """
    articles = find_articles(session, skus={line.sku for line in lines})
    for line in lines:
        if line.sku not in articles:
            raise InvalidInputError(f"There is no product {line.sku}; add it first.", sku=line.sku)
        kind = articles[line.sku].kind
        if kind not in STOCKED:
            raise InvalidInputError(f"{line.sku} is a {kind} and has no stock.", sku=line.sku)
    receipt = expect_receipt(
        session,
        warehouse_code=warehouse_code,
        supplier=supplier,
        supplier_ref=supplier_ref,
        expected_on=expected_on,
        lines=lines,
        actor=actor,
    )
    record(
        session,
        actor=actor,
        deed="receipt.expected",
        object_kind="receipt",
        object_id=receipt.receipt_id,
        detail={"number": receipt.number, "lines": len(lines)},
    )
    return receipt
