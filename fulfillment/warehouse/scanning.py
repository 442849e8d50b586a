"""What a scan means for the pick task at hand: accepted, or refused in words that name both things.

Pure: the task and the meaning of the code come in, a verdict goes out. Nothing is guessed; a code that
fits two ways is asked for again in its narrower form.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fulfillment.warehouse.kinds import NO_LOT

COMMAND_PREFIX = "CMD-"
TOTE_PREFIX = "TOTE-"


class Command(StrEnum):
    """Codes on the printed command sheet, so that gloves need no screen."""

    UNDO = "CMD-UNDO"
    SHORT = "CMD-SHORT"
    SKIP = "CMD-SKIP"


class Outcome(StrEnum):
    """What became of a scan; `ACCEPTED` lists the good ones."""

    BIN_CONFIRMED = "bin_confirmed"
    PICKED = "picked"
    TASK_DONE = "task_done"
    TOTE_ASSIGNED = "tote_assigned"
    UNDONE = "undone"
    SHORTED = "shorted"
    SKIPPED = "skipped"
    WRONG_BIN = "wrong_bin"
    WRONG_ITEM = "wrong_item"
    WRONG_LOT = "wrong_lot"
    LOT_NEEDED = "lot_needed"
    SERIAL_NEEDED = "serial_needed"
    TOO_MANY = "too_many"
    BIN_FIRST = "bin_first"
    ALREADY_PICKED = "already_picked"
    ALREADY_DONE = "already_done"
    TASK_TAKEN = "task_taken"
    TOTE_TAKEN = "tote_taken"
    UNKNOWN_CODE = "unknown_code"
    NOTHING_TO_DO = "nothing_to_do"
    NOTHING_TO_UNDO = "nothing_to_undo"


ACCEPTED = frozenset(
    {
        Outcome.BIN_CONFIRMED,
        Outcome.PICKED,
        Outcome.TASK_DONE,
        Outcome.TOTE_ASSIGNED,
        Outcome.UNDONE,
        Outcome.SHORTED,
        Outcome.SKIPPED,
    }
)

# The names in braces are the parameters of a verdict; pages put the same sentences through the catalogue.
MESSAGES: Mapping[Outcome, str] = {
    Outcome.BIN_CONFIRMED: "Right bin: {wanted_bin}. Now take {rest} of {wanted}.",
    Outcome.PICKED: "{picked} of {qty} of {wanted} picked. Scan the next one.",
    Outcome.TASK_DONE: "All {qty} of {wanted} picked from {wanted_bin}.",
    Outcome.TOTE_ASSIGNED: "This order goes into tote {scanned}.",
    Outcome.UNDONE: "Undone: {undone} of {wanted} is back in {wanted_bin}. Put it there.",
    Outcome.SHORTED: "Short: {rest} of {wanted} were not in {wanted_bin}. The rest comes from elsewhere.",
    Outcome.SKIPPED: "{wanted} in {wanted_bin} comes last now.",
    Outcome.WRONG_BIN: "This is {scanned}. Wanted is bin {wanted_bin}.",
    Outcome.WRONG_ITEM: "This is {scanned}. Wanted is {wanted} from {wanted_bin}. {belongs}",
    Outcome.WRONG_LOT: "This is lot {scanned_lot} of {scanned}. Wanted is lot {wanted_lot} in {wanted_bin}.",
    Outcome.LOT_NEEDED: "{wanted_bin} holds several lots of {wanted}. Scan one marked lot {wanted_lot}.",
    Outcome.SERIAL_NEEDED: "{wanted} has serial numbers. Scan the code that carries it, unit by unit.",
    Outcome.TOO_MANY: "{scanned} would be {units} more, but only {rest} of {wanted} are still wanted.",
    Outcome.BIN_FIRST: "This is {scanned}. Scan bin {wanted_bin} first, then {wanted}.",
    Outcome.ALREADY_PICKED: "{scanned} is complete already. Wanted is {wanted} from {wanted_bin}. {belongs}",
    Outcome.ALREADY_DONE: "{wanted} from {wanted_bin} is finished already; {scanned} was not counted.",
    Outcome.TASK_TAKEN: "{wanted} from {wanted_bin} is another picker's now; {scanned} was not counted.",
    Outcome.TOTE_TAKEN: "Tote {scanned} holds another order. Take an empty one.",
    Outcome.UNKNOWN_CODE: "Nothing is known by the code {scanned}. Wanted is {wanted} from {wanted_bin}.",
    Outcome.NOTHING_TO_DO: "There is nothing left to pick in this wave; {scanned} was not counted.",
    Outcome.NOTHING_TO_UNDO: "There is no pick of yours in this wave that can be undone.",
}


@dataclass(frozen=True)
class WantedPick:
    """The task at hand: so many units of a lot from a bin."""

    task_id: uuid.UUID
    sku: str
    lot: str
    bin_code: str
    bin_barcode: str
    qty: int
    qty_picked: int
    is_located: bool
    is_open: bool = True
    is_taken: bool = False
    lots_in_bin: int = 1

    @property
    def rest(self) -> int:
        """Units still to be picked."""
        return self.qty - self.qty_picked


@dataclass(frozen=True)
class ScannedBin:
    """A code that names a place."""

    code: str
    bin_code: str
    barcode: str


@dataclass(frozen=True)
class ScannedUnits:
    """A code that names units of an article, with lot and serial number where it says them."""

    code: str
    sku: str
    name: str
    units: int = 1
    lot: str | None = None
    serial: str | None = None
    is_serial_tracked: bool = False


@dataclass(frozen=True)
class ScannedTote:
    """A code that names a tote."""

    code: str


@dataclass(frozen=True)
class UnknownCode:
    """A code nothing is known by."""

    code: str


Scanned = ScannedBin | ScannedUnits | ScannedTote | UnknownCode
Parameter = str | int


@dataclass(frozen=True)
class Verdict:
    """What a scan means, what its message names, and the units to book."""

    outcome: Outcome
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    units: int = 0
    serials: tuple[str, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether the picker may go on."""
        return self.outcome in ACCEPTED

    @property
    def message(self) -> str:
        """The verdict in English."""
        return MESSAGES[self.outcome].format_map({"belongs": "", **self.parameters}).strip()


def judge_scan(wanted: WantedPick, scanned: Scanned, *, qty: int = 1) -> Verdict:
    """What this scan means for this task; `qty` multiplies the units the code stands for.

    Units are accepted only after their bin, so that what leaves a bin is booked from that bin.
    """
    says = _names(wanted, scanned)
    if not wanted.is_open:
        return Verdict(Outcome.ALREADY_DONE, says)
    if wanted.is_taken:
        return Verdict(Outcome.TASK_TAKEN, says)
    if isinstance(scanned, UnknownCode):
        return Verdict(Outcome.UNKNOWN_CODE, says)
    if isinstance(scanned, ScannedTote):
        return Verdict(Outcome.TOTE_ASSIGNED, says)
    if isinstance(scanned, ScannedBin):
        is_right = scanned.barcode == wanted.bin_barcode
        return Verdict(Outcome.BIN_CONFIRMED if is_right else Outcome.WRONG_BIN, says)
    refusal = _refuse_units(wanted, scanned)
    return Verdict(refusal, says) if refusal else _count(wanted, scanned, qty, says)


def _refuse_units(wanted: WantedPick, scanned: ScannedUnits) -> Outcome | None:
    if scanned.sku != wanted.sku:
        return Outcome.WRONG_ITEM
    if not wanted.is_located:
        return Outcome.BIN_FIRST
    if scanned.lot is not None and wanted.lot not in {NO_LOT, scanned.lot}:
        return Outcome.WRONG_LOT
    if scanned.lot is None and wanted.lots_in_bin > 1:
        return Outcome.LOT_NEEDED
    if scanned.is_serial_tracked and scanned.serial is None:
        return Outcome.SERIAL_NEEDED
    return None


def _count(wanted: WantedPick, scanned: ScannedUnits, qty: int, says: Mapping[str, Parameter]) -> Verdict:
    units = scanned.units * qty
    if units > wanted.rest or (scanned.is_serial_tracked and units != 1):
        return Verdict(Outcome.TOO_MANY, {**says, "units": units})
    picked = wanted.qty_picked + units
    outcome = Outcome.TASK_DONE if picked == wanted.qty else Outcome.PICKED
    serials = (scanned.serial,) if scanned.is_serial_tracked and scanned.serial else ()
    return Verdict(
        outcome, {**says, "picked": picked, "units": units, "rest": wanted.qty - picked}, units, serials
    )


def _names(wanted: WantedPick, scanned: Scanned) -> dict[str, Parameter]:
    """Both things by name: what was scanned and what is wanted."""
    says: dict[str, Parameter] = {
        "scanned": scanned.code,
        "wanted": wanted.sku,
        "wanted_bin": wanted.bin_code,
        "wanted_lot": wanted.lot,
        "qty": wanted.qty,
        "rest": wanted.rest,
    }
    if isinstance(scanned, ScannedBin):
        says["scanned"] = f"bin {scanned.bin_code}"
    if isinstance(scanned, ScannedUnits):
        says["scanned"] = f"{scanned.sku} ({scanned.name})"
        says["scanned_lot"] = scanned.lot or ""
    return says
