"""Moves of a plan are carried out: reservations and fulfillment orders together, or neither."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol, cast

from sqlmodel import Session

from fulfillment.core.errors import ConflictError, OutOfStockError
from fulfillment.flows.reserve_parts import Deltas, LongDeltas, count_long_dated, reserve
from fulfillment.orders.promises import NewPart, rewrite_parts
from fulfillment.orders.queries import list_parts
from fulfillment.reads.dated_stock import Key
from fulfillment.reads.unreleased import UNRELEASED, UnreleasedOrder, list_unreleased
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.session import InTransaction

ORDERS_A_TRANSACTION: Final = 50
"""Few enough that nobody waits long on the availability rows, enough that swaps mostly net out."""

ORDERS_A_TRADE: Final = 200
"""On a scarce day units go round in rings of many orders, which only fit together."""

TURNS: Final = 5
"""How often single moves are tried again after others gave back what they need."""


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

    What does not fit waits for a later turn, when others have given back what it needs, and goes at last
    together with those it trades units with. `on_chunk` is called after every transaction.
    """
    hear = on_chunk or (lambda: None)
    left_alone: list[Move] = []

    def carry_out(work: ChunkWork, chunks: Iterable[Sequence[Move]]) -> list[Move]:
        unfit: list[Move] = []
        for chunk in chunks:
            result = in_transaction(partial(work, moves=chunk, actor=actor))
            left_alone.extend(result.changed)
            unfit.extend(result.unfit)
            crash_point("route_chunk_applied")
            hear()
        return unfit

    waiting: Sequence[Move] = moves
    for _ in range(TURNS):
        before = len(waiting)
        waiting = carry_out(_apply_chunk, _slices(waiting, ORDERS_A_TRANSACTION))
        if len(waiting) in (0, before):
            break
    left_alone += carry_out(_apply_trade, _trades_among(waiting))
    skipped = frozenset(move.order.order_id for move in left_alone)
    return Outcome(len(moves) - len(skipped), len(skipped), skipped)


@dataclass(frozen=True)
class _Result:
    """The moves of a transaction that were not made: orders that changed, and moves without their stock."""

    changed: list[Move]
    unfit: list[Move]


class ChunkWork(Protocol):
    """One transaction's work on some moves."""

    def __call__(self, session: Session, *, moves: Sequence[Move], actor: Actor) -> _Result:
        """The moves that fit are made."""
        ...


def _apply_chunk(session: Session, *, moves: Sequence[Move], actor: Actor) -> _Result:
    """The moves of a chunk, all at once where their sum fits, else one by one."""
    now = read_now(session)
    ready, changed = _lock(session, moves)
    if not _find_lacking(session, ready, now):
        _rewrite(session, ready, actor, now)
        return _Result(changed, [])
    unfit = []
    for move in ready:
        if _find_lacking(session, [move], now):
            unfit.append(move)
        else:
            _rewrite(session, [move], actor, now)
    return _Result(changed, unfit)


def _apply_trade(session: Session, *, moves: Sequence[Move], actor: Actor) -> _Result:
    """As many of the moves as fit together: who takes what none of the others gives is left out."""
    now = read_now(session)
    ready, changed = _lock(session, moves)
    unfit: list[Move] = []
    while ready and (lacking := _find_lacking(session, ready, now)):
        out = _too_many(ready, lacking)
        unfit += [move for move in ready if move in out]
        ready = [move for move in ready if move not in out]
    _rewrite(session, ready, actor, now)
    return _Result(changed, unfit)


def _too_many(moves: Sequence[Move], lacking: Mapping[Key, int]) -> list[Move]:
    """The last moves that take what is lacking; all of them where none is known to."""
    left = dict(lacking)
    out = []
    for move in reversed(moves):
        taken = {row: qty for row, qty in _net([move]).items() if qty > 0 and left.get(row, 0) > 0}
        if taken:
            out.append(move)
            for row, qty in taken.items():
                left[row] -= qty
    return out or list(moves)


def _trades_among(moves: Sequence[Move]) -> Iterator[Sequence[Move]]:
    """The moves in groups that share no row with another group, the largest groups cut."""
    group_of: dict[Key, int] = {}
    groups: dict[int, list[int]] = {}
    for place, move in enumerate(moves):
        rows = [row for row, qty in _net([move]).items() if qty]
        joined = {group_of[row] for row in rows if row in group_of}
        groups[place] = sorted([place, *(member for group in joined for member in groups.pop(group))])
        for member in groups[place]:
            group_of.update((row, place) for row, qty in _net([moves[member]]).items() if qty)
    for members in groups.values():
        yield from _slices([moves[member] for member in members], ORDERS_A_TRADE)


def _slices(moves: Sequence[Move], size: int) -> Iterator[Sequence[Move]]:
    for start in range(0, len(moves), size):
        yield moves[start : start + size]


def _lock(session: Session, moves: Sequence[Move]) -> tuple[list[Move], list[Move]]:
    """The moves whose orders stand as the planner saw them, locked as they are; and the others."""
    ids = [move.order.order_id for move in moves]
    current = {order.order_id: order for order in list_unreleased(session, order_ids=ids, lock=True)}
    ready = [move for move in moves if current.get(move.order.order_id) == move.order]
    return ready, [move for move in moves if current.get(move.order.order_id) != move.order]


def _find_lacking(session: Session, moves: Sequence[Move], now: datetime) -> dict[Key, int]:
    """Empty where the reservations of these moves changed, all together; else the units each row lacks."""
    deltas = _net(moves)
    long_dated: LongDeltas = {}
    for move in moves:
        for sign, held in ((-1, _held_before(move)), (1, _held_after(move))):
            count_long_dated(long_dated, held, shelf_days=move.order.shelf_days, sign=sign)
    try:
        reserve(session, deltas=deltas, long_dated=long_dated, today=now.date())
    except OutOfStockError as refusal:
        short = cast("list[dict[str, Any]]", refusal.detail["short"])
        named = {(row["warehouse_code"], row["sku"]): row["wanted"] - row["free"] for row in short}
        # Nothing is named where units were freed between the refusal and the question what was short.
        return named or dict.fromkeys(deltas, 1)
    except ConflictError:
        return dict.fromkeys(deltas, 1)
    return {}


def _net(moves: Sequence[Move]) -> Deltas:
    """Units that the moves take of each row, less what they give back."""
    deltas: Deltas = {}
    for move in moves:
        for sign, held in ((-1, _held_before(move)), (1, _held_after(move))):
            for code, sku, qty in held:
                deltas[code, sku] = deltas.get((code, sku), 0) + sign * qty
    return deltas


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


def _rewrite(session: Session, moves: Sequence[Move], actor: Actor, now: datetime) -> None:
    for move in moves:
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
