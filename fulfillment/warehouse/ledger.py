"""The stock ledger: movements are inserted, balances and availability follow in the same transaction.

Three statements post any number of movements. The insert comes first: its foreign keys hold the lots and
locations still, so that a lot put on hold at the same moment is seen either wholly before or wholly after.
Then balances change, and last availability, because its rows are the hottest.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.store.actors import Actor
from fulfillment.warehouse.balances import (
    AvailabilityChange,
    BalanceChange,
    Place,
    PlaceFacts,
    change_availability,
    change_balances,
)
from fulfillment.warehouse.movements import NewMovement, Promise


@dataclass(frozen=True)
class PostedMovements:
    """The number each posting key has in the ledger; `repeated` were there before and moved nothing now."""

    numbers: Mapping[str, int]
    repeated: frozenset[str]


_INSERT = sa.text("""
    INSERT INTO movement (moved_at, sku, lot, qty, from_location_id, to_location_id, reason,
        subject_kind, subject_id, posting_key, reverses, actor, serials)
    SELECT :moved_at, m.sku, m.lot, m.qty, m.from_id, m.to_id, m.reason, m.subject_kind, m.subject_id,
        m.posting_key, m.reverses, :actor, CAST(m.serials AS jsonb)
    FROM unnest(CAST(:skus AS text[]), CAST(:lots AS text[]), CAST(:qtys AS integer[]),
        CAST(:from_ids AS uuid[]), CAST(:to_ids AS uuid[]), CAST(:reasons AS text[]),
        CAST(:subject_kinds AS text[]), CAST(:subject_ids AS text[]), CAST(:posting_keys AS text[]),
        CAST(:reverses AS bigint[]), CAST(:serials AS text[])) WITH ORDINALITY
        AS m (sku, lot, qty, from_id, to_id, reason, subject_kind, subject_id, posting_key, reverses,
            serials, place)
    ORDER BY m.place
    ON CONFLICT (posting_key) DO NOTHING
    RETURNING posting_key, number
    """)

_FIND_POSTED = sa.text("""
    SELECT number, posting_key, sku, lot, qty, from_location_id, to_location_id FROM movement
    WHERE posting_key = ANY(CAST(:posting_keys AS text[]))
    """)


def post_movements(
    session: Session, *, movements: Sequence[NewMovement], actor: Actor, now: datetime
) -> PostedMovements:
    """The movements stand in the ledger, each posting key once, and balances and availability with them.

    A key that is already in the ledger with the same content moves nothing. After a refusal the caller lets
    the transaction roll back.

    Raises:
        InvalidInputError: a quantity is not above zero, or a key has other content than it had.
        ConflictError: a place has too few units that no pick task has claimed, or what is sellable would
            fall below what is promised; the message names it.
    """
    if not movements:
        return PostedMovements({}, frozenset())
    by_key = _by_key(movements)
    numbers = _insert(session, list(by_key.values()), actor=actor, now=now)
    new = [movement for key, movement in by_key.items() if key in numbers]
    repeated = by_key.keys() - numbers.keys()
    if repeated:
        numbers |= _require_same(session, {key: by_key[key] for key in repeated})
    if new:
        facts = change_balances(session, changes=_balance_changes(new))
        change_availability(session, changes=_availability_changes(new, facts))
    return PostedMovements(numbers, frozenset(repeated))


def _by_key(movements: Sequence[NewMovement]) -> dict[str, NewMovement]:
    by_key: dict[str, NewMovement] = {}
    for movement in movements:
        if movement.qty <= 0:
            raise InvalidInputError(
                f"{movement.qty} units of {movement.sku} cannot move; give a whole number above zero.",
                sku=movement.sku,
                qty=movement.qty,
            )
        if by_key.setdefault(movement.posting_key, movement) != movement:
            raise InvalidInputError(f"Posting key {movement.posting_key} stands for two movements at once.")
    return by_key


def _insert(
    session: Session, movements: Sequence[NewMovement], *, actor: Actor, now: datetime
) -> dict[str, int]:
    values: dict[str, Any] = {
        "moved_at": now,
        "actor": actor.key,
        "skus": [m.sku for m in movements],
        "lots": [m.lot for m in movements],
        "qtys": [m.qty for m in movements],
        "from_ids": [m.from_location_id for m in movements],
        "to_ids": [m.to_location_id for m in movements],
        "reasons": [m.reason.value for m in movements],
        "subject_kinds": [m.subject_kind for m in movements],
        "subject_ids": [m.subject_id for m in movements],
        "posting_keys": [m.posting_key for m in movements],
        "reverses": [m.reverses for m in movements],
        "serials": [json.dumps(m.serials) for m in movements],
    }
    return {row.posting_key: row.number for row in session.connection().execute(_INSERT, values)}


def _require_same(session: Session, repeated: Mapping[str, NewMovement]) -> dict[str, int]:
    """The numbers of movements posted before, which must say what is said now."""
    rows = session.connection().execute(_FIND_POSTED, {"posting_keys": sorted(repeated)})
    numbers = {}
    for row in rows:
        m = repeated[row.posting_key]
        said = (m.sku, m.lot, m.qty, m.from_location_id, m.to_location_id)
        if said != (row.sku, row.lot, row.qty, row.from_location_id, row.to_location_id):
            raise InvalidInputError(
                f"Posting {row.posting_key} already moved {row.qty} units of {row.sku}; a correction needs a "
                "key of its own.",
                posting_key=row.posting_key,
            )
        numbers[row.posting_key] = row.number
    return numbers


def _balance_changes(movements: Sequence[NewMovement]) -> dict[Place, BalanceChange]:
    changes: dict[Place, BalanceChange] = {}
    for m in movements:
        settled = m.qty if m.promise is Promise.SETTLED else 0
        restored = m.qty if m.promise is Promise.RESTORED else 0
        for location_id, change in (
            (m.from_location_id, BalanceChange(-m.qty, -settled)),
            (m.to_location_id, BalanceChange(m.qty, restored)),
        ):
            place = (location_id, m.sku, m.lot)
            changes[place] = changes.get(place, BalanceChange(0, 0)) + change
    return changes


def _availability_changes(
    movements: Sequence[NewMovement], facts: Mapping[Place, PlaceFacts]
) -> dict[tuple[str, str], AvailabilityChange]:
    """What can be sold follows the bins; what is reserved follows the picks and their undoing."""
    changes: dict[tuple[str, str], AvailabilityChange] = {}
    for m in movements:
        settled = m.qty if m.promise is Promise.SETTLED else 0
        restored = m.qty if m.promise is Promise.RESTORED else 0
        for location_id, sellable, reserved in (
            (m.from_location_id, -m.qty, -settled),
            (m.to_location_id, m.qty, restored),
        ):
            place = facts[location_id, m.sku, m.lot]
            change = AvailabilityChange(sellable if place.is_sellable else 0, reserved)
            if place.warehouse_code is not None and change != AvailabilityChange(0, 0):
                key = (place.warehouse_code, m.sku)
                changes[key] = changes.get(key, AvailabilityChange(0, 0)) + change
    return changes
