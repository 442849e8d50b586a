"""Waves as the floor sees them: how far each is, what its tasks are, and who works on them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import PickTaskState, WaveState

ON_THE_FLOOR = (WaveState.RELEASED, WaveState.PICKING)


@dataclass(frozen=True)
class WaveProgress:
    """One wave with its counts."""

    id: uuid.UUID
    number: str
    warehouse_code: str
    state: WaveState
    released_at: datetime
    released_by: str
    closed_at: datetime | None
    orders: int
    tasks: int
    tasks_open: int
    tasks_short: int
    units: int
    units_picked: int
    pickers: int

    @property
    def share(self) -> int:
        """Percent of the units that are picked."""
        return 100 if not self.units else self.units_picked * 100 // self.units


@dataclass(frozen=True)
class TaskRow:
    """One pick task with the names a person knows it by."""

    id: uuid.UUID
    sequence: int
    state: PickTaskState
    fulfillment_order_id: uuid.UUID
    part_number: str
    order_number: str
    location_id: uuid.UUID
    bin_code: str
    bin_barcode: str
    zone: str
    aisle: str
    sku: str
    name: str
    lot: str
    expires_on: date | None
    is_serial_tracked: bool
    qty: int
    qty_picked: int
    is_located: bool
    tote: str | None
    picker_id: str | None
    picker: str | None
    lots_in_bin: int


@dataclass(frozen=True)
class FloorLoad:
    """What one warehouse has to do: fulfillment orders promised and not released, by urgency."""

    promised: int
    promised_urgent: int
    backordered: int


_WAVES = """
    SELECT w.id, w.number, w.warehouse_code, w.state, w.released_at, w.released_by, w.closed_at,
        CAST(count(DISTINCT t.fulfillment_order_id) AS integer) AS orders,
        CAST(count(t.id) FILTER (WHERE t.state <> 'cancelled') AS integer) AS tasks,
        CAST(count(t.id) FILTER (WHERE t.state = 'open') AS integer) AS tasks_open,
        CAST(count(t.id) FILTER (WHERE t.state = 'short') AS integer) AS tasks_short,
        CAST(coalesce(sum(CASE WHEN t.state IN ('open', 'done') THEN t.qty ELSE t.qty_picked END), 0)
            AS integer) AS units,
        CAST(coalesce(sum(t.qty_picked), 0) AS integer) AS units_picked,
        CAST(count(DISTINCT t.picker_id) FILTER (WHERE t.state = 'open' AND t.claimed_until >= now())
            AS integer) AS pickers
    FROM wave w LEFT JOIN pick_task t ON t.wave_id = w.id
    """
_LIST = sa.text(f"""{_WAVES}
    WHERE (CAST(:warehouse_code AS text) IS NULL OR w.warehouse_code = :warehouse_code)
        AND (CAST(:states AS text[]) IS NULL OR w.state = ANY(CAST(:states AS text[])))
        AND (CAST(:after AS uuid) IS NULL OR w.id < CAST(:after AS uuid))
    GROUP BY w.id ORDER BY w.id DESC LIMIT :limit
    """)
_ONE = sa.text(f"{_WAVES} WHERE w.id = :wave_id GROUP BY w.id")
_TASKS = sa.text("""
    SELECT t.id, t.sequence, t.state, t.fulfillment_order_id, f.number AS part_number,
        o.number AS order_number, t.location_id, l.code AS bin_code, l.barcode AS bin_barcode, l.zone,
        l.aisle, t.sku, p.name, t.lot, lot.expires_on, p.is_serial_tracked, t.qty, t.qty_picked,
        t.is_located, t.tote, t.picker_id, u.name AS picker,
        (SELECT CAST(count(*) AS integer) FROM balance b
            WHERE b.location_id = t.location_id AND b.sku = t.sku AND b.qty > 0) AS lots_in_bin
    FROM pick_task t
    JOIN fulfillment_order f ON f.id = t.fulfillment_order_id JOIN customer_order o ON o.id = f.order_id
    JOIN location l ON l.id = t.location_id JOIN product p ON p.sku = t.sku
    JOIN lot ON lot.sku = t.sku AND lot.lot = t.lot
    LEFT JOIN user_account u ON 'user:' || CAST(u.id AS text) = t.picker_id
    WHERE t.wave_id = :wave_id AND (CAST(:ids AS uuid[]) IS NULL OR t.id = ANY(CAST(:ids AS uuid[])))
    ORDER BY t.sequence
    """)
_LOAD = sa.text("""
    SELECT CAST(count(*) FILTER (WHERE f.state = 'promised' AND f.warehouse_code = :warehouse_code)
            AS integer) AS promised,
        CAST(count(*) FILTER (WHERE f.state = 'promised' AND f.warehouse_code = :warehouse_code
            AND o.promised_ship_by < :until) AS integer) AS promised_urgent,
        CAST(count(*) FILTER (WHERE f.state = 'backordered') AS integer) AS backordered
    FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
    WHERE f.state IN ('promised', 'backordered') AND o.state = 'accepted'
    """)


def list_waves(
    session: Session,
    *,
    limit: int,
    warehouse_code: str | None = None,
    states: Sequence[WaveState] | None = None,
    after: uuid.UUID | None = None,
) -> list[WaveProgress]:
    """Waves, the newest first; `after` is the id of the last one seen."""
    values = {
        "warehouse_code": warehouse_code,
        "states": None if states is None else [state.value for state in states],
        "after": after,
        "limit": limit,
    }
    return [_wave(row) for row in session.connection().execute(_LIST, values)]


def read_wave(session: Session, *, wave_id: uuid.UUID) -> WaveProgress:
    """One wave with its counts.

    Raises:
        NotFoundError: there is none.
    """
    row = session.connection().execute(_ONE, {"wave_id": wave_id}).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no wave {wave_id}.")
    return _wave(row)


def find_wave_by_number(session: Session, *, number: str) -> uuid.UUID:
    """The wave people and pick lists call by this number.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.text("SELECT id FROM wave WHERE number = :number")
    found = session.connection().execute(query, {"number": number.strip().upper()}).scalar_one_or_none()
    if found is None:
        raise NotFoundError(f"There is no wave {number}.", number=number)
    wave_id: uuid.UUID = found
    return wave_id


def list_tasks(
    session: Session, *, wave_id: uuid.UUID, ids: Sequence[uuid.UUID] | None = None
) -> list[TaskRow]:
    """The wave's tasks in walking order, or those of them that are named."""
    values = {"wave_id": wave_id, "ids": None if ids is None else list(ids)}
    rows = session.connection().execute(_TASKS, values)
    return [
        TaskRow(**{**row._mapping, "state": PickTaskState(row.state)})  # noqa: SLF001 - a row's public mapping
        for row in rows
    ]


def read_floor_load(session: Session, *, warehouse_code: str, until: datetime) -> FloorLoad:
    """How many fulfillment orders wait to be released, and how many of them are to ship before an instant."""
    values = {"warehouse_code": warehouse_code, "until": until}
    row = session.connection().execute(_LOAD, values).one()
    return FloorLoad(row.promised, row.promised_urgent, row.backordered)


def _wave(row: sa.Row[tuple[object, ...]]) -> WaveProgress:
    values = dict(row._mapping)  # noqa: SLF001 - a row's public mapping has this name
    return WaveProgress(**{**values, "state": WaveState(values["state"])})
