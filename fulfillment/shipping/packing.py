"""Packing: which picked units go in which parcel, and whether the scale agrees with the contents."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.shipping.cartonization import Item, PackedBox, Size, assume_size

PARCELS_LIMIT = 500
"""Parcels of one fulfillment order; more is a mistake at the keyboard."""


@dataclass(frozen=True)
class PackedUnits:
    """Units of one lot for one fulfillment order's line."""

    fulfillment_order_line_id: uuid.UUID
    order_line_id: uuid.UUID
    sku: str
    lot: str
    qty: int


@dataclass(frozen=True)
class Contents:
    """Units as the packer names them; the lot may stay out where only one was picked."""

    sku: str
    qty: int
    lot: str | None = None


@dataclass(frozen=True)
class GivenParcel:
    """A box as the packer closed it. What is not given comes from the carton and the products."""

    contents: tuple[Contents, ...]
    carton_code: str | None = None
    weight_g: int | None = None
    size: Size | None = None


@dataclass(frozen=True)
class Article:
    """A product as the packer needs it; a size of which nothing is known is assumed from the weight."""

    sku: str
    name: str
    weight_g: int
    size: Size
    has_hazard: bool

    @property
    def packing_size(self) -> Size:
        """The measured size, or one of ordinary density."""
        return self.size if min(self.size) > 0 else assume_size(self.weight_g)


def items_of(units: Sequence[PackedUnits], *, articles: Mapping[str, Article]) -> list[Item]:
    """One item per unit; an item's key is the place of its units in the sequence."""
    return [
        Item(
            place,
            articles[each.sku].packing_size,
            max(1, articles[each.sku].weight_g),
            articles[each.sku].has_hazard,
        )
        for place, each in enumerate(units)
        for _ in range(each.qty)
    ]


def contents_of(box: PackedBox, *, units: Sequence[PackedUnits]) -> tuple[Contents, ...]:
    """What a planned box holds, by article and lot in the order of the units."""
    counted: dict[tuple[str, str], int] = {}
    for item in sorted(box.items, key=lambda item: item.key):
        key = (units[item.key].sku, units[item.key].lot)
        counted[key] = counted.get(key, 0) + 1
    return tuple(Contents(sku, qty, lot) for (sku, lot), qty in counted.items())


def take_units(
    remaining: Sequence[PackedUnits], *, contents: Sequence[Contents]
) -> tuple[tuple[PackedUnits, ...], list[PackedUnits]]:
    """The picked units that make up the contents, and those that are left for other parcels.

    Raises:
        InvalidInputError: nothing is named, a quantity is not above zero, or it is not said which of several
            lots went in.
        ConflictError: more units are named than are picked and not packed yet.
    """
    if not contents:
        raise InvalidInputError("A parcel needs contents; scan what is in it.")
    left = list(remaining)
    taken: list[PackedUnits] = []
    for wanted in contents:
        _require_clear(wanted, left)
        missing = wanted.qty
        for place, units in enumerate(left):
            if units.sku == wanted.sku and wanted.lot in {None, units.lot} and missing:
                qty = min(missing, units.qty)
                taken.append(replace(units, qty=qty))
                left[place] = replace(units, qty=units.qty - qty)
                missing -= qty
        if missing:
            lot = f" of lot {wanted.lot}" if wanted.lot else ""
            raise ConflictError(
                f"{wanted.qty} units of {wanted.sku}{lot} are to be packed, but only {wanted.qty - missing} "
                "are picked and not in a parcel yet.",
                sku=wanted.sku,
                wanted=wanted.qty,
                there=wanted.qty - missing,
            )
        left = [units for units in left if units.qty]
    return _merged(taken), left


def _require_clear(wanted: Contents, left: Sequence[PackedUnits]) -> None:
    if wanted.qty <= 0:
        raise InvalidInputError(f"{wanted.qty} units of {wanted.sku} cannot be packed; give 1 or more.")
    lots = {units.lot for units in left if units.sku == wanted.sku}
    there = sum(units.qty for units in left if units.sku == wanted.sku)
    if wanted.lot is None and len(lots) > 1 and wanted.qty < there:
        raise InvalidInputError(
            f"{wanted.sku} was picked from the lots {', '.join(sorted(lots))}; say which is in the parcel.",
            sku=wanted.sku,
            lots=sorted(lots),
        )


def _merged(taken: Sequence[PackedUnits]) -> tuple[PackedUnits, ...]:
    """One entry per line and lot, also where the packer scanned an article twice."""
    merged: dict[tuple[uuid.UUID, str], PackedUnits] = {}
    for units in taken:
        key = (units.fulfillment_order_line_id, units.lot)
        before = merged.get(key)
        merged[key] = units if before is None else replace(units, qty=units.qty + before.qty)
    return tuple(merged.values())


def weigh(units: Sequence[PackedUnits], *, articles: Mapping[str, Article], carton_g: int) -> int:
    """Grams the parcel should weigh; never nothing."""
    return max(1, carton_g + sum(articles[each.sku].weight_g * each.qty for each in units))


def require_plausible_weight(
    measured_g: int, *, expected_g: int, tolerance_percent: int, tolerance_g: int
) -> None:
    """The scale agrees with what is said to be in the parcel: the cheapest way to notice a missing unit.

    Raises:
        InvalidInputError: the weight is not above zero.
        ConflictError: it differs by more than both tolerances allow.
    """
    if measured_g <= 0:
        raise InvalidInputError("The parcel's weight must be above 0 g; put it on the scale again.")
    allowed_g = max(tolerance_g, expected_g * tolerance_percent // 100)
    if abs(measured_g - expected_g) > allowed_g:
        word = "more" if measured_g > expected_g else "less"
        raise ConflictError(
            f"The parcel weighs {measured_g} g, {abs(measured_g - expected_g)} g {word} than its contents "
            f"and carton should ({expected_g} g). Check the contents, or confirm the weight.",
            measured_g=measured_g,
            expected_g=expected_g,
            allowed_g=allowed_g,
        )
