from labels.addresses import PostalAddress


def test_a_domestic_address_ends_with_city_state_and_zip() -> None:
    ada = PostalAddress(
        "Ada Park", "77 Elm Street", "Springfield", "62704", "US", "IL", "Engines Inc", "Apt. 2"
    )

    assert ada.lines() == ("Ada Park", "Engines Inc", "77 Elm Street", "Apt. 2", "Springfield, IL 62704")


def test_an_address_abroad_has_its_code_before_the_city_and_its_country_last() -> None:
    ada = PostalAddress("Ada Park", "Unter den Linden 1", "Berlin", "10117", "DE", country_name="Germany")

    assert ada.lines() == ("Ada Park", "Unter den Linden 1", "10117 Berlin", "GERMANY")
    assert ada.lines(home="DE") == ("Ada Park", "Unter den Linden 1", "10117 Berlin")


def test_parts_that_are_missing_leave_no_commas_behind() -> None:
    assert PostalAddress("Ada", "Elm 1", "", "", "US").lines() == ("Ada", "Elm 1")
    assert PostalAddress("Ada", "Elm 1", "Springfield", "", "US").lines() == ("Ada", "Elm 1", "Springfield")
    assert PostalAddress("", "Elm 1", "Lyon", "69001", "FR", "Rhône").lines() == (
        "Elm 1",
        "69001 Lyon, Rhône",
        "FR",
    )
