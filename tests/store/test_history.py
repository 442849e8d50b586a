"""Moving states, with a wave as the stateful object."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import NotAllowedEdgeError, NotFoundError
from fulfillment.core.states import ORDER, WAVE, OrderState, WaveState
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history, move_state, move_states
from fulfillment.store.session import in_transaction
from fulfillment.store.tables import StateHistory
from fulfillment.warehouse.tables import Warehouse, Wave

HISTORY = table_of(StateHistory)
WAVES = table_of(Wave)
WAREHOUSES = table_of(Warehouse)
PICKER = Actor(kind="user", id="u-7", name="Ada")


def make_wave(session: Session, number: str = "W-1") -> UUID:
    connection = session.connection()
    known = {column.name for column in WAREHOUSES.columns if not column.nullable}
    facts = {"code": "LAX", "name": "Los Angeles", "address": {}, "country": "US", "currency": "USD"}
    places = {"latitude": 0, "longitude": 0, "time_zone": "UTC", "daily_parcel_capacity": 1}
    rest = {"cutoff_at": sa.text("'17:00'"), "handling_minor": 0, "is_active": True}
    row = {name: value for name, value in {**facts, **places, **rest}.items() if name in known}
    if connection.execute(sa.select(WAREHOUSES)).one_or_none() is None:
        connection.execute(sa.insert(WAREHOUSES).values(row))
    wave_id = uuid4()
    connection.execute(
        sa.insert(WAVES).values(
            id=wave_id,
            number=number,
            warehouse_code="LAX",
            state=WaveState.RELEASED,
            released_at=sa.func.now(),
            released_by="Ada",
        )
    )
    return wave_id


def lines(session: Session) -> list[tuple[str | None, str, str, str]]:
    rows = session.connection().execute(sa.select(HISTORY).order_by(HISTORY.c.seq))
    return [(row.from_state, row.to_state, row.actor_name, row.reason) for row in rows]


def test_a_move_changes_the_state_and_is_written_to_the_history(session: Session) -> None:
    wave_id = make_wave(session)

    left = move_state(
        session,
        table=Wave,
        object_id=wave_id,
        edges=WAVE,
        to=WaveState.PICKING,
        actor=PICKER,
        reason="first scan",
    )

    assert left == "released"
    assert session.connection().execute(sa.select(WAVES.c.state)).scalar_one() is WaveState.PICKING
    assert lines(session) == [("released", "picking", "Ada", "first scan")]


def test_other_columns_change_in_the_same_statement(session: Session) -> None:
    wave_id = make_wave(session)

    move_state(
        session,
        table=Wave,
        object_id=wave_id,
        edges=WAVE,
        to=WaveState.DONE,
        actor=PICKER,
        reason="picked",
        values={"closed_at": sa.func.now()},
    )

    assert session.connection().execute(sa.select(WAVES.c.closed_at)).scalar_one() is not None


def test_a_move_along_no_edge_is_refused_and_nothing_changes(session: Session) -> None:
    wave_id = make_wave(session)
    move_state(
        session,
        table=Wave,
        object_id=wave_id,
        edges=WAVE,
        to=WaveState.CANCELLED,
        actor=PICKER,
        reason="picked",
    )

    with pytest.raises(
        NotAllowedEdgeError, match="This wave is cancelled and cannot become picking"
    ) as refusal:
        move_state(
            session,
            table=Wave,
            object_id=wave_id,
            edges=WAVE,
            to=WaveState.PICKING,
            actor=PICKER,
            reason="again",
        )

    assert refusal.value.detail == {
        "object_kind": "wave",
        "object_id": str(wave_id),
        "state": "cancelled",
        "to": "picking",
    }
    assert len(lines(session)) == 1


def test_a_move_from_an_unexpected_state_is_refused(session: Session) -> None:
    wave_id = make_wave(session)

    with pytest.raises(NotAllowedEdgeError):
        move_state(
            session,
            table=Wave,
            object_id=wave_id,
            edges=WAVE,
            to=WaveState.DONE,
            actor=PICKER,
            reason="picked",
            expected=WaveState.PICKING,
        )


def test_what_does_not_exist_is_not_found(session: Session) -> None:
    with pytest.raises(NotFoundError, match="There is no wave"):
        move_state(
            session,
            table=Wave,
            object_id=uuid4(),
            edges=WAVE,
            to=WaveState.DONE,
            actor=PICKER,
            reason="picked",
        )


def test_a_set_moves_those_that_may_and_leaves_the_others(session: Session) -> None:
    free, ended = make_wave(session, "W-1"), make_wave(session, "W-2")
    move_state(
        session,
        table=Wave,
        object_id=ended,
        edges=WAVE,
        to=WaveState.CANCELLED,
        actor=PICKER,
        reason="picked",
    )

    moved = move_states(
        session,
        table=Wave,
        object_ids=[free, ended],
        edges=WAVE,
        to=WaveState.PICKING,
        actor=PICKER,
        reason="go",
    )

    assert moved == {free: "released"}


def test_a_history_begins_with_the_state_the_object_was_made_in(session: Session) -> None:
    wave_id = make_wave(session)

    begin_history(
        session, table=Wave, object_ids=[wave_id], state=WaveState.RELEASED, actor=PICKER, reason="cut-off"
    )

    assert lines(session) == [(None, "released", "Ada", "cut-off")]


def test_of_two_movers_at_once_one_moves_and_the_other_hears_the_new_state(engine: Engine) -> None:
    wave_id = in_transaction(engine, make_wave)
    start = threading.Barrier(2)

    def mover(_number: int) -> str:
        def work(session: Session) -> str:
            return move_state(
                session,
                table=Wave,
                object_id=wave_id,
                edges=WAVE,
                to=WaveState.DONE,
                actor=PICKER,
                reason="race",
            )

        start.wait()
        try:
            return in_transaction(engine, work)
        except NotAllowedEdgeError as refusal:
            return str(refusal.detail["state"])

    with ThreadPoolExecutor(2) as pool:
        heard = sorted(pool.map(mover, range(2)))

    assert heard == ["done", "released"]
    assert len(in_transaction(engine, lines)) == 1


def test_edges_are_read_by_their_table(session: Session) -> None:
    assert OrderState.ACCEPTED in ORDER[OrderState.RECEIVED]
