"""Volumes: a named map of points (BV, CV, QV, …) in hundredths, frozen on the order line at acceptance.

Back offices hold up to a dozen volumes a line, so a map and not two columns. Points are not money, yet the
same whole-number rule holds: 12.50 BV is 1250.
"""

from collections.abc import Mapping
from decimal import Decimal

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.money import cumulative_share

Volumes = dict[str, int]
MAX_NAMES = 12
MAX_POINTS = 10**12


def parse_volumes(points: Mapping[str, str]) -> Volumes:
    """Hundredths of points by volume name from decimal texts.

    Raises:
        InvalidInputError: a name is not 1 to 12 letters or digits, or a value is not a decimal of at most
            two places.
    """
    if len(points) > MAX_NAMES:
        raise InvalidInputError(f"At most {MAX_NAMES} volumes fit on a line; {len(points)} were sent.")
    volumes: Volumes = {}
    for name, text in points.items():
        try:
            scaled = Decimal(str(text)).scaleb(2)
            whole = scaled == scaled.to_integral_value()
        except ArithmeticError as error:
            raise InvalidInputError(
                f"Volume {name}: {text!r} is not a number; write it like 12.50."
            ) from error
        if not scaled.is_finite() or not whole or abs(scaled) > MAX_POINTS:
            raise InvalidInputError(f"Volume {name}: {text!r} has more than two decimal places.")
        if not (name.isalnum() and len(name) <= MAX_NAMES):
            raise InvalidInputError(f"{name!r} is not a volume's name; use letters and digits, like BV.")
        volumes[name.upper()] = int(scaled)
    return volumes


def share_volumes(
    line_volumes: Mapping[str, int], *, units_before: int, units: int, line_units: int
) -> Volumes:
    """The volumes of some units of a line, so that all the units' shares add up to the line's volumes."""
    return {
        name: cumulative_share(total, part_before=units_before, part=units, whole=line_units)
        for name, total in line_volumes.items()
    }


def negate_volumes(volumes: Mapping[str, int]) -> Volumes:
    """The volumes that cancel these."""
    return {name: -points for name, points in volumes.items()}
