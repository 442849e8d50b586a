"""Finds every page and API module, so that adding one changes no other file."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from fulfillment.web import api, pages
from fulfillment.web.navigation import Place


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    """Every module below the package that serves something, by name."""
    for found in sorted(
        pkgutil.walk_packages(package.__path__, package.__name__ + "."), key=lambda found: found.name
    ):
        module = importlib.import_module(found.name)
        if hasattr(module, "blueprint") and module.blueprint.import_name == module.__name__:
            yield module


def page_modules() -> list[ModuleType]:
    """The modules with pages."""
    return list(_modules(pages))


def api_modules() -> list[ModuleType]:
    """The modules with API resources."""
    return list(_modules(api))


def all_places() -> list[Place]:
    """What the pages' modules want in the navigation, by rank."""
    places = [place for module in page_modules() for place in getattr(module, "NAVIGATION", ())]
    return sorted(places, key=lambda place: (place.rank, place.endpoint))
