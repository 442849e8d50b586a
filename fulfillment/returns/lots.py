"""Which lots of which articles some units of a line are: one article is itself, a kit is its parts."""

from collections import Counter
from collections.abc import Mapping

from fulfillment.core.errors import ConflictError

ByLot = Counter[tuple[str, str]]
"""Units by (SKU, lot)."""


def take_by_lot(
    there: Mapping[tuple[str, str], int], *, parts: Mapping[str, int], units: int, lot: str | None
) -> ByLot:
    """So many units of a line out of what is there; `parts` says how many of each SKU one unit is made of.

    `lot` narrows a line that is one article; a kit's parts are taken in the order of their lots.

    Raises:
        ConflictError: fewer are there; the message names the article and its lots.
    """
    taken: ByLot = Counter()
    for sku, each in sorted(parts.items()):
        left = each * units
        for (found, found_lot), qty in sorted(there.items()):
            if found != sku or (lot is not None and found_lot != lot):
                continue
            some = min(left, qty)
            if some > 0:
                taken[sku, found_lot] += some
                left -= some
        if left:
            raise ConflictError(_too_few(there, sku, each * units, lot), sku=sku, wanted=each * units)
    return taken


def _too_few(there: Mapping[tuple[str, str], int], sku: str, wanted: int, lot: str | None) -> str:
    asked = f"lot {lot} of {sku}" if lot else sku
    by_lot = ", ".join(
        f"{qty} of lot {found_lot}" if found_lot else f"{qty}"
        for (found, found_lot), qty in sorted(there.items())
        if found == sku and qty > 0
    )
    return f"{wanted} units of {asked} are wanted, but there are {by_lot or 'none'}."
