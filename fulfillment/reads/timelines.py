"""Everything that happened to an order and to whatever came of it, on one line of time."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

MAX_HAPPENINGS = 500
"""The latest of each kind; an order with more has a story nobody reads in one sitting."""

# Each object of the order by the name of its table, its id as text, and the number people call it by.
_OBJECTS: Final = """
    WITH object (kind, id, label) AS (
        SELECT 'customer_order', id::text, number FROM customer_order WHERE id = :order_id
        UNION ALL
        SELECT 'fulfillment_order', id::text, number FROM fulfillment_order WHERE order_id = :order_id
        UNION ALL SELECT 'parcel', id::text, number FROM parcel WHERE order_id = :order_id
        UNION ALL
        SELECT 'postage', p.id::text, b.number FROM postage p JOIN parcel b ON b.id = p.parcel_id
        WHERE b.order_id = :order_id
        UNION ALL
        SELECT 'return_authorization', id::text, number FROM return_authorization WHERE order_id = :order_id
        UNION ALL SELECT 'refund', id::text, number FROM refund WHERE order_id = :order_id
    )
"""
_MOVES = sa.text(
    _OBJECTS  # noqa: S608 - our own text; the values are parameters
    + """
    SELECT h.seq, h.at, h.object_kind, h.object_id, o.label, h.from_state, h.to_state, h.reason, h.actor_kind,
        h.actor_name
    FROM state_history h JOIN object o ON o.kind = h.object_kind AND o.id = h.object_id
    ORDER BY h.seq DESC LIMIT :limit
    """
)
_DEEDS = sa.text(
    _OBJECTS  # noqa: S608 - our own text; the values are parameters
    + """
    SELECT a.seq, a.at, a.object_kind, a.object_id, o.label, a.deed, a.detail, a.actor_kind, a.actor_name
    FROM audit_entry a JOIN object o ON o.kind = a.object_kind AND o.id = a.object_id
    ORDER BY a.seq DESC LIMIT :limit
    """
)
# A scan may have come before its parcel was known by this number, so the number decides and not the row.
_SCANS = sa.text("""
    SELECT e.number AS seq, e.happened_at AS at, b.number AS label, e.status, e.details, e.place, e.carrier
    FROM parcel b JOIN tracking_event e
        ON e.carrier = b.carrier AND e.tracking_number = b.tracking_number
        AND e.received_at >= b.packed_at - interval '7 days'
    WHERE b.order_id = :order_id
    ORDER BY e.happened_at DESC LIMIT :limit
    """)


class HappeningKind(StrEnum):
    """Where we know it from: a change of state, a deed somebody did, or a carrier's scan."""

    MOVE = "move"
    DEED = "deed"
    SCAN = "scan"


@dataclass(frozen=True)
class Happening:
    """One thing that happened. `what` is the new state, the deed's name, or the carrier's status."""

    at: datetime
    seq: int
    kind: HappeningKind
    object_kind: str
    label: str
    what: str
    who: str
    who_kind: str
    reason: str = ""
    before: str | None = None
    place: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def list_happenings(session: Session, *, order_id: uuid.UUID) -> list[Happening]:
    """What happened to the order, its parts, parcels, postage, returns and refunds; latest first.

    A deed in the same transaction as a change of its object's state is told by that change alone, unless it
    says more, such as what an inspector found.
    """
    values = {"order_id": order_id, "limit": MAX_HAPPENINGS}
    connection = session.connection()
    moves = connection.execute(_MOVES, values).all()
    told = {(row.object_kind, row.object_id, row.at) for row in moves}
    found = [_move(row) for row in moves]
    found += [
        _deed(row)
        for row in connection.execute(_DEEDS, values)
        if row.deed in SAYS_MORE or (row.object_kind, row.object_id, row.at) not in told
    ]
    found += [_scan(row) for row in connection.execute(_SCANS, values)]
    return sorted(found, key=lambda each: (each.at, each.kind is HappeningKind.SCAN, each.seq), reverse=True)


SAYS_MORE = frozenset({"return.inspected", "return.received", "order.hold_released"})


def _move(row: Any) -> Happening:  # noqa: ANN401 - a row of the query above
    return Happening(
        at=row.at,
        seq=row.seq,
        kind=HappeningKind.MOVE,
        object_kind=row.object_kind,
        label=row.label,
        what=row.to_state,
        who=row.actor_name,
        who_kind=row.actor_kind,
        reason=row.reason,
        before=row.from_state,
    )


def _deed(row: Any) -> Happening:  # noqa: ANN401 - a row of the query above
    return Happening(
        at=row.at,
        seq=row.seq,
        kind=HappeningKind.DEED,
        object_kind=row.object_kind,
        label=row.label,
        what=row.deed,
        who=row.actor_name,
        who_kind=row.actor_kind,
        detail=row.detail,
    )


def _scan(row: Any) -> Happening:  # noqa: ANN401 - a row of the query above
    return Happening(
        at=row.at,
        seq=row.seq,
        kind=HappeningKind.SCAN,
        object_kind="parcel",
        label=row.label,
        what=row.status,
        who=row.carrier.upper(),
        who_kind="carrier",
        reason=row.details,
        place=row.place,
    )
