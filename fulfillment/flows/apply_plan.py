"""Moves of a plan are carried out: reservations and fulfillment orders together, or neither."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.flows.reserve_parts import Deltas, LongDeltas, count_long_dated, reserve
from fulfillment.orders.promises import NewPart, rewrite_parts
from fulfillment.orders.queries import list_parts
from fulfillment.reads.unreleased import UNRELEASED, UnreleasedOrder, list_unreleased
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.session import InTransaction

ORDERS_A_TRANSACTION = 50
"""Few enough that nobody waits long on the availability rows, enough that swaps mostly net out."""


@dataclass(frozen=True)
class Move:
    """An order as the planner saw it, and the parts it should have instead."""

    order: UnreleasedOrder
    parts: tuple[NewPart, ...]


@dataclass(frozen=True)
class Outcome:
    """How many orders were moved, and which had changed or found their stock gone."""

    moved: int
    skipped: int
    left_alone: frozenset[uuid.UUID] = field(default_factory=frozenset)


def apply_moves(
    in_transaction: InTransaction,
    *,
    moves: Sequence[Move],
    actor: Actor,
    on_chunk: Callable[[], None] | None = None,
) -> Outcome:
    """Every move that still fits is carried out; the others leave their orders as they are.

    Moves that fail alone are tried once more at the end, when others have given back what they need.
    `on_chunk` is called after every transaction.
    """
    hear = on_chunk or (lambda: None)
    postponed: list[Move] = []
    moved = 0
    for start in range(0, len(moves), ORDERS_A_TRANSACTION):
        chunk = moves[start : start + ORDERS_A_TRANSACTION]
        failed = in_transaction(partial(_apply_chunk, moves=chunk, actor=actor))
        moved += len(chunk) - len(failed)
        postponed.extend(failed)
        crash_point("route_chunk_applied")
        hear()
    left_alone = []
    for move in postponed:
        left_alone += in_transaction(partial(_apply_chunk, moves=[move], actor=actor))
        hear()
    skipped = frozenset(move.order.order_id for move in left_alone)
    return Outcome(moved + len(postponed) - len(skipped), len(skipped), skipped)


def _apply_chunk(session: Session, *, moves: Sequence[Move], actor: Actor) -> list[Move]:
    """The moves of a chunk, all at once where their sum fits, else one by one; returns those that failed."""
    now = read_now(session)
    ids = [move.order.order_id for move in moves]
    current = {order.order_id: order for order in list_unreleased(session, order_ids=ids, lock=True)}
    failed = [move for move in moves if current.get(move.order.order_id) != move.order]
    ready = [move for move in moves if current.get(move.order.order_id) == move.order]
    if _reserve(session, ready, now):
        for move in ready:
            _rewrite(session, move, actor, now)
        return failed
    for move in ready:
        if _reserve(session, [move], now):
            _rewrite(session, move, actor, now)
        else:
            failed.append(move)
    return failed


def _reserve(session: Session, moves: Sequence[Move], now: datetime) -> bool:
    """Whether the reservations of these moves changed, all together."""
    deltas: Deltas = {}
    long_dated: LongDeltas = {}
    for move in moves:
        for sign, held in ((-1, _held_before(move)), (1, _held_after(move))):
            for code, sku, qty in held:
                deltas[code, sku] = deltas.get((code, sku), 0) + sign * qty
            count_long_dated(long_dated, held, shelf_days=move.order.shelf_days, sign=sign)
    try:
        reserve(session, deltas=deltas, long_dated=long_dated, today=now.date())
    except ConflictError:
        return False
    return True


def _held_before(move: Move) -> list[tuple[str, str, int]]:
    return [
        (units.warehouse_code, units.sku, units.qty)
        for units in move.order.units
        if units.warehouse_code is not None
    ]


def _held_after(move: Move) -> list[tuple[str, str, int]]:
    return [
        (part.warehouse_code, new.sku, new.qty)
        for part in move.parts
        if part.warehouse_code is not None
        for new in part.units
    ]


def _rewrite(session: Session, move: Move, actor: Actor, now: datetime) -> None:
    parts = list_parts(session, order_id=move.order.order_id)
    rewrite_parts(
        session,
        order_id=move.order.order_id,
        unreleased=[part for part in parts if part.state in UNRELEASED],
        parts=move.parts,
        actor=actor,
        reason="routed",
        now=now,
    )
