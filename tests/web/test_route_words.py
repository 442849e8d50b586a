from fulfillment.web.route_words import tell_why


def way(*places: str, cost: int, is_chosen: bool = False, against: dict[str, object] | None = None) -> object:
    return {
        "warehouses": list(places),
        "cost_minor": cost,
        "is_chosen": is_chosen,
        "ruled_out_by": [against] if against else [],
    }


def test_each_way_says_what_speaks_against_it() -> None:
    claimed = {"reason": "claimed", "warehouse": "RNO", "sku": "TEA", "left": 2}
    reasons = {
        "rule": "planned",
        "alternatives": [
            way("CHI", cost=900, is_chosen=True),
            way("CHI", "RNO", cost=1250),
            way("RNO", cost=800, against=claimed),
        ],
    }

    why = tell_why(reasons, currency="USD")

    assert [(each.places, each.cost, each.is_chosen, each.against) for each in why.ways] == [
        ("CHI", "$9.00", True, ""),
        ("CHI + RNO", "$12.50", False, "$3.50 dearer"),
        ("RNO", "$8.00", False, "RNO: 2 of TEA left, other orders need it more"),
    ]


def ruled_out(**ruling: object) -> str:
    given = {"sku": "TEA", "warehouse": "RNO", **ruling}
    reasons = {"alternatives": [way("CHI", cost=900, is_chosen=True), way("RNO", cost=800, against=given)]}
    return tell_why(reasons, currency="USD").ways[1].against


def test_every_row_that_rules_a_way_out_has_words() -> None:
    assert ruled_out(reason="short", needed=3, left=2) == "RNO has 2 of TEA free, 3 are needed"
    assert ruled_out(reason="short", needed=3, left=1, available=2) == "RNO has 2 of TEA free, 3 are needed"
    assert ruled_out(reason="short", needed=3, left=2, shelf_class=1) == (
        "RNO has 2 of TEA that keep long enough, 3 are needed"
    )
    assert ruled_out(reason="barred", bar=2) == "RNO is closed"
    assert ruled_out(reason="barred", bar=3) == "the order may leave from another warehouse only"
    assert ruled_out(reason="barred", bar=4) == "RNO may not send TEA there"
    assert ruled_out(reason="dearer", price_minor=120) == (
        "TEA is scarce at RNO: one is worth $1.20 to other orders"
    )
    assert ruled_out(reason="dearer", sku=None, price_minor=50.4) == (
        "parcels of RNO are scarce: one is worth $0.50 to other orders"
    )
    assert ruled_out(reason="capacity") == "RNO is full for the day"
    assert ruled_out(reason="by_hand") == "by_hand"


def test_what_is_scarce_is_told_with_what_the_order_takes_of_it() -> None:
    price = {"warehouse": "CHI", "sku": "TEA", "shelf_class": 0, "units": 2, "price_minor": 120}
    parcels = {"warehouse": "CHI", "sku": None, "shelf_class": 0, "units": 1, "price_minor": 30}
    reasons = {"rule": "cheapest_now", "prices": [price, parcels]}

    why = tell_why(reasons, currency="USD")

    assert why.sentence.endswith("counting what scarce stock is worth to other orders.")
    assert why.paid == (
        "It takes 2 of TEA at CHI, where one is worth $1.20 to other orders.",
        "Parcels of CHI are scarce: one is worth $0.30 to other orders.",
    )


def test_what_waits_is_told_as_waiting() -> None:
    assert tell_why({"rule": "planned"}, currency="USD", waits=True).sentence == (
        "The planner found no better way for all waiting orders than to let this part wait."
    )
    assert tell_why({"rule": "out_of_stock", "prices": [{}]}, currency="USD", waits=True).paid == ()


def test_a_rule_nobody_has_words_for_is_told_as_it_is_written() -> None:
    assert tell_why({"rule": "by_hand"}, currency="USD").sentence == "By hand"
    assert tell_why({}, currency="USD").ways == ()
