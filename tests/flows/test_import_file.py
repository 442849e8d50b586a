from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.import_file import ImportedFile, import_file
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.queries import ImportReport, Reason, list_runs, read_returns, read_rows
from fulfillment.store.actors import SYSTEM
from fulfillment.store.session import InTransaction
from tests.imports.files import csv_of, order_line

PRODUCTS = csv_of(
    "S-1,Tea,100,50,50,50,10.00", "S-2,Cup,300,90,90,90,5.00",
    header="sku,name,weight_g,length_mm,width_mm,height_mm,price",
)  # fmt: skip
WAREHOUSES = csv_of(
    "US-CMH,1 Dock Rd,Columbus,OH,43217,39.8,-82.9,America/New_York",
    header="code,street1,city,state,zip,lat,lon,tz",
)


class Importer:
    """Imports small files and remembers nothing."""

    def __init__(self, in_transaction: InTransaction) -> None:
        self.in_transaction = in_transaction

    def run(
        self,
        content: bytes,
        kind: FileKind = FileKind.ORDERS,
        *,
        profile: str = "generic",
        beside: Mapping[str, bytes] | None = None,
        retry_rejected: bool = False,
    ) -> ImportReport:
        return import_file(
            self.in_transaction,
            file=ImportedFile("file.csv", content, beside or {}),
            kind=kind,
            profile_name=profile,
            actor=SYSTEM,
            policy=CompanyPolicy(),
            retry_rejected=retry_rejected,
        )


@pytest.fixture
def importer(in_transaction: InTransaction) -> Importer:
    importer = Importer(in_transaction)
    importer.run(PRODUCTS, FileKind.PRODUCTS)
    importer.run(WAREHOUSES, FileKind.WAREHOUSES)
    return importer


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def codes(report: ImportReport) -> dict[str, int]:
    return {reason.code: reason.rows for reason in report.reasons}


def test_every_row_has_one_outcome_and_good_orders_are_written(importer: Importer, engine: Engine) -> None:
    content = csv_of(
        order_line("1", 1, paid="15.00"),
        order_line("2", 1, paid="9.00"),
        order_line("3", 1, sku="S-9"),
        order_line("4", 1, qty="x"),
        ",,,,,,,,,,",
    )

    report = importer.run(content)

    assert report.rows == {"accepted": 1, "held": 1, "rejected": 2, "ignored": 1}
    assert report.groups == {"total": 4, "accepted": 1, "held": 1, "rejected": 2, "ignored": 0}
    assert report.reasons == (
        Reason("accepted", "new-order", 1, (2,), ""),
        Reason("held", "payment", 1, (3,), report.reasons[1].example),
        Reason("ignored", "blank-row", 1, (6,), "The row is blank."),
        Reason("rejected", "bad-qty", 1, (5,), "qty is 'x', which is not a whole number."),
        Reason("rejected", "unknown-sku", 1, (4,), report.reasons[4].example),
    )
    assert "S-9" in report.reasons[4].example
    assert count(engine, "customer_order") == 2
    assert count(engine, "import_row") == 2 + 1 + 5


def test_the_same_file_again_changes_nothing_and_says_so(importer: Importer, engine: Engine) -> None:
    content = csv_of(order_line("1", 1), order_line("2", 1, qty="x"))
    first = importer.run(content)

    second = importer.run(content)

    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert (second.run_id, second.rows, second.reasons) == (first.run_id, first.rows, first.reasons)
    assert count(engine, "customer_order") == 1
    assert count(engine, "import_run") == 3


def test_an_order_another_file_brought_is_not_written_twice(importer: Importer, engine: Engine) -> None:
    importer.run(csv_of(order_line("1", 1)))

    report = importer.run(csv_of(order_line("1", 1), order_line("2", 1)))

    assert codes(report) == {"new-order": 1, "already-imported": 1}
    assert count(engine, "customer_order") == 2


def test_rejected_rows_are_tried_again_on_demand_after_their_cause_is_gone(
    importer: Importer, engine: Engine
) -> None:
    content = csv_of(order_line("1", 1), order_line("2", 1, sku="S-3"))
    importer.run(content)
    importer.run(PRODUCTS.replace(b"S-2", b"S-3"), FileKind.PRODUCTS)

    report = importer.run(content, retry_rejected=True)

    assert codes(report) == {"new-order": 2}
    assert report.state == "done"
    assert count(engine, "customer_order") == 2


def test_an_order_of_an_unknown_member_is_rejected_or_a_guest_s_as_the_profile_says(
    importer: Importer,
) -> None:
    header = "order_ref,sku,qty,unit_price,member,name,street1,city,state,zip,paid"
    line = "1,S-1,1,10.00,D9,Ana,1 Main St,Rochester,MN,55902,10.00"

    report = importer.run(csv_of(line, header=header))

    [reason] = report.reasons
    assert (reason.outcome, reason.code) == ("rejected", "not-found")
    assert "D9" in reason.example


def test_discount_tax_and_shipping_of_an_order_are_shared_by_price(
    importer: Importer, engine: Engine
) -> None:
    header = (
        "order_ref,line_ref,sku,qty,unit_price,order_discount,order_tax,order_shipping,freight,paid,"
        "name,street1,city,state,zip"
    )
    home = "Ana,1 Main St,Rochester,MN,55902"
    lines = (
        f"1,1,S-1,2,10.00,3.00,1.01,5.00,1.00,29.01,{home}",
        f"1,2,S-2,1,5.00,3.00,1.01,5.00,0,29.01,{home}",
    )

    report = importer.run(csv_of(*lines, header=header))

    assert codes(report) == {"new-order": 2}
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT sku, net_paid_minor, tax_minor FROM order_line ORDER BY line_no")
        ).all()
        order = connection.execute(
            sa.text("SELECT goods_minor, shipping_minor, tax_minor, total_minor FROM customer_order")
        ).one()
    assert [tuple(row) for row in rows] == [("S-1", 1760, 81), ("S-2", 440, 20)]
    assert tuple(order) == (2200, 600, 101, 2901)


def test_uci_returns_find_their_purchases_and_keep_them(importer: Importer) -> None:
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    lines = (
        "1,s-1,Tea,3,2011-06-06 08:04:00,10.0,17850.0,United Kingdom",
        "C2,S-1,Tea,-2,2011-06-08 08:04:00,10.0,17850.0,United Kingdom",
        "C3,S-2,Cup,-1,2011-06-08 08:04:00,5.0,17850.0,United Kingdom",
        "4,S-9,Lost,1,2011-06-07 08:04:00,5.0,17850.0,United Kingdom",
        "C5,S-9,Lost,-1,2011-06-08 08:04:00,5.0,17850.0,United Kingdom",
    )
    zips = {"assigned_two_weeks_us_zip.csv": b"InvoiceNo,zip\n1,10001\n4,10001\n"}

    report = importer.run(csv_of(*lines, header=header), profile="uci", beside=zips)

    assert codes(report) == {
        "new-order": 1,
        "return-of-purchase": 1,
        "unknown-sku": 1,
        "purchase-not-written": 1,
        "return-without-purchase": 1,
    }
    assert report.returns == {"total": 3, "accepted": 1, "held": 0, "rejected": 2, "ignored": 0}
    [returned] = importer.in_transaction(lambda session: read_returns(session, run_id=report.run_id))
    assert (returned.line_no, returned.return_ref, returned.parts) == (3, "C2", (("1", "S-1", 2),))
    assert returned.requested_at == "2011-06-08T07:04:00+00:00"


def test_stock_is_added_to_bins_once_with_its_lot(importer: Importer, engine: Engine) -> None:
    content = csv_of(
        "US-CMH,S-1,10,A-1,L1,2027-01-01",
        "US-CMH,S-1,5,A-1,L2,2027-02-01",
        "US-CMH,S-2,7,,,",
        "US-CMH,S-2,0,A-9,,",
        "US-XXX,S-2,7,,,",
        "US-CMH,S-9,7,,,",
        "US-CMH,S-1,-1,A-2,,",
        header="warehouse,sku,qty,bin,lot,expires_on",
    )

    report = importer.run(content, FileKind.STOCK)
    importer.run(content, FileKind.STOCK)

    assert codes(report) == {
        "stock-added": 3, "no-units": 1, "not-found": 1, "unknown-sku": 1, "negative-stock": 1
    }  # fmt: skip
    with engine.connect() as connection:
        sellable = connection.execute(sa.text("SELECT sku, sellable FROM availability ORDER BY sku")).all()
    assert [tuple(row) for row in sellable] == [("S-1", 15), ("S-2", 7)]
    assert count(engine, "movement") == 3


def test_members_are_written_uplines_first_and_circles_are_rejected(
    importer: Importer, engine: Engine
) -> None:
    content = csv_of(
        "D3,Cho,D2,2026-01-03",
        "D2,Ben,D1,2026-01-02",
        "D1,Ana,,2026-01-01",
        "D4,Dan,D5,2026-01-01",
        "D5,Eve,D4,2026-01-01",
        "D6,Fay,D99,2026-01-01",
        header="number,name,sponsor,joined_on",
    )

    report = importer.run(content, FileKind.DISTRIBUTORS)

    assert codes(report) == {"member-joined": 3, "sponsor-circle": 2, "not-found": 1}
    with engine.connect() as connection:
        tree = connection.execute(
            sa.text(
                "SELECT m.number, s.number FROM member m LEFT JOIN member s ON s.id = m.sponsor_id ORDER BY 1"
            )
        ).all()
    assert [tuple(row) for row in tree] == [("D1", None), ("D2", "D1"), ("D3", "D2")]


def test_products_are_made_changed_or_left_alone(importer: Importer) -> None:
    content = csv_of(
        "S-1,Tea,100,50,50,50,10.00,", "S-2,Cup,310,90,90,90,5.00,",
        "S-4,Pot,900,200,90,90,25.00,4006381333931",
        "S-5,Lid,90,50,50,50,5.00,4006381333931",
        header="sku,name,weight_g,length_mm,width_mm,height_mm,price,gtin",
    )  # fmt: skip

    report = importer.run(content, FileKind.PRODUCTS)

    assert codes(report) == {
        "product-unchanged": 1, "product-updated": 1, "product-created": 1, "conflict": 1
    }  # fmt: skip


def test_a_file_that_cannot_be_read_leaves_no_run_behind(importer: Importer, engine: Engine) -> None:
    with pytest.raises(InvalidInputError, match="no column"):
        importer.run(b"a,b\n1,2\n")

    assert count(engine, "import_run") == 2


def test_runs_and_their_rows_can_be_listed(importer: Importer) -> None:
    report = importer.run(csv_of(order_line("1", 1), order_line("2", 1, qty="x")))

    runs = importer.in_transaction(list_runs)
    rows = importer.in_transaction(lambda session: read_rows(session, run_id=report.run_id))

    assert [run.kind for run in runs] == ["orders", "warehouses", "products"]
    assert [(row.line_no, row.outcome, row.object_kind) for row in rows] == [
        (2, "accepted", "order"),
        (3, "rejected", ""),
    ]


def test_two_imports_of_one_file_at_once_write_each_order_once(importer: Importer, engine: Engine) -> None:
    content = csv_of(*(order_line(str(number), 1) for number in range(80)))

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: importer.run(content), range(2)))

    assert [report.rows["accepted"] for report in reports] == [80, 80]
    assert count(engine, "customer_order") == 80


def test_a_zone_chart_is_imported_and_a_newer_file_changes_its_pairs(
    importer: Importer, engine: Engine
) -> None:
    chart = csv_of("5,12,2", "432,850,8", header="origin_zip,dest_zip,zone")
    newer = csv_of("432,850,7", "432,850,6", "432,85001,6", "432,851,0", header="origin_zip,dest_zip,zone")

    first = importer.run(chart, FileKind.ZONES, profile="usps")
    second = importer.run(newer, FileKind.ZONES, profile="usps")

    assert first.rows == {"accepted": 2, "held": 0, "rejected": 0, "ignored": 0}
    assert {reason.code for reason in second.reasons} == {
        "zone-charted", "repeated-key", "bad-area", "bad-zone"
    }  # fmt: skip
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT carrier, country, origin_area, destination_area, zone FROM zone_pair ORDER BY 3")
        )
        assert [tuple(row) for row in rows] == [
            ("usps", "US", "005", "012", 2),
            ("usps", "US", "432", "850", 7),
        ]
