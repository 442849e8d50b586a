from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.core.states import AutoshipRunState
from fulfillment.orders.autoship_tables import AutoshipChunk, AutoshipRun
from fulfillment.store.bulk import copy_rows

COLUMNS = ["id", "number", "source", "period", "state", "due_on", "plans", "note", "progress", "report"]


def test_values_of_every_kind_arrive_as_they_left(session: Session) -> None:
    run_id, at = new_id(), datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    state = AutoshipRunState.PLANNING
    note = 'tab\there, "quotes", back\\slash,\nand a new line: żółć'

    copy_rows(
        session,
        table=AutoshipRun,
        columns=[*COLUMNS, "planned_at", "charge_by"],
        rows=[(run_id, "A-1", "shop", "1", state, at.date(), 2, note, {"a": [1, None]}, {}, at, None)],
    )

    row = session.connection().execute(sa.select(AutoshipRun.__table__)).one()  # type: ignore[attr-defined]  # its table
    assert (row.id, row.state, row.plans, row.note) == (run_id, AutoshipRunState.PLANNING, 2, note)
    assert (row.progress, row.planned_at, row.charge_by) == ({"a": [1, None]}, at, None)


def test_a_row_that_breaks_a_rule_keeps_all_of_the_call_out(session: Session) -> None:
    rows: list[tuple[object, ...]] = [(new_id(), 1, 1, number, [], 0, 0) for number in (1, 2)]

    with pytest.raises(IntegrityError, match="fk_autoship_chunk_run_id"), session.begin_nested():
        copy_rows(
            session,
            table=AutoshipChunk,
            columns=["run_id", "plan_no", "round_no", "number", "orders", "promised", "skipped"],
            rows=rows,
        )

    count = sa.select(sa.func.count()).select_from(AutoshipChunk)
    assert session.connection().execute(count).scalar_one() == 0
