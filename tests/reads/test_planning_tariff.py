from datetime import date

from sqlmodel import Session

from fulfillment.reads.planning_tariff import FLAT_ZONE, read_planning_tariff
from fulfillment.shipping.terms import DistanceBand, RateTable, add_rate_card, save_zones
from fulfillment.shipping.zone_charts import ChartedZone, save_chart
from fulfillment.store.actors import SYSTEM

TODAY = date(2026, 3, 1)
BANDS = (
    DistanceBand("post", "US", 1, 100, 1),
    DistanceBand("post", "US", 2, 20_000, 4),
    DistanceBand("van", "US", 1, 300, 2),
    DistanceBand("van", "US", 2, 20_000, 3),
)
POST = RateTable(
    "post",
    "parcel",
    "US",
    "USD",
    date(2026, 1, 1),
    "test",
    ((1, 500, 400), (2, 500, 900), (1, 5_000, 1_500), (2, 5_000, 2_500)),
)
VAN = RateTable("van", "ground", "US", "USD", date(2026, 1, 1), "test", ((1, 5_000, 800), (2, 5_000, 1_000)))


def give_tariff(session: Session, *charted: ChartedZone) -> None:
    save_zones(session, bands=BANDS, divisors=(), actor=SYSTEM)
    for table in (POST, VAN):
        add_rate_card(session, table=table, actor=SYSTEM)
    save_chart(session, zones=charted, actor=SYSTEM)


def test_each_distance_has_the_zones_of_all_carriers_and_the_cheapest_price(session: Session) -> None:
    give_tariff(session)

    tariff = read_planning_tariff(session, on=TODAY)

    assert tariff.zone_at(country="US", km=100) == ("US post 1, van 1", 1)
    assert tariff.zone_at(country="US", km=101) == ("US post 2, van 1", 2)
    assert tariff.zone_at(country="US", km=99_999) == ("US post 2, van 2", 4)
    prices = {(row.zone, row.up_to_g): row.price_minor for row in tariff.rate_rows()}
    assert prices["US post 1, van 1", 500] == 400
    assert prices["US post 1, van 1", 5_000] == 800
    assert prices["US post 2, van 1", 500] == 800
    assert prices["US post 2, van 2", 500] == 900


def test_a_carriers_own_chart_goes_before_distance_in_either_direction(session: Session) -> None:
    give_tariff(session, ChartedZone("post", "US", "432", "850", 1))

    tariff = read_planning_tariff(
        session, on=TODAY, origins=["43217", "85034"], destinations=["85034", "43217"]
    )

    for origin, destination in (("43217", "85034"), ("85034-1234", "43217")):
        zone, days = tariff.zone_at(country="US", km=2_700, origin=origin, destination=destination)
        assert (zone, days) == ("US post 1, van 2", 1)
    assert (
        tariff.zone_at(country="US", km=2_700, origin="43217", destination="10001")[0] == "US post 2, van 2"
    )
    assert "US post 1, van 2" in {row.zone for row in tariff.rate_rows()}


def test_a_charted_zone_without_a_price_leaves_the_zone_by_distance(session: Session) -> None:
    give_tariff(session, ChartedZone("post", "US", "432", "850", 9))

    tariff = read_planning_tariff(session, on=TODAY, origins=["43217"], destinations=["85034"])

    zone, _ = tariff.zone_at(country="US", km=50, origin="43217", destination="85034")
    assert zone == "US post 1, van 1"


def test_a_country_without_rate_cards_has_one_flat_zone(session: Session) -> None:
    give_tariff(session)

    tariff = read_planning_tariff(session, on=TODAY)

    assert tariff.zone_at(country="BR", km=10) == (FLAT_ZONE, 5)
