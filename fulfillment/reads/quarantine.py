"""What waits in quarantine for a qualified person, and where it came from."""

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

_UNDECIDED = sa.text("""
    SELECT coalesce((
        SELECT sum(qty) FROM movement WHERE subject_kind = 'inspection' AND subject_id = :inspection_id
            AND reason = 'quarantine' AND sku = :sku AND lot = :lot
    ), 0) - coalesce((
        SELECT sum(qty) FROM quality_decision WHERE inspection_id = CAST(:inspection_id AS uuid)
            AND sku = :sku AND lot = :lot
    ), 0)
    """)
# Units of inspections that are not decided about yet; what else stands in quarantine has no inspection.
_WAITING = sa.text("""
    WITH put AS (
        SELECT i.id AS inspection_id, m.sku, m.lot, sum(m.qty) AS qty FROM inspection i
        JOIN movement m ON m.subject_kind = 'inspection' AND m.subject_id = CAST(i.id AS text)
        WHERE i.disposition = 'quarantine' GROUP BY 1, 2, 3
    ), decided AS (
        SELECT inspection_id, sku, lot, sum(qty) AS qty FROM quality_decision GROUP BY 1, 2, 3
    ), inspected AS (
        SELECT put.inspection_id, r.warehouse_code, put.sku, put.lot,
            put.qty - coalesce(decided.qty, 0) AS qty, i.grade, r.number AS return_number
        FROM put JOIN inspection i ON i.id = put.inspection_id
        JOIN return_line l ON l.id = i.return_line_id JOIN return_authorization r ON r.id = l.return_id
        LEFT JOIN decided ON decided.inspection_id = put.inspection_id
            AND decided.sku = put.sku AND decided.lot = put.lot
        WHERE put.qty > coalesce(decided.qty, 0)
    ), standing AS (
        SELECT p.warehouse_code, b.sku, b.lot, b.qty FROM balance b JOIN location p ON p.id = b.location_id
        WHERE p.code = 'QUARANTINE' AND p.kind = 'quarantine' AND b.qty > 0
    ), rest AS (
        SELECT CAST(NULL AS uuid), s.warehouse_code, s.sku, s.lot, s.qty - coalesce(sum(i.qty), 0) AS qty,
            CAST(NULL AS text), CAST(NULL AS text)
        FROM standing s LEFT JOIN inspected i USING (warehouse_code, sku, lot)
        GROUP BY s.warehouse_code, s.sku, s.lot, s.qty HAVING s.qty > coalesce(sum(i.qty), 0)
    )
    SELECT w.inspection_id, w.warehouse_code, w.sku, w.lot, CAST(w.qty AS integer) AS qty, w.grade,
        w.return_number, t.expires_on
    FROM (SELECT * FROM inspected UNION ALL SELECT * FROM rest)
        AS w (inspection_id, warehouse_code, sku, lot, qty, grade, return_number)
    LEFT JOIN lot t ON t.sku = w.sku AND t.lot = w.lot
    WHERE (CAST(:warehouse_code AS text) IS NULL OR w.warehouse_code = :warehouse_code)
        AND (CAST(:sku AS text) IS NULL OR w.sku = :sku)
    ORDER BY w.warehouse_code, w.sku, w.lot, w.inspection_id NULLS LAST
    LIMIT :limit
    """)


@dataclass(frozen=True)
class QuarantinedUnits:
    """Units of a lot nobody has decided about; without an inspection they came there by another way."""

    inspection_id: uuid.UUID | None
    warehouse_code: str
    sku: str
    lot: str
    qty: int
    grade: str | None
    return_number: str | None
    expires_on: date | None


def count_undecided(session: Session, *, inspection_id: uuid.UUID, sku: str, lot: str) -> int:
    """Units of a lot that an inspection put into quarantine and nobody has decided about."""
    asked = {"inspection_id": str(inspection_id), "sku": sku, "lot": lot}
    return int(session.connection().execute(_UNDECIDED, asked).scalar_one())


def list_quarantined(
    session: Session, *, warehouse_code: str | None = None, sku: str | None = None, limit: int = 500
) -> list[QuarantinedUnits]:
    """What waits in quarantine, by warehouse, article and lot."""
    rows = session.connection().execute(
        _WAITING, {"warehouse_code": warehouse_code, "sku": sku, "limit": limit}
    )
    return [QuarantinedUnits(*row) for row in rows]
