"""What a picker's device carries to judge scans by itself: tasks, codes, and where things belong."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import PickTaskState
from fulfillment.reads.wave_work import TaskRow, WaveProgress, list_tasks, read_wave

MAX_ARTICLES = 5_000
MAX_BINS = 20_000
"""Beyond these a device carries only what its wave needs, and asks the server about the rest."""


@dataclass(frozen=True)
class PickArticle:
    """An article that stands in this warehouse: its codes with their units, and the bin it belongs to."""

    sku: str
    name: str
    gtin: str | None
    codes: dict[str, int]
    is_serial_tracked: bool
    home: str | None


@dataclass(frozen=True)
class PickPack:
    """A wave as one device carries it.

    `tasks` are the picker's own, finished ones too; `picks` her (task, units) that can still be undone, the
    latest last; `parts_elsewhere` the fulfillment orders that others pick from as well.
    """

    wave: WaveProgress
    tasks: tuple[TaskRow, ...]
    others_open: int
    parts_elsewhere: tuple[uuid.UUID, ...]
    picks: tuple[tuple[uuid.UUID, int], ...]
    articles: tuple[PickArticle, ...]
    bins: dict[str, str]
    finished_skus: tuple[str, ...]


_ARTICLES = sa.text("""
    WITH here AS (
        SELECT b.sku, (array_agg(l.code ORDER BY b.qty DESC, l.code))[1] AS home
        FROM balance b JOIN location l ON l.id = b.location_id
        WHERE l.warehouse_code = :warehouse_code AND l.kind = 'bin' GROUP BY b.sku
    ), wanted AS (
        SELECT DISTINCT sku FROM pick_task WHERE wave_id = :wave_id
    )
    SELECT p.sku, p.name, p.gtin, p.is_serial_tracked, here.home,
        coalesce((SELECT jsonb_object_agg(c.code, c.units) FROM product_barcode c WHERE c.sku = p.sku), '{}')
            AS codes
    FROM product p LEFT JOIN here ON here.sku = p.sku LEFT JOIN wanted ON wanted.sku = p.sku
    WHERE here.sku IS NOT NULL OR wanted.sku IS NOT NULL
    ORDER BY wanted.sku IS NULL, p.sku LIMIT :limit
    """)
_BINS = sa.text("""
    SELECT barcode, code FROM location
    WHERE warehouse_code = :warehouse_code AND kind = 'bin' ORDER BY code LIMIT :limit
    """)
_PICKS = sa.text("""
    SELECT t.id AS task_id, m.qty FROM pick_scan s
    JOIN movement m ON m.posting_key = 'pick:' || CAST(s.scan_id AS text)
    JOIN pick_task t ON t.id = s.pick_task_id
    WHERE s.wave_id = :wave_id AND s.actor = :picker AND s.outcome IN ('picked', 'task_done')
        AND t.state IN ('open', 'done') AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.number)
    ORDER BY m.number
    """)
_FINISHED = sa.text("""
    SELECT sku FROM pick_task WHERE wave_id = :wave_id GROUP BY sku
    HAVING bool_or(state = 'done') AND NOT bool_or(state = 'open') ORDER BY sku
    """)


def read_pick_pack(session: Session, *, wave_id: uuid.UUID, picker: str) -> PickPack:
    """The wave with the tasks this picker has claimed, in walking order, and the codes she may come across.

    Raises:
        NotFoundError: there is no such wave.
    """
    wave = read_wave(session, wave_id=wave_id)
    connection = session.connection()
    values = {"wave_id": wave_id, "warehouse_code": wave.warehouse_code}
    articles = connection.execute(_ARTICLES, {**values, "limit": MAX_ARTICLES})
    bins = connection.execute(_BINS, {"warehouse_code": wave.warehouse_code, "limit": MAX_BINS})
    tasks = list_tasks(session, wave_id=wave_id)
    others = [task for task in tasks if task.state is PickTaskState.OPEN and task.picker_id != picker]
    picks = connection.execute(_PICKS, {"wave_id": wave_id, "picker": picker})
    return PickPack(
        wave=wave,
        tasks=tuple(task for task in tasks if task.picker_id == picker),
        others_open=len(others),
        parts_elsewhere=tuple(sorted({task.fulfillment_order_id for task in others})),
        picks=tuple((row.task_id, row.qty) for row in picks),
        articles=tuple(
            PickArticle(row.sku, row.name, row.gtin, row.codes, row.is_serial_tracked, row.home)
            for row in articles
        ),
        bins={row.barcode: row.code for row in bins},
        finished_skus=tuple(connection.execute(_FINISHED, {"wave_id": wave_id}).scalars()),
    )
