"""Moves that only fit together are made together, however many chunks lie between them."""

from functools import partial

import pytest
from sqlalchemy.engine import Engine

from fulfillment.flows.apply_plan import ORDERS_A_TRANSACTION, Move, apply_moves
from fulfillment.orders.promises import NewPart, PartUnits
from fulfillment.reads.unreleased import UnreleasedOrder, list_unreleased
from fulfillment.store.session import InTransaction
from tests.river.books import require_sound_books
from tests.river.company import found_company, wish
from tests.river.steps import River
from tests.warehouse.halls import ANA

EACH = ORDERS_A_TRANSACTION + 5


@pytest.fixture
def river(in_transaction: InTransaction) -> River:
    """Both halls have promised their last unit of SOAP, one to each order."""
    in_transaction(partial(found_company, qty=EACH))
    river = River(in_transaction)
    for code, home in (("BOS", 0), ("CHI", 1)):
        for number in range(EACH):
            river.order(wish(f"{code}-{number:03}", {"SOAP": 1}, home=home, pinned_warehouse_code=code))
    return river


def move(order: UnreleasedOrder, code: str) -> Move:
    units = tuple(PartUnits(part.order_line_id, part.sku, part.qty) for part in order.units)
    return Move(order, (NewPart(code, units),))


def swaps(river: River) -> list[Move]:
    """Every order goes to the other hall: first all from Boston, then all from Chicago."""
    other = {"BOS": "CHI", "CHI": "BOS"}
    orders = [order for order in river.in_transaction(list_unreleased) if order.units[0].warehouse_code]
    return [move(order, other[order.units[0].warehouse_code or ""]) for order in orders]


def standing(river: River) -> dict[str | None, int]:
    counts: dict[str | None, int] = {}
    for order in river.in_transaction(list_unreleased):
        counts[order.units[0].warehouse_code] = counts.get(order.units[0].warehouse_code, 0) + 1
    return counts


def test_two_halls_swap_all_they_have_although_nothing_is_free(engine: Engine, river: River) -> None:
    moves = swaps(river)

    outcome = apply_moves(river.in_transaction, moves=moves, actor=ANA)

    assert (outcome.moved, outcome.skipped) == (2 * EACH, 0)
    assert standing(river) == {"BOS": EACH, "CHI": EACH}
    require_sound_books(engine)


def test_who_takes_what_nobody_gives_is_left_and_the_others_go(engine: Engine, river: River) -> None:
    moves = swaps(river)
    river.order(wish("late", {"SOAP": 1}, home=0))
    late = next(o for o in river.in_transaction(list_unreleased) if o.units[0].warehouse_code is None)

    outcome = apply_moves(river.in_transaction, moves=[*moves, move(late, "BOS")], actor=ANA)

    assert (outcome.moved, outcome.left_alone) == (2 * EACH, frozenset({late.order_id}))
    assert standing(river) == {"BOS": EACH, "CHI": EACH, None: 1}
    require_sound_books(engine)
