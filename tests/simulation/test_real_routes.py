"""Real orders planned beside other systems' rules, when FULFILLMENT_DATA says where they are."""

import os
from functools import partial
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.import_file import ImportedFile, import_file
from fulfillment.flows.read_import import read_input
from fulfillment.flows.route_orders import route_orders
from fulfillment.flows.route_report import RouteReport
from fulfillment.imports.outcomes import FileKind
from fulfillment.routing.peers import RULES
from fulfillment.simulation.river.day_plan import make_stock_file, read_day
from fulfillment.simulation.seeding import seed_terms
from fulfillment.store.actors import SYSTEM
from fulfillment.store.session import InTransaction, read_only

DATA = os.environ.get("FULFILLMENT_DATA")
pytestmark = pytest.mark.skipif(
    DATA is None, reason="FULFILLMENT_DATA does not say where the real files are."
)
LINES = 700


def first_lines(name: str, *, profile: str) -> ImportedFile:
    """The beginning of a real order file, with what its profile looks up beside it."""
    path = Path(DATA or "") / name
    whole = read_input(path, kind=FileKind.ORDERS, profile_name=profile)
    with path.open("rb") as file:
        return ImportedFile("orders.csv", b"".join(islice(file, LINES + 1)), whole.beside)


def plan_real(
    in_transaction: InTransaction, engine: Engine, *, orders: str, products: str, profile: str, country: str
) -> RouteReport:
    """The plan of the file's first orders over the country's warehouses, stocked with 90 % of the demand."""
    seed_terms(in_transaction, policy=CompanyPolicy())
    lines = (Path(DATA or "") / "warehouses.csv").read_bytes().splitlines(keepends=True)
    sites = [line for line in lines if line.startswith(f"{country}-".encode())]
    file = first_lines(orders, profile=profile)
    codes = {line.split(b",")[0].decode(): country for line in sites}
    stock = make_stock_file(read_day(file, profile_name=profile), warehouses=codes, stock_share=0.9, seed=1)
    goods = read_input(Path(DATA or "") / products, kind=FileKind.PRODUCTS, profile_name=profile)
    for kind, name, content in (
        (FileKind.WAREHOUSES, "olist", ImportedFile("w.csv", b"".join([lines[0], *sites]))),
        (FileKind.PRODUCTS, profile, goods),
        (FileKind.STOCK, "generic", ImportedFile("stock.csv", stock)),
        (FileKind.ORDERS, profile, file),
    ):
        import_file(
            in_transaction, file=content, kind=kind, profile_name=name, actor=SYSTEM, policy=CompanyPolicy()
        )
    return route_orders(
        in_transaction,
        partial(read_only, engine),
        trigger="test",
        actor=SYSTEM,
        time_limit_s=60,
        is_dry_run=True,
        has_peers=True,
    )


def test_no_rule_plans_olist_orders_cheaper(in_transaction: InTransaction, engine: Engine) -> None:
    report = plan_real(
        in_transaction,
        engine,
        orders="olist/orders.csv",
        products="olist/products.csv",
        profile="olist",
        country="BR",
    )

    assert report.orders > 600
    assert report.after.cost_per_parcel > 0
    assert report.after.unfilled_share < 0.2
    assert report.peers.keys() == set(RULES)
    assert min(figures["cost_ratio"] for figures in report.peers.values()) >= 1.0


def test_no_rule_plans_uci_orders_cheaper(in_transaction: InTransaction, engine: Engine) -> None:
    report = plan_real(
        in_transaction,
        engine,
        orders="uci/uci_two_weeks_raw.csv",
        products="uci/assigned_uci_sku_dims.csv",
        profile="uci",
        country="US",
    )

    assert report.orders > 20
    assert report.after.unfilled_share < 0.3
    assert min(figures["cost_ratio"] for figures in report.peers.values()) >= 1.0
