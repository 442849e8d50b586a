"""Tracking numbers with valid check digits, of made-up shippers.

They are written here independently of the product's reader of such numbers, so that each tests the other.
"""

from itertools import cycle

UPS_SERVICE_CODES = {"ups_ground": "03", "ups_second_day_air": "02", "ups_next_day_air": "01"}
MAX_SERIAL = 10_000_000


def make_tracking_number(carrier: str, service: str, *, serial: int, shipper: int) -> str:
    """The number of a shipper's parcel; `serial` below ten million, `shipper` below ten thousand."""
    assert 0 <= serial < MAX_SERIAL, "a made-up shipper has seven digits of serial numbers"
    assert 0 <= shipper < 10_000, "a made-up shipper has four digits"
    if carrier == "usps":
        return _with_mod10(f"9205590000{shipper:04d}{serial:07d}")
    if carrier == "ups":
        return _ups(f"SB{shipper:04d}{UPS_SERVICE_CODES.get(service, '99')}{serial:07d}")
    if carrier == "fedex":
        return _fedex(f"79{shipper % 100:02d}{serial:07d}")
    if carrier == "correios_br":
        return _s10("AA", shipper % 10 * MAX_SERIAL + serial, "BR")
    return f"{shipper % 1000:03d}{serial:07d}"


def _with_mod10(digits: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(digits[::-1], cycle((3, 1)), strict=False))
    return f"{digits}{-total % 10}"


def _ups(body: str) -> str:
    values = [(ord(sign) - 48) if sign.isdigit() else (ord(sign) - 63) % 10 for sign in body]
    total = sum(values[0::2]) + 2 * sum(values[1::2])
    return f"1Z{body}{-total % 10}"


def _fedex(digits: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(digits, cycle((3, 1, 7)), strict=False))
    return f"{digits}{total % 11 % 10}"


def _s10(prefix: str, serial: int, country: str) -> str:
    digits = f"{serial:08d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
    return f"{prefix}{digits}{check}{country}"
