import uuid

from hypothesis import given
from hypothesis import strategies as st

from fulfillment.catalog.bans import Ban, BanArticle, BanBook, BanPlace, find_impasse
from fulfillment.catalog.kinds import HazardClass

WAREHOUSES = ("BOS", "CHI", "RNO")
HAWAII = BanPlace("US", "HI", is_military=False)
ARMY = BanPlace("US", "AE", is_military=True)


def ban(reason: str = "x", **given: object) -> Ban:
    values: dict[str, object] = {
        "sku": None,
        "hazard_class": None,
        "category": None,
        "country": None,
        "state": None,
        "to_military": False,
        "warehouse_code": None,
        **given,
    }
    return Ban(id=uuid.uuid4(), reason=reason, **values)  # type: ignore[arg-type]  # the fields of Ban


def article(sku: str, hazard: HazardClass | None = None, category: str = "") -> BanArticle:
    return BanArticle(sku, hazard, category)


def test_a_ban_reaches_its_own_places_only() -> None:
    book = BanBook((ban(country="US", state="HI"), ban(to_military=True), ban(country="CA"), ban(sku="TEA")))

    assert book.on_way_to(HAWAII) == (book.bans[0], book.bans[3])
    assert book.on_way_to(ARMY) == (book.bans[1], book.bans[3])


def test_a_hazard_class_bans_every_article_of_it() -> None:
    rule = ban(hazard_class=HazardClass.AEROSOL)

    assert rule.names(article("SPRAY", HazardClass.AEROSOL))
    assert not rule.names(article("SCENT", HazardClass.FLAMMABLE_LIQUID))
    assert not rule.names(article("TEA"))


def test_parts_that_leave_together_are_stopped_by_bans_on_different_parts() -> None:
    bans = [
        ban("Boston may not", sku="A", warehouse_code="BOS"),
        ban("Chicago may not", sku="B", warehouse_code="CHI"),
    ]

    apart = find_impasse([[article("A")], [article("B")]], bans=bans, warehouses={"BOS", "CHI"})
    together = find_impasse([[article("A"), article("B")]], bans=bans, warehouses={"BOS", "CHI"})

    assert apart is None
    assert together is not None
    assert together.sentence(place="HI, US") == (
        "No warehouse may send A, B to HI, US: Boston may not; Chicago may not."
    )


def test_where_one_ban_is_enough_only_it_is_named() -> None:
    bans = [ban("Chicago may not", sku="A", warehouse_code="CHI"), ban("Nobody may", sku="A")]

    found = find_impasse([[article("A")]], bans=bans, warehouses=WAREHOUSES)

    assert found is not None
    assert found.bans == (bans[1],)


SOME_BANS = st.lists(
    st.builds(
        ban,
        sku=st.sampled_from([None, "A", "B"]),
        category=st.just(None),
        warehouse_code=st.sampled_from([None, *WAREHOUSES]),
    ),
    max_size=5,
)


@given(bans=SOME_BANS, skus=st.lists(st.sampled_from("ABC"), min_size=1, max_size=3, unique=True))
def test_an_impasse_is_found_exactly_where_no_warehouse_may_send_all_of_it(
    bans: list[Ban], skus: list[str]
) -> None:
    group = [article(sku) for sku in skus]

    found = find_impasse([group], bans=bans, warehouses=WAREHOUSES)

    may_send = [
        code
        for code in WAREHOUSES
        if not any(b.names(each) and b.warehouse_code in {None, code} for b in bans for each in group)
    ]
    assert (found is None) == bool(may_send)
