"""The numbers people say aloud: O-100001, RMA-100001. Gaps are normal, repeats are impossible."""

from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

FIRST: Final = 100_001


def _sequence(name: str) -> sa.Sequence:
    return sa.Sequence(name, start=FIRST, metadata=SQLModel.metadata)


SEQUENCES: Final = {
    "O": _sequence("order_number"),
    "FO": _sequence("fulfillment_order_number"),
    "W": _sequence("wave_number"),
    "A": _sequence("autoship_run_number"),
    "P": _sequence("parcel_number"),
    "H": _sequence("handover_number"),
    "RC": _sequence("receipt_number"),
    "RMA": _sequence("return_number"),
    "RF": _sequence("refund_number"),
}
"""Prefix to sequence."""


def next_number(session: Session, prefix: str) -> str:
    """A number nobody had before, such as O-100001."""
    return next_numbers(session, prefix, count=1)[0]


def next_numbers(session: Session, prefix: str, *, count: int) -> list[str]:
    """Numbers nobody had before, in one round trip."""
    values = session.connection().execute(_NEXT, {"sequence": SEQUENCES[prefix].name, "count": count})
    return [f"{prefix}-{value}" for (value,) in values]


_NEXT = sa.text(
    "SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, CAST(:count AS integer))"
)
