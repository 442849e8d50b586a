from fulfillment.core.ids import new_id


def test_ids_made_one_after_the_other_stand_in_that_order_and_never_repeat() -> None:
    made = [new_id() for _ in range(5_000)]

    assert made == sorted(set(made))


def test_an_id_says_that_it_is_of_version_seven() -> None:
    made = new_id()

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
