"""Plain rows become a problem, and a faulty row is named."""

from dataclasses import replace

import pytest

from fulfillment.core.errors import InvalidInputError
from fulfillment.routing import (
    BanRow,
    Bar,
    LineRow,
    OrderRow,
    Problem,
    ProductRow,
    RateRow,
    StockRow,
    Terms,
    WarehouseRow,
    ZoneRow,
    build_problem,
    plan,
)

PRODUCTS = (
    ProductRow("TEA", weight_g=200),
    ProductRow("CUP", weight_g=400),
    ProductRow("KIT", weight_g=1_000, components=(("TEA", 3), ("CUP", 1))),
)
WAREHOUSES = (WarehouseRow("RENO", handling_minor=30), WarehouseRow("OHIO", pack_minor=50))
STOCK = (
    StockRow("RENO", "TEA", 5),
    StockRow("RENO", "TEA", 2, shelf_class=1),
    StockRow("OHIO", "TEA", 4, kept_back=1),
    StockRow("OHIO", "CUP", 9),
)
ZONES = (ZoneRow("893", "RENO", "2", 1), ZoneRow("893", "OHIO", "8", 5))
RATES = (
    RateRow("2", 500, 800),
    RateRow("2", 1_000, 900),
    RateRow("8", 500, 1_100),
    RateRow("8", 1_000, 1_600),
)
ORDER = OrderRow("A1", "893", (LineRow("TEA", 2), LineRow("KIT", 1)))


def built(
    *orders: OrderRow,
    products: tuple[ProductRow, ...] = PRODUCTS,
    stock: tuple[StockRow, ...] = STOCK,
    zones: tuple[ZoneRow, ...] = ZONES,
    rates: tuple[RateRow, ...] = RATES,
    bans: tuple[BanRow, ...] = (),
    terms: Terms | None = None,
) -> Problem:
    return build_problem(
        orders,
        products=products,
        warehouses=WAREHOUSES,
        stock=stock,
        zones=zones,
        rates=rates,
        bans=bans,
        terms=terms,
    )


def test_stock_is_counted_from_each_shelf_life_class_upward() -> None:
    problem = built(ORDER)

    assert problem.skus == ("TEA", "CUP")
    assert problem.stock.tolist() == [[[7, 4], [0, 9]], [[2, 0], [0, 0]]]
    assert problem.available[0].tolist() == [[7, 3], [0, 9]]


def test_a_kit_is_one_group_of_its_parts() -> None:
    problem = built(ORDER)

    assert problem.item_start.tolist() == [0, 1, 3]
    assert problem.item_sku.tolist() == [0, 0, 1]
    assert problem.item_qty.tolist() == [2, 3, 1]
    assert problem.weight_g.tolist() == [400, 1_000]


def test_a_kit_leaves_from_the_one_warehouse_that_has_all_its_parts() -> None:
    problem = built(ORDER)

    found = plan(problem)

    # The tea alone is 800 + 2 * 30 from Reno; the kit 1,600 + 50 from Ohio; the second parcel 200.
    assert [(parcel.warehouse, parcel.lines) for parcel in found.parcels(problem, "A1")] == [
        ("RENO", ((0, 2),)),
        ("OHIO", ((1, 1),)),
    ]
    assert found.cost_minor == 800 + 60 + 1_600 + 50 + 200
    assert found.gap == 0


def test_a_line_above_every_single_stock_is_cut_along_the_largest() -> None:
    terms = Terms(unfilled_minor=5_000, unfilled_unit_minor=1_000)
    problem = built(OrderRow("A1", "893", (LineRow("TEA", 12),)), terms=terms)

    found = plan(problem)

    assert problem.line_share.tolist() == [7, 3, 2]
    assert problem.unfilled_minor.sum() == 5_000 + 12 * 1_000
    assert [(entry.line, entry.qty, entry.reason) for entry in found.backlog] == [(0, 2, "short")]


def test_pins_bans_and_missing_zones_bar_a_warehouse() -> None:
    pinned = replace(ORDER, pinned_warehouse="OHIO")
    forbidden = replace(ORDER, id="A2", forbidden_warehouses=("RENO",))
    hazard = BanRow(warehouse="OHIO", sku="CUP", destination="893")

    problem = built(pinned, forbidden, bans=(hazard,))

    assert problem.bar.tolist() == [
        [Bar.PINNED, Bar.OPEN],
        [Bar.PINNED, Bar.BANNED],
        [Bar.BANNED, Bar.OPEN],
        [Bar.BANNED, Bar.BANNED],
    ]
    assert built(ORDER, zones=ZONES[:1]).bar.tolist() == [[Bar.OPEN, Bar.NO_ZONE]] * 2


def test_priority_weighs_the_penalty_of_what_stays() -> None:
    problem = build_problem(
        [replace(ORDER, priority=2)],
        products=PRODUCTS,
        warehouses=WAREHOUSES,
        stock=STOCK,
        zones=ZONES,
        rates=RATES,
        terms=Terms(unfilled_minor=1_000, unfilled_unit_minor=100, priority_weight=1),
    )

    assert problem.unfilled_minor.tolist() == [3 * (1_000 + 200), 3 * (1_000 + 100)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"stock": (StockRow("RENO", "TEA", -2),)}, r"Stock row 1 \(warehouse RENO, SKU TEA\).*-2"),
        ({"stock": (StockRow("RENO", "TEA", float("nan")),)}, "Stock row 1 .*nan"),  # type: ignore[arg-type]
        ({"stock": (StockRow("MARS", "TEA", 1),)}, "Stock row 1 .*'MARS' is not known"),
        ({"zones": (ZoneRow("893", "RENO", "99"),)}, r"Zone row 1 \(RENO to 893\).*'99' has no rate"),
        ({"rates": (RateRow("2", 500, -1), *RATES)}, "Rate row 1: the price is -1"),
        ({"products": (ProductRow("TEA", weight_g=0), *PRODUCTS[1:])}, "Product TEA: the weight is 0"),
        (
            {
                "products": (
                    *PRODUCTS[:2],
                    ProductRow("KIT", 9, components=(("BOX", 1),)),
                    ProductRow("BOX", 9, components=(("KIT", 1),)),
                )
            },
            "Product KIT: the kit contains itself",
        ),
        (
            {"products": (*PRODUCTS[:2], ProductRow("KIT", 9, components=(("KIT", 1),)))},
            r"Product KIT: the kit contains itself \(KIT → KIT\). Take KIT out of the components of KIT",
        ),
        (
            {"products": (*PRODUCTS[:2], ProductRow("KIT", 9, components=(("SOAP", 1),)))},
            "Product KIT: component 'SOAP' is not known. Add it",
        ),
        ({"products": (*PRODUCTS, PRODUCTS[0])}, r"Product TEA: it is given twice \(rows 1 and 4\)"),
        ({"stock": (StockRow("RENO", "SOAP", 1),)}, "Stock row 1 .*stocked SKU 'SOAP' is not known"),
        ({"stock": (StockRow("RENO", "TEA", float("inf")),)}, "Stock row 1 .*inf, not a whole"),  # type: ignore[arg-type]
        ({"products": (ProductRow("TEA", float("nan")), *PRODUCTS[1:])}, "Product TEA: the weight is nan"),  # type: ignore[arg-type]
        ({"bans": (BanRow(sku="SOAP"),)}, "Ban row 1: SKU 'SOAP' is not known"),
    ],
)
def test_a_faulty_row_is_named(wrong: dict[str, tuple[object, ...]], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        built(ORDER, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (replace(ORDER, lines=()), "Order A1: it has no line"),
        (replace(ORDER, lines=(LineRow("TEA", 0),)), "Order A1, line 1: the quantity is 0"),
        (replace(ORDER, lines=(LineRow("SOAP", 1),)), "Order A1, line 1: SKU 'SOAP' is not known"),
        (replace(ORDER, destination="000"), "Order A1: destination '000' is not known"),
        (replace(ORDER, pinned_warehouse="MARS"), "Order A1: pinned warehouse 'MARS' is not known"),
        (replace(ORDER, priority=-1), "Order A1: priority is -1"),
    ],
)
def test_a_faulty_order_is_named(order: OrderRow, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        built(order)


def test_an_order_given_twice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"Order A1: it is given twice \(rows 1 and 2\)"):
        built(ORDER, ORDER)
