"""What kits are made of: kits may hold kits, but never, at any depth, themselves."""

from collections.abc import Mapping

from fulfillment.core.errors import InvalidInputError

Contents = Mapping[str, Mapping[str, int]]
"""Units of each part by kit; what is not a key is no kit."""


def explode_kit(kit_sku: str, *, qty: int, contents: Contents) -> dict[str, int]:
    """Units of each article that has stock in `qty` kits, kits in kits taken apart, in order of SKU.

    Raises:
        InvalidInputError: the kit holds itself, by whatever detour.
    """
    require_no_cycle(kit_sku, contents=contents)
    units: dict[str, int] = {}
    open_parts = [(kit_sku, qty)]
    while open_parts:
        sku, count = open_parts.pop()
        if sku not in contents:
            units[sku] = units.get(sku, 0) + count
            continue
        open_parts.extend((part, count * each) for part, each in contents[sku].items())
    return dict(sorted(units.items()))


def require_no_cycle(kit_sku: str, *, contents: Contents) -> None:
    """The kit can be taken apart.

    Raises:
        InvalidInputError: it holds itself; `detail["path"]` is the way round.
    """
    path = find_cycle(kit_sku, contents=contents)
    if path:
        raise InvalidInputError(
            f"Kit {kit_sku} would contain itself: {' holds '.join(path)}. Take one of these parts out.",
            path=path,
        )


def find_cycle(kit_sku: str, *, contents: Contents) -> list[str]:
    """The SKUs of a way from the kit's parts back to one already passed; empty if there is none."""
    finished: set[str] = set()
    path = [kit_sku]
    branches = [iter(sorted(contents.get(kit_sku, {})))]
    while branches:
        part = next(branches[-1], None)
        if part is None:
            finished.add(path.pop())
            branches.pop()
        elif part in path:
            return [*path[path.index(part) :], part]
        elif part not in finished:
            path.append(part)
            branches.append(iter(sorted(contents.get(part, {}))))
    return []
