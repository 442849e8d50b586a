import pytest

from fulfillment.core.addresses import Address
from fulfillment.core.places import distance_km, find_place, list_places, locate


def test_a_zip_has_its_town_state_and_time_zone() -> None:
    place = find_place("43217-1234")

    assert place is not None
    assert (place.city, place.state, place.time_zone) == ("Columbus", "OH", "America/New_York")


def test_unknown_zips_and_military_posts_have_no_place() -> None:
    assert find_place("00000") is None
    assert find_place("09012") is None


def test_an_address_with_only_a_zip_is_completed() -> None:
    located = locate(Address(name="Ana", street1="1 Main", zip="10001"))

    assert (located.city, located.state) == ("New York", "NY")
    assert located.latitude == pytest.approx(40.75, abs=0.05)
    assert located.longitude == pytest.approx(-74.0, abs=0.05)


def test_given_coordinates_and_foreign_addresses_are_kept() -> None:
    given = Address(name="Ana", zip="10001", latitude=1.0, longitude=2.0)
    brazil = Address(name="Ana", zip="01310-000", country="BR")

    assert (locate(given).latitude, locate(given).longitude) == (1.0, 2.0)
    assert locate(brazil) == brazil


def test_distances_are_great_circles() -> None:
    assert distance_km(40.7128, -74.0060, 34.0522, -118.2437) == pytest.approx(3936, abs=1)
    assert distance_km(10.0, 20.0, 10.0, 20.0) == 0.0
    assert distance_km(0.0, 0.0, 0.0, 180.0) == pytest.approx(20015, abs=1)


def test_listed_places_are_deliverable_and_in_order() -> None:
    places = list_places()

    assert len(places) > 29_000
    assert [place.zip for place in places] == sorted(place.zip for place in places)
