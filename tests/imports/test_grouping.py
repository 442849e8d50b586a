from fulfillment.imports.grouping import count_orders
from fulfillment.imports.outcomes import RowFinding, RowOutcome
from tests.imports.files import csv_of, order_line, plan

SHOPIFY = (
    "Name,Email,Financial Status,Currency,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,Lineitem sku,Lineitem requires shipping,Lineitem fulfillment status,"
    "Shipping Name,Shipping Address1,Shipping City,Shipping Zip,Shipping Province,Shipping Country,"
    "Cancelled at,Payment Method"
)


def test_lines_of_one_order_are_found_wherever_they_stand() -> None:
    planned = plan(csv_of(order_line("1", 1), order_line("2", 1), order_line("1", 2, sku="S-2")))

    assert [(order.order_ref, order.line_nos) for order in planned.orders] == [("1", (2, 4)), ("2", (3,))]


def test_a_faulty_line_keeps_its_whole_order_from_being_written() -> None:
    planned = plan(csv_of(order_line("1", 1), order_line("1", 2, qty="x"), order_line("2", 1)))

    assert [order.order_ref for order in planned.orders] == ["2"]
    assert {(finding.line_no, finding.outcome, finding.code) for finding in planned.settled} == {
        (3, RowOutcome.REJECTED, "bad-qty"),
        (2, RowOutcome.REJECTED, "order-incomplete"),
    }


def test_lines_that_disagree_on_the_header_are_rejected_together() -> None:
    other = order_line("1", 2).replace("55902", "55901")

    planned = plan(csv_of(order_line("1", 1), other))

    assert planned.orders == ()
    assert [finding.code for finding in planned.settled] == ["lines-disagree", "lines-disagree"]
    assert "disagree on zip" in planned.settled[0].sentence


def test_shopify_gives_the_header_on_the_first_row_only() -> None:
    first = (
        "#1001,a@example.com,paid,USD,5.00,1.20,26.20,0.00,2026-03-01 10:00:00 -0500,2,Tea,5.00,S-1,true,,"
        "Ana,1 Main St,Rochester,'08244,NJ,US,,Shopify Payments"
    )
    second = "#1001,a@example.com,,,,,,,2026-03-01 10:00:00 -0500,1,Cup,10.00,S-2,true,,,,,,,,,"
    pending = first.replace("#1001", "#1002").replace(",paid,", ",pending,")
    cancelled = first.replace("#1001", "#1003").replace(",US,,", ",US,2026-03-02,")
    digital = first.replace("#1001", "#1004").replace(",true,", ",false,")

    planned = plan(csv_of(first, second, pending, cancelled, digital, header=SHOPIFY), profile="shopify")

    [order, held] = planned.orders
    assert (order.order_ref, order.line_nos, order.header.zip, order.header.paid) == (
        "1001",
        (2, 3),
        "08244",
        2620,
    )
    assert (order.shipping_minor, order.header.order_tax) == (500, 120)
    assert held.hold is not None
    assert held.hold[0] == "not-paid"
    assert [finding.code for finding in planned.settled] == ["cancelled-at-source", "nothing-to-ship"]


def test_uci_charges_for_shipping_belong_to_their_order_and_alone_to_nobody() -> None:
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    goods = "1,22423,Cake,2,2011-06-06 08:04:00,10.95,17850.0,United Kingdom"
    postage = "1,POST,Postage,1,2011-06-06 08:04:00,18.0,17850.0,United Kingdom"
    alone = "2,DOT,Dotcom postage,1,2011-06-06 09:00:00,11.17,,United Kingdom"

    planned = plan(csv_of(goods, postage, alone, header=header), profile="uci")

    [order] = planned.orders
    assert (order.line_nos, order.shipping_minor, order.header.member) == ((2, 3), 1800, "17850")
    [finding] = planned.settled
    assert (finding.line_no, finding.outcome, finding.code) == (4, RowOutcome.IGNORED, "no-goods")


def test_exigo_orders_bring_kind_volumes_and_tender() -> None:
    header = (
        "OrderID,OrderLine,OrderStatus,OrderType,ItemCode,Quantity,PriceEach,BusinessVolumeEach,"
        "CommissionableVolumeEach,Other1Each,CustomerID,FirstName,LastName,Address1,City,State,Zip,Country,"
        "OrderDate,Total,PaymentType"
    )
    base = "Accepted,AutoOrder,S-1,2,20.00,15.5,14,1.25,100001,Ana,Ruiz,1 Main St,Rochester,MN,55902,US"
    rest = "2026-03-01T08:00:00,40.00,CreditCard"
    declined = base.replace("Accepted", "CCDeclined")

    planned = plan(csv_of(f"7,1,{base},{rest}", f"8,1,{declined},{rest}", header=header), profile="exigo")

    [order] = planned.orders
    assert (order.header.kind, order.header.tender_kind, order.header.name) == (
        "autoship",
        "card",
        "Ana Ruiz",
    )
    assert order.lines[0].volumes == {"BV": 1550, "CV": 1400, "OTHER1": 125}
    assert [finding.code for finding in planned.settled] == ["not-paid-at-source"]


def test_orders_are_counted_by_the_best_of_their_rows() -> None:
    def finding(line_no: int, outcome: RowOutcome, order: str) -> RowFinding:
        return RowFinding(line_no, outcome, "code", "", order)

    counts = count_orders(
        [
            finding(2, RowOutcome.ACCEPTED, "1"),
            finding(3, RowOutcome.IGNORED, "1"),
            finding(4, RowOutcome.REJECTED, "2"),
            finding(5, RowOutcome.IGNORED, "3"),
            finding(6, RowOutcome.IGNORED, ""),
        ]
    )

    assert counts == {RowOutcome.ACCEPTED: 1, RowOutcome.REJECTED: 1, RowOutcome.IGNORED: 1}
