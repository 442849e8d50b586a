"""What can become of a row of an imported file, and the words for it."""

from dataclasses import dataclass
from enum import StrEnum


class FileKind(StrEnum):
    """What the rows of a file are."""

    ORDERS = "orders"
    PRODUCTS = "products"
    STOCK = "stock"
    DISTRIBUTORS = "distributors"
    WAREHOUSES = "warehouses"
    ZONES = "zones"


class RowOutcome(StrEnum):
    """How a row ended; each row ends in exactly one way.

    Held means that its order was written and waits for a person. Rejected means that the row is wrong and
    nothing was written. Ignored means that a rule of the profile says the row is none of our business.
    """

    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"
    IGNORED = "ignored"


class ImportState(StrEnum):
    """An import is running until each of its rows has an outcome."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True)
class RowFinding:
    """The outcome of one row, with a stable code and a sentence; line numbers are those of the file."""

    line_no: int
    outcome: RowOutcome
    code: str
    sentence: str
    group_ref: str = ""
    """What the row belongs to at its origin: the order's reference, or the row's own."""


@dataclass(frozen=True)
class CellFault:
    """A cell that cannot be read as what it should be."""

    field: str
    code: str
    sentence: str
