"""The whole of both public data sets, when FULFILLMENT_DATA says where they are."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.import_file import import_file
from fulfillment.flows.read_import import read_input
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.queries import ImportReport, read_returns
from fulfillment.store.actors import SYSTEM
from fulfillment.store.session import InTransaction

DATA = os.environ.get("FULFILLMENT_DATA")
pytestmark = pytest.mark.skipif(
    DATA is None, reason="FULFILLMENT_DATA does not say where the real files are."
)


def run(in_transaction: InTransaction, name: str, kind: FileKind, profile: str) -> ImportReport:
    assert DATA is not None
    file = read_input(Path(DATA) / name, kind=kind, profile_name=profile)
    return import_file(
        in_transaction, file=file, kind=kind, profile_name=profile, actor=SYSTEM, policy=CompanyPolicy()
    )


def reasons(report: ImportReport) -> dict[str, tuple[str, int]]:
    return {reason.code: (reason.outcome, reason.rows) for reason in report.reasons}


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def test_olist_orders_end_as_accepted_held_or_ignored_by_rule(
    in_transaction: InTransaction, engine: Engine
) -> None:
    warehouses = run(in_transaction, "warehouses.csv", FileKind.WAREHOUSES, "olist")
    products = run(in_transaction, "olist/products.csv", FileKind.PRODUCTS, "olist")

    report = run(in_transaction, "olist/orders.csv", FileKind.ORDERS, "olist")
    again = run(in_transaction, "olist/orders.csv", FileKind.ORDERS, "olist")

    assert reasons(warehouses) == {"warehouse-created": ("accepted", 16)}
    assert reasons(products) == {"product-created": ("accepted", 3124)}
    assert reasons(report) == {
        "new-order": ("accepted", 4081),
        "payment": ("held", 2),
        "order-without-lines": ("ignored", 30),
        "cancelled-at-source": ("ignored", 15),
    }
    assert report.groups == {"total": 4000, "accepted": 3953, "held": 2, "rejected": 0, "ignored": 45}
    assert (again.is_repeat, again.rows) == (True, report.rows)
    assert count(engine, "customer_order") == 3955


def test_uci_rows_end_as_accepted_rejected_or_ignored_by_rule(
    in_transaction: InTransaction, engine: Engine
) -> None:
    products = run(in_transaction, "uci/assigned_uci_sku_dims.csv", FileKind.PRODUCTS, "uci")

    report = run(in_transaction, "uci/uci_two_weeks_raw.csv", FileKind.ORDERS, "uci")
    returns = in_transaction(lambda session: read_returns(session, run_id=report.run_id))

    assert reasons(products) == {"product-created": ("accepted", 3805), "repeated-key": ("ignored", 109)}
    assert reasons(report) == {
        "new-order": ("accepted", 17_291),
        "return-of-purchase": ("accepted", 120),
        "shipping-charge": ("accepted", 88),
        "exact-duplicate": ("ignored", 123),
        "stock-adjustment": ("ignored", 85),
        "service-line-taken-back": ("ignored", 18),
        "service-line": ("ignored", 9),
        "no-goods": ("ignored", 2),
        "return-without-purchase": ("rejected", 175),
        "return-exceeds-purchase": ("rejected", 2),
    }
    assert report.rows_total == 17_913 == sum(report.rows.values())
    assert report.groups["accepted"] == 776 == count(engine, "customer_order")
    assert report.groups["total"] + report.returns["total"] == 1_002
    assert len(returns) == 120
    assert all(parts.parts for parts in returns)
