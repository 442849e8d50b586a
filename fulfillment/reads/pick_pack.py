"""What a picker's device carries to judge scans by itself: tasks, codes, and where things belong."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

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
    """A wave as one device carries it."""

    wave: WaveProgress
    tasks: tuple[TaskRow, ...]
    articles: tuple[PickArticle, ...]
    bins: dict[str, str]


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


def read_pick_pack(session: Session, *, wave_id: uuid.UUID, task_ids: Sequence[uuid.UUID]) -> PickPack:
    """The wave with these tasks, in walking order, and the codes a picker may come across.

    Raises:
        NotFoundError: there is no such wave.
    """
    wave = read_wave(session, wave_id=wave_id)
    connection = session.connection()
    values = {"wave_id": wave_id, "warehouse_code": wave.warehouse_code}
    articles = connection.execute(_ARTICLES, {**values, "limit": MAX_ARTICLES})
    bins = connection.execute(_BINS, {"warehouse_code": wave.warehouse_code, "limit": MAX_BINS})
    return PickPack(
        wave=wave,
        tasks=tuple(list_tasks(session, wave_id=wave_id, ids=task_ids)),
        articles=tuple(
            PickArticle(row.sku, row.name, row.gtin, row.codes, row.is_serial_tracked, row.home)
            for row in articles
        ),
        bins={row.barcode: row.code for row in bins},
    )
