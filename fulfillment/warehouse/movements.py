"""Movements before they are posted: pure values, one builder for each thing that happens to units.

A posting key names the business fact behind a movement. The ledger takes a key once, so that a repeated
deed moves nothing twice.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from fulfillment.warehouse.kinds import NO_LOT, MovementReason


class Promise(StrEnum):
    """What a movement does to the promise on its units.

    A pick settles it (claim and reservation fall with the stock); its undoing restores both.
    """

    UNTOUCHED = "untouched"
    SETTLED = "settled"
    RESTORED = "restored"


@dataclass(frozen=True)
class NewMovement:
    """Units of one lot that leave one location for another."""

    posting_key: str
    sku: str
    qty: int
    from_location_id: uuid.UUID
    to_location_id: uuid.UUID
    reason: MovementReason
    subject_kind: str
    subject_id: str
    lot: str = NO_LOT
    promise: Promise = Promise.UNTOUCHED
    reverses: int | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True)
class Units:
    """Units of one lot, as a line of a receipt, a parcel or a return names them."""

    sku: str
    qty: int
    lot: str = NO_LOT
    serials: tuple[str, ...] = ()


def receive(
    units: Units, *, receipt_line_id: uuid.UUID, receiving_id: str, supplier: uuid.UUID, dock: uuid.UUID
) -> NewMovement:
    """Units came in from the supplier; `receiving_id` names one scan or one entry by hand."""
    return _movement(
        units,
        key=f"receive:{receiving_id}",
        reason=MovementReason.RECEIPT,
        subject=("receipt_line", str(receipt_line_id)),
        places=(supplier, dock),
    )


def put_away(
    units: Units, *, put_away_id: str, subject: tuple[str, str], dock: uuid.UUID, bin_id: uuid.UUID
) -> NewMovement:
    """Received units stand in their bin."""
    return _movement(
        units,
        key=f"put_away:{put_away_id}",
        reason=MovementReason.PUT_AWAY,
        subject=subject,
        places=(dock, bin_id),
    )


def pick(
    units: Units, *, scan_id: uuid.UUID, pick_task_id: uuid.UUID, bin_id: uuid.UUID, picked: uuid.UUID
) -> NewMovement:
    """Units promised to an order left their bin."""
    movement = _movement(
        units,
        key=f"pick:{scan_id}",
        reason=MovementReason.PICK,
        subject=("pick_task", str(pick_task_id)),
        places=(bin_id, picked),
    )
    return replace(movement, promise=Promise.SETTLED)


def undo_pick(
    units: Units,
    *,
    scan_id: uuid.UUID,
    pick_task_id: uuid.UUID,
    bin_id: uuid.UUID,
    picked: uuid.UUID,
    reverses: int,
) -> NewMovement:
    """The units of one scan are back in their bin and promised as before."""
    movement = _movement(
        units,
        key=f"undo_pick:{scan_id}",
        reason=MovementReason.PUT_BACK,
        subject=("pick_task", str(pick_task_id)),
        places=(picked, bin_id),
    )
    return replace(movement, promise=Promise.RESTORED, reverses=reverses)


def put_back(
    units: Units, *, put_back_id: str, subject: tuple[str, str], picked: uuid.UUID, bin_id: uuid.UUID
) -> NewMovement:
    """Units that nobody wants any more are back in a bin, free to be promised."""
    return _movement(
        units,
        key=f"put_back:{put_back_id}",
        reason=MovementReason.PUT_BACK,
        subject=subject,
        places=(picked, bin_id),
    )


def ship(units: Units, *, parcel_line_id: uuid.UUID, picked: uuid.UUID, shipped: uuid.UUID) -> NewMovement:
    """The carrier has the units of one parcel line."""
    return _movement(
        units,
        key=f"ship:{parcel_line_id}",
        reason=MovementReason.SHIP,
        subject=("parcel_line", str(parcel_line_id)),
        places=(picked, shipped),
    )


def deliver(
    units: Units, *, parcel_line_id: uuid.UUID, shipped: uuid.UUID, customer: uuid.UUID
) -> NewMovement:
    """The customer has the units of one parcel line."""
    return _movement(
        units,
        key=f"deliver:{parcel_line_id}",
        reason=MovementReason.DELIVER,
        subject=("parcel_line", str(parcel_line_id)),
        places=(shipped, customer),
    )


def receive_return(
    units: Units, *, posting_id: str, subject: tuple[str, str], origin: uuid.UUID, returns: uuid.UUID
) -> NewMovement:
    """Units came back, from the customer or, where a parcel was never delivered, from the carrier."""
    return _movement(
        units,
        key=f"return_receipt:{posting_id}",
        reason=MovementReason.RETURN_RECEIPT,
        subject=subject,
        places=(origin, returns),
    )


def settle_return(
    units: Units,
    *,
    posting_id: str,
    subject: tuple[str, str],
    reason: MovementReason,
    origin: uuid.UUID,
    target: uuid.UUID,
) -> NewMovement:
    """Inspected units went where they belong: to a bin, to quarantine, or to scrap.

    A posting id is good once for each reason: quarantined units are later restocked or scrapped under it.
    """
    assert reason in {MovementReason.RESTOCK, MovementReason.QUARANTINE, MovementReason.SCRAP}
    return _movement(
        units, key=f"{reason}:{posting_id}", reason=reason, subject=subject, places=(origin, target)
    )


def transfer(
    units: Units,
    *,
    transfer_id: str,
    subject: tuple[str, str],
    origin: uuid.UUID,
    target: uuid.UUID,
    reason: MovementReason = MovementReason.TRANSFER,
) -> NewMovement:
    """Units stand elsewhere in the same warehouse."""
    return _movement(
        units, key=f"{reason}:{transfer_id}", reason=reason, subject=subject, places=(origin, target)
    )


def adjust(
    units: Units,
    *,
    adjustment_id: str,
    subject: tuple[str, str],
    location_id: uuid.UUID,
    adjustment: uuid.UUID,
    is_gain: bool,
    reason: MovementReason = MovementReason.ADJUSTMENT,
) -> NewMovement:
    """Units turned up (`is_gain`) or are gone; the other side is the adjustment account."""
    places = (adjustment, location_id) if is_gain else (location_id, adjustment)
    return _movement(units, key=f"{reason}:{adjustment_id}", reason=reason, subject=subject, places=places)


def posting_ids(prefix: str, units: Sequence[Units]) -> list[str]:
    """One posting id for each of several units of one deed, in their order."""
    return [f"{prefix}:{number}" for number in range(1, len(units) + 1)]


def _movement(
    units: Units,
    *,
    key: str,
    reason: MovementReason,
    subject: tuple[str, str],
    places: tuple[uuid.UUID, uuid.UUID],
) -> NewMovement:
    return NewMovement(
        posting_key=key,
        sku=units.sku,
        lot=units.lot,
        qty=units.qty,
        from_location_id=places[0],
        to_location_id=places[1],
        reason=reason,
        subject_kind=subject[0],
        subject_id=subject[1],
        serials=units.serials,
    )
