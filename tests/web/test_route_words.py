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


def test_a_rule_nobody_has_words_for_is_told_as_it_is_written() -> None:
    assert tell_why({"rule": "by_hand"}, currency="USD").sentence == "By hand"
    assert tell_why({}, currency="USD").ways == ()
