"""Which cartons an order's goods go in: no carton that the goods do not really fit.

Volume alone picks a carton that is physically impossible for every second order; so items are placed one by
one at extreme points (Crainic, Perboli and Tadei, INFORMS J. on Computing 20(3), 2008), in several orders
and rotations, and the smallest carton in which a placement is found is taken.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from fulfillment.core.errors import InvalidInputError

POINTS_LIMIT = 24
"""Above so many units extreme points, cubic in the units, give way to shelves, which are linear."""

WINDOW = 400
"""Units looked at for one carton, the largest first; trying all of thousands would take minutes."""

ASSUMED_MM3_PER_G = 4_000
"""Volume of a gram of goods nobody has measured: a quarter of the density of water, as parcels mostly are."""

Size = tuple[int, int, int]
"""Length, width and height in millimetres."""


@dataclass(frozen=True)
class Item:
    """One unit to pack. `key` is the caller's own, and units may share it.

    Hazardous goods never share a parcel with others.
    """

    key: int
    size: Size
    weight_g: int
    has_hazard: bool = False


@dataclass(frozen=True)
class Box:
    """A carton: inner size, own weight, and the heaviest contents it bears."""

    code: str
    size: Size
    weight_g: int
    max_weight_g: int


@dataclass(frozen=True)
class PackedBox:
    """A carton with what goes in it. A box of code None is the unit's own packaging."""

    code: str | None
    size: Size
    weight_g: int
    items: tuple[Item, ...]


def pack_items(items: Sequence[Item], *, boxes: Sequence[Box]) -> list[PackedBox]:
    """Every item is in exactly one carton that it fits; few cartons first, then small ones.

    A unit too large or too heavy for every carton travels in its own packaging.

    Raises:
        InvalidInputError: an item has no size or no weight.
    """
    for item in items:
        if min(item.size) <= 0 or item.weight_g <= 0:
            raise InvalidInputError(f"Item {item.key} has no size or weight; measure it before packing.")
    by_size = sorted(boxes, key=lambda box: (_volume(box.size), box.code))
    packed: list[PackedBox] = []
    for has_hazard in (False, True):
        remaining = sorted(
            (item for item in items if item.has_hazard is has_hazard),
            key=lambda item: (-_volume(item.size), item.key),
        )
        while remaining:
            box = _next_box(remaining[:WINDOW], by_size)
            packed.append(box)
            remaining = _without(remaining, box.items)
    return packed


def assume_size(weight_g: int) -> Size:
    """The cube that goods of this weight and ordinary density would fill."""
    side = max(1, round((max(1, weight_g) * ASSUMED_MM3_PER_G) ** (1 / 3)))
    return side, side, side


def fits(items: Sequence[Item], *, size: Size) -> bool:
    """Whether a placement of all items inside a carton of this inner size was found."""
    if sum(_volume(item.size) for item in items) > _volume(size):
        return False
    if len(items) > POINTS_LIMIT:
        return len(_shelve(items, Box("", size, 0, sum(item.weight_g for item in items)))) == len(items)
    return any(_place_all(order, size) for order in _orders(items))


def _without(items: Sequence[Item], taken: Sequence[Item]) -> list[Item]:
    """The items less those taken, counted: several units may be equal."""
    gone = Counter(taken)
    rest: list[Item] = []
    for item in items:
        if gone[item]:
            gone[item] -= 1
        else:
            rest.append(item)
    return rest


def _next_box(items: Sequence[Item], boxes: Sequence[Box]) -> PackedBox:
    """The smallest carton for all of it, else the carton that takes most of it."""
    weight_g = sum(item.weight_g for item in items)
    for box in boxes:
        if weight_g <= box.max_weight_g and fits(items, size=box.size):
            return PackedBox(box.code, box.size, weight_g + box.weight_g, tuple(items))
    fillings = [(_fill(items, box), box) for box in boxes]
    filling = max((filling for filling, _ in fillings), key=_filled_volume, default=[])
    if not filling:
        item = items[0]
        return PackedBox(None, item.size, item.weight_g, (item,))
    for smaller in boxes:
        held_g = sum(item.weight_g for item in filling)
        if held_g <= smaller.max_weight_g and fits(filling, size=smaller.size):
            return PackedBox(smaller.code, smaller.size, held_g + smaller.weight_g, tuple(filling))
    raise AssertionError("the carton that was filled is one of the cartons")


def _fill(items: Sequence[Item], box: Box) -> list[Item]:
    """Items that go in one carton together, the largest first; a size that did not fit is not tried again."""
    if len(items) > POINTS_LIMIT:
        return _shelve(items, box)
    filling: list[Item] = []
    refused: set[Size] = set()
    weight_g = 0
    for item in items:
        if item.size in refused or weight_g + item.weight_g > box.max_weight_g:
            continue
        if fits([*filling, item], size=box.size):
            filling.append(item)
            weight_g += item.weight_g
        else:
            refused.add(item.size)
    return filling


def _filled_volume(items: Sequence[Item]) -> int:
    return sum(_volume(item.size) for item in items)


def _orders(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The orders in which items are tried: by volume, longest side, base area and height, largest first."""
    yield sorted(items, key=lambda item: -_volume(item.size))
    yield sorted(items, key=lambda item: -max(item.size))
    yield sorted(items, key=lambda item: -sorted(item.size)[1] * max(item.size))
    yield sorted(items, key=lambda item: -min(item.size))


def _place_all(items: Sequence[Item], carton: Size) -> bool:
    """Whether items, in this order, each find an extreme point where they fit without overlap."""
    points: list[Size] = [(0, 0, 0)]
    placed: list[tuple[Size, Size]] = []
    for item in items:
        spot = _find_spot(item.size, points, placed, carton)
        if spot is None:
            return False
        point, size = spot
        placed.append(spot)
        points.remove(point)
        x, y, z = point
        points.extend([(x + size[0], y, z), (x, y + size[1], z), (x, y, z + size[2])])
        points.sort(key=lambda p: (p[2], p[1], p[0]))
    return True


def _find_spot(
    size: Size, points: Sequence[Size], placed: Sequence[tuple[Size, Size]], carton: Size
) -> tuple[Size, Size] | None:
    for point in points:
        for turned in sorted(set(permutations(size)), key=lambda s: s[2]):
            inside = all(point[axis] + turned[axis] <= carton[axis] for axis in range(3))
            if inside and not any(_overlap(point, turned, *other) for other in placed):
                return point, (turned[0], turned[1], turned[2])
    return None


def _shelve(items: Sequence[Item], box: Box) -> list[Item]:
    """Units laid flat in rows, rows in layers, the highest first: what is placed surely fits."""
    length, width, height = sorted(box.size, reverse=True)
    shelved: list[Item] = []
    x = y = z = row_width = layer_height = weight_g = 0
    for item in sorted(items, key=lambda item: (-min(item.size), -_volume(item.size), item.key)):
        item_length, item_width, item_height = sorted(item.size, reverse=True)
        if item_length > length or item_width > width or weight_g + item.weight_g > box.max_weight_g:
            continue
        if x + item_length > length:
            x, y, row_width = 0, y + row_width, 0
        if y + item_width > width:
            x, y, z, row_width, layer_height = 0, 0, z + layer_height, 0, 0
        if z + item_height > height:
            break
        shelved.append(item)
        x += item_length
        row_width = max(row_width, item_width)
        layer_height = max(layer_height, item_height)
        weight_g += item.weight_g
    return shelved


def _overlap(point: Size, size: Sequence[int], other_point: Size, other_size: Size) -> bool:
    return all(
        point[axis] < other_point[axis] + other_size[axis] and other_point[axis] < point[axis] + size[axis]
        for axis in range(3)
    )


def _volume(size: Size) -> int:
    return size[0] * size[1] * size[2]
