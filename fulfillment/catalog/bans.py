"""What may not travel: goods, by article, hazard class or category, to a place, from a warehouse."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fulfillment.catalog.kinds import HazardClass

EVERYWHERE = None
"""The warehouse of a ban that holds for all of them."""


@dataclass(frozen=True)
class Ban:
    """One rule; what is None matches everything. `reason` says in words whose rule it is and why."""

    id: uuid.UUID
    sku: str | None
    hazard_class: HazardClass | None
    category: str | None
    country: str | None
    state: str | None
    to_military: bool
    warehouse_code: str | None
    reason: str

    def reaches(self, place: "BanPlace") -> bool:
        """Whether the place is one the ban is about."""
        return (
            self.country in {None, place.country}
            and self.state in {None, place.state}
            and (place.is_military or not self.to_military)
        )

    def names(self, article: "BanArticle") -> bool:
        """Whether the article is one the ban is about."""
        return (
            self.sku in {None, article.sku}
            and self.hazard_class in {None, article.hazard_class}
            and self.category in {None, article.category}
        )


@dataclass(frozen=True)
class BanPlace:
    """Where goods go, as far as bans ask: an ISO country, the usual code of a state, the armed forces."""

    country: str
    state: str
    is_military: bool


@dataclass(frozen=True)
class BanArticle:
    """What goes, as far as bans ask."""

    sku: str
    hazard_class: HazardClass | None
    category: str


@dataclass(frozen=True)
class BanBook:
    """All bans in force."""

    bans: tuple[Ban, ...] = ()

    def on_way_to(self, place: BanPlace) -> tuple[Ban, ...]:
        """The bans about this place."""
        return tuple(ban for ban in self.bans if ban.reaches(place))


def bans_of(article: BanArticle, *, bans: Iterable[Ban]) -> list[Ban]:
    """The bans, out of those about a place, that concern this article."""
    return [ban for ban in bans if ban.names(article)]


@dataclass(frozen=True)
class Impasse:
    """Goods that leave together and that no warehouse may send: the articles and the bans that say so."""

    skus: tuple[str, ...]
    bans: tuple[Ban, ...]

    def sentence(self, *, place: str) -> str:
        """What may not go where, and by which rule."""
        reasons = "; ".join(dict.fromkeys(ban.reason.rstrip(". ") for ban in self.bans))
        return f"No warehouse may send {', '.join(self.skus)} to {place}: {reasons}."


def find_impasse(
    groups: Sequence[Collection[BanArticle]], *, bans: Sequence[Ban], warehouses: Collection[str]
) -> Impasse | None:
    """The first goods that leave together and that none of these warehouses may send, if there are any.

    With no warehouse at all nothing is an impasse of a ban's making.
    """
    for group in groups:
        hits = {article.sku: bans_of(article, bans=bans) for article in group}
        barred = {ban.warehouse_code for found in hits.values() for ban in found}
        if warehouses and (EVERYWHERE in barred or barred.issuperset(warehouses)):
            return _impasse(hits, only_everywhere=EVERYWHERE in barred)
    return None


def _impasse(hits: Mapping[str, Sequence[Ban]], *, only_everywhere: bool) -> Impasse:
    """The articles with their bans; where one ban is enough, those of single warehouses say nothing more."""
    telling = {
        sku: [ban for ban in bans if not only_everywhere or ban.warehouse_code is EVERYWHERE]
        for sku, bans in hits.items()
    }
    named = tuple(sorted(sku for sku, bans in telling.items() if bans))
    used = {ban.id: ban for sku in named for ban in telling[sku]}
    return Impasse(named, tuple(used.values()))
