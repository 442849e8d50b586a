from fulfillment.shipping.rate_shopping import Choice, Needs, Offer, choose_offer

GROUND = Offer("r1", "usps", "usps_ground_advantage", "a1", 812, "USD", 4)
PRIORITY = Offer("r2", "usps", "usps_priority", "a1", 1_140, "USD", 2)
UPS = Offer("r3", "ups", "ups_ground", "a2", 990, "USD", 3)
OFFERS = [PRIORITY, UPS, GROUND]


def needs(**given: object) -> Needs:
    plain = {"days_left": None, "has_hazard": False, "is_military_address": False, "is_po_box": False}
    return Needs(**{**plain, **given})  # type: ignore[arg-type]  # the keywords are those of Needs


def test_without_a_promise_the_cheapest_offer_is_taken() -> None:
    assert choose_offer(OFFERS, needs=needs()) == Choice(GROUND, is_late=False, ruled_out=())


def test_a_promise_pays_for_the_cheapest_service_that_keeps_it() -> None:
    assert choose_offer(OFFERS, needs=needs(days_left=3)).offer == UPS


def test_a_promise_that_nobody_keeps_takes_the_quickest_and_says_so() -> None:
    choice = choose_offer(OFFERS, needs=needs(days_left=1))

    assert (choice.offer, choice.is_late) == (PRIORITY, True)


def test_hazardous_goods_never_fly() -> None:
    choice = choose_offer(OFFERS, needs=needs(days_left=2, has_hazard=True))

    assert choice.offer == UPS
    assert choice.is_late
    assert choice.ruled_out == (("usps usps_priority", "hazardous goods travel by ground only"),)


def test_only_the_post_serves_a_post_office_box() -> None:
    assert choose_offer([UPS], needs=needs(is_po_box=True)) == Choice(
        None, is_late=False, ruled_out=(("ups ups_ground", "only the post delivers to this address"),)
    )


def test_equal_prices_go_to_the_quicker_service() -> None:
    quick = Offer("r9", "ups", "ups_ground", "a2", 812, "USD", 2)

    assert choose_offer([GROUND, quick], needs=needs()).offer == quick


def test_delivery_on_the_same_day_is_the_quickest() -> None:
    same_day = Offer("r9", "ups", "ups_ground", "a2", 812, "USD", 0)

    assert choose_offer([GROUND, same_day], needs=needs()).offer == same_day


def test_an_offer_in_the_companys_own_currency_goes_before_a_smaller_number_in_another() -> None:
    foreign = Offer("r9", "dhl", "dhl_parcel", "a3", 500, "EUR", 2)

    assert choose_offer([foreign, GROUND], needs=needs()).offer == GROUND
    assert choose_offer([foreign, GROUND], needs=needs(currency="EUR")).offer == foreign
