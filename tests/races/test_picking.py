import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.cancel_order import cancel_order
from fulfillment.flows.hold_lot import hold_lot
from fulfillment.flows.pick import ScanAnswer, ScanRequest, apply_scan
from fulfillment.flows.release_wave import ReleasedWave, release_wave
from fulfillment.store.actors import Actor
from fulfillment.store.session import in_transaction
from fulfillment.warehouse.scanning import Outcome
from tests.races.crowds import run_together
from tests.warehouse.halls import ANA, BEN, build_hall, list_products, stock
from tests.warehouse.orders import order, require_sound_stock

POLICY = CompanyPolicy()


def scan(
    engine: Engine,
    wave_id: uuid.UUID,
    code: str,
    *,
    actor: Actor = ANA,
    task_id: uuid.UUID | None = None,
    scan_id: uuid.UUID | None = None,
) -> ScanAnswer:
    request = ScanRequest(scan_id or uuid.uuid4(), wave_id, code, task_id=task_id)
    return in_transaction(engine, partial(apply_scan, request=request, actor=actor, policy=POLICY))


def open_floor(engine: Engine, *orders: dict[str, int]) -> uuid.UUID:
    """A wave of these orders; SOAP lies in A-1 in two lots, OIL in A-2."""

    def work(session: Session) -> uuid.UUID:
        hall = build_hall(session, bins=("A-1", "A-2", "A-3"))
        list_products(session, "SOAP", "OIL")
        stock(session, hall["A-1"], "SOAP", 30, lot="L1")
        stock(session, hall["A-3"], "SOAP", 30, lot="L2")
        stock(session, hall["A-2"], "OIL", 30)
        for number, units in enumerate(orders):
            order(session, str(number), **units)
        wave = release_wave(session, warehouse_code="CHI", actor=ANA)
        assert wave.wave_id is not None
        return wave.wave_id

    return in_transaction(engine, work)


def task_ids(engine: Engine, wave_id: uuid.UUID) -> list[uuid.UUID]:
    with engine.connect() as connection:
        query = sa.text("SELECT id FROM pick_task WHERE wave_id = :id ORDER BY sequence")
        return list(connection.execute(query, {"id": wave_id}).scalars())


def require_sound(engine: Engine) -> None:
    in_transaction(engine, require_sound_stock)


def wave_state(engine: Engine, wave_id: uuid.UUID) -> str:
    with engine.connect() as connection:
        query = sa.text("SELECT state FROM wave WHERE id = :id")
        state: str = connection.execute(query, {"id": wave_id}).scalar_one()
        return state


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_pickers_at_the_last_unit_one_gets_it(engine: Engine, attempt: int) -> None:
    wave_id = open_floor(engine, {"SOAP": 1})
    (task_id,) = task_ids(engine, wave_id)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE pick_task SET is_located = TRUE"))

    answers = run_together(
        [partial(scan, engine, wave_id, "SOAP", actor=actor, task_id=task_id) for actor in (ANA, BEN)]
    )

    outcomes = Counter(answer.outcome for answer in answers if isinstance(answer, ScanAnswer))
    assert outcomes == {Outcome.TASK_DONE: 1, Outcome.ALREADY_DONE: 1}
    require_sound(engine)


@pytest.mark.parametrize("attempt", range(5))
def test_a_scan_sent_twice_at_once_counts_once_and_has_one_answer(engine: Engine, attempt: int) -> None:
    wave_id = open_floor(engine, {"SOAP": 3})
    scan(engine, wave_id, "A-1")
    scan(engine, wave_id, "A-3")
    scan_id = uuid.uuid4()

    answers = run_together([partial(scan, engine, wave_id, "SOAP", scan_id=scan_id) for _ in range(4)])

    messages = {answer.message for answer in answers if isinstance(answer, ScanAnswer)}
    assert messages == {"1 of 3 of SOAP picked. Scan the next one."}
    assert sorted(a.is_repeated for a in answers if isinstance(a, ScanAnswer)) == [False, True, True, True]
    require_sound(engine)


@pytest.mark.parametrize("attempt", range(5))
def test_a_wave_whose_last_two_tasks_end_together_is_done(engine: Engine, attempt: int) -> None:
    wave_id = open_floor(engine, {"SOAP": 1, "OIL": 1})
    first, second = task_ids(engine, wave_id)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE pick_task SET is_located = TRUE"))
        skus = dict(tuple(row) for row in connection.execute(sa.text("SELECT id, sku FROM pick_task")))

    answers = run_together(
        [
            partial(scan, engine, wave_id, skus[first], actor=ANA, task_id=first),
            partial(scan, engine, wave_id, skus[second], actor=BEN, task_id=second),
        ]
    )

    assert [answer.outcome for answer in answers if isinstance(answer, ScanAnswer)] == [
        Outcome.TASK_DONE,
        Outcome.TASK_DONE,
    ]
    assert wave_state(engine, wave_id) == "done"
    require_sound(engine)


def test_four_pickers_share_a_wave_without_waiting_or_losing_a_unit(engine: Engine) -> None:
    wave_id = open_floor(engine, *[{"SOAP": 2, "OIL": 1}] * 8)

    def picker(name: str) -> int:
        actor = Actor(kind="user", id=name, name=name)
        picked = 0
        for _ in range(200):
            answer = scan(engine, wave_id, "CMD-WHAT", actor=actor)
            if answer.outcome is Outcome.NOTHING_TO_DO:
                return picked
            wanted = answer.parameters
            scan(engine, wave_id, str(wanted["wanted_bin"]), actor=actor, task_id=answer.task_id)
            booked = scan(engine, wave_id, str(wanted["wanted"]), actor=actor, task_id=answer.task_id)
            picked += booked.is_accepted
        return picked

    picked = run_together([partial(picker, name) for name in ("p1", "p2", "p3", "p4")])

    assert sum(count for count in picked if isinstance(count, int)) == 24
    assert wave_state(engine, wave_id) == "done"
    require_sound(engine)


@pytest.mark.parametrize("attempt", range(5))
def test_a_lot_held_while_it_is_picked_leaves_sound_books(engine: Engine, attempt: int) -> None:
    wave_id = open_floor(engine, {"SOAP": 4}, {"SOAP": 5})
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE pick_task SET is_located = TRUE"))

    def hold() -> object:
        work = partial(hold_lot, sku="SOAP", lot="L1", reason="recall", actor=BEN)
        return in_transaction(engine, work)

    def pick_some() -> object:
        return [scan(engine, wave_id, "SOAP").outcome for _ in range(6)]

    deeds: list[Callable[[], object]] = [pick_some, hold]
    outcomes = run_together(deeds)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    require_sound(engine)


def test_two_waves_released_at_once_share_the_orders(engine: Engine) -> None:
    open_floor(engine, {"OIL": 1})

    def place(session: Session) -> None:
        for number in range(100, 112):
            order(session, str(number), SOAP=1)

    in_transaction(engine, place)

    def release() -> ReleasedWave:
        work = partial(release_wave, warehouse_code="CHI", actor=ANA, max_orders=6)
        return in_transaction(engine, work)

    waves = run_together([release, release, release])

    assert sorted(wave.orders for wave in waves if isinstance(wave, ReleasedWave)) == [0, 6, 6]
    require_sound(engine)


@pytest.mark.parametrize("attempt", range(5))
def test_an_order_cancelled_while_it_is_picked_leaves_sound_books(engine: Engine, attempt: int) -> None:
    wave_id = open_floor(engine, {"SOAP": 4}, {"SOAP": 5})
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE pick_task SET is_located = TRUE"))
        order_id = connection.execute(
            sa.text("SELECT id FROM customer_order ORDER BY id LIMIT 1")
        ).scalar_one()

    def cancel() -> object:
        work = partial(cancel_order, order_id=order_id, note="buyer", actor=BEN, policy=POLICY)
        return in_transaction(engine, work)

    def pick_some() -> object:
        return [scan(engine, wave_id, "SOAP").outcome for _ in range(6)]

    deeds: list[Callable[[], object]] = [pick_some, cancel]
    outcomes = run_together(deeds)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    require_sound(engine)
