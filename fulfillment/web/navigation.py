"""The navigation: each desk names its places, and a viewer sees those that her role opens."""

from dataclasses import dataclass

from flask import request, url_for

from fulfillment.accounts.roles import Permission, Role
from fulfillment.accounts.viewers import Viewer


@dataclass(frozen=True)
class Place:
    """One entry of the navigation. `home_for` names the roles that `/` brings here."""

    label: str
    endpoint: str
    permission: Permission
    rank: int = 50
    home_for: frozenset[Role] = frozenset()

    @property
    def url(self) -> str:
        """Where it leads."""
        return url_for(self.endpoint)

    @property
    def is_here(self) -> bool:
        """Whether the page shown belongs to it."""
        return (request.blueprint or "") == self.endpoint.rpartition(".")[0]


def places_for(viewer: Viewer | None, places: list[Place]) -> list[Place]:
    """What this viewer may open, in order."""
    return [place for place in places if viewer is not None and viewer.may(place.permission)]


def home_of(viewer: Viewer, places: list[Place]) -> Place | None:
    """The desk this viewer works at."""
    homes = [place for place in places_for(viewer, places) if viewer.role in place.home_for]
    return homes[0] if homes else None
