"""The plan of a new hall: its bins by zone and aisle, each with its place along the aisle."""

from collections.abc import Sequence
from dataclasses import dataclass

from fulfillment.core.barcodes import require_code_128
from fulfillment.core.errors import InvalidInputError

MAX_BINS_AT_ONCE = 10_000


@dataclass(frozen=True)
class NewBin:
    """A bin to be set up; `walk_rank` counts from the front of its aisle.

    Without a barcode of its own the bin gets warehouse code and bin code, which no other bin has.
    """

    code: str
    zone: str = ""
    aisle: str = ""
    walk_rank: int = 0
    is_sellable: bool = True
    barcode: str | None = None


def lay_out_bins(*, zone: str, aisles: int, bays: int, levels: int) -> list[NewBin]:
    """Bins named like A-03-12-2 (zone, aisle, bay, level), both sides of an aisle facing each other.

    Odd bays stand left and even bays right, so that bays 1 and 2 share a place along the aisle.
    """
    _require_size(aisles=aisles, bays=bays, levels=levels)
    return [
        NewBin(
            code=f"{zone}-{aisle:02d}-{bay:02d}-{level}",
            zone=zone,
            aisle=f"{zone}-{aisle:02d}",
            walk_rank=(bay + 1) // 2,
        )
        for aisle in range(1, aisles + 1)
        for bay in range(1, bays + 1)
        for level in range(1, levels + 1)
    ]


def bin_barcode(bin_: NewBin, *, warehouse_code: str) -> str:
    """The code on the bin's sticker.

    Raises:
        InvalidInputError: a barcode cannot carry it.
    """
    return require_code_128(bin_.barcode or f"{warehouse_code}-{bin_.code}", what="Bin code")


def check_bins(bins: Sequence[NewBin]) -> None:
    """The bins can be set up together, as far as they alone can tell.

    Raises:
        InvalidInputError: too many at once, a code twice, or a code a barcode cannot carry.
    """
    if not 1 <= len(bins) <= MAX_BINS_AT_ONCE:
        raise InvalidInputError(f"{len(bins)} bins cannot be set up at once; give 1 to {MAX_BINS_AT_ONCE}.")
    seen: set[str] = set()
    for bin_ in bins:
        require_code_128(bin_.code, what="Bin code")
        if bin_.code in seen:
            raise InvalidInputError(f"Bin {bin_.code} stands twice in the list.", code=bin_.code)
        seen.add(bin_.code)


def _require_size(**sizes: int) -> None:
    for name, size in sizes.items():
        if not 1 <= size <= 99:
            raise InvalidInputError(f"A zone of {size} {name} cannot be laid out; give 1 to 99.")
