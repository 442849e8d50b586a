"""Whether an order holds goods that no warehouse may send to where it goes, and by which rule."""

from collections.abc import Collection, Sequence

from sqlmodel import Session

from fulfillment.catalog.ban_book import read_ban_book
from fulfillment.catalog.bans import BanPlace, find_impasse
from fulfillment.catalog.queries import find_ban_articles
from fulfillment.core.addresses import Address, is_military
from fulfillment.warehouse.queries import list_warehouses


def find_ban_problem(
    session: Session,
    *,
    ship_to: Address,
    groups: Sequence[Collection[str]],
    ships_complete: bool,
    pinned_warehouse_code: str | None,
) -> str | None:
    """A sentence that names article, destination and rule; None where some warehouse may send each group.

    A group are the SKUs that leave together: the parts of a kit, or the whole order if it ships complete.
    Closed warehouses may open again, so they count; of a pinned order only its own warehouse does.
    """
    place = BanPlace(ship_to.country, ship_to.state, is_military(ship_to))
    bans = read_ban_book(session).on_way_to(place)
    if not bans:
        return None
    found = find_ban_articles(session, skus={sku for group in groups for sku in group})
    together = [[sku for group in groups for sku in group]] if ships_complete else groups
    codes = {site.code for site in list_warehouses(session)}
    impasse = find_impasse(
        [[found[sku] for sku in group] for group in together],
        bans=bans,
        warehouses=codes if pinned_warehouse_code is None else {pinned_warehouse_code},
    )
    return impasse.sentence(place=_place_words(ship_to, place)) if impasse else None


def _place_words(ship_to: Address, place: BanPlace) -> str:
    where = ", ".join(text for text in (ship_to.city, ship_to.state, ship_to.country) if text)
    return f"the military address {where}" if place.is_military else where
