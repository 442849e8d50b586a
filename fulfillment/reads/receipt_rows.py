"""Receipts as the dock sees them: what was announced, what came, and what waits for a bin."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import ReceiptState


@dataclass(frozen=True)
class ReceiptSummary:
    """One receipt in a list."""

    id: uuid.UUID
    number: str
    warehouse_code: str
    supplier: str
    supplier_ref: str
    state: ReceiptState
    expected_on: date | None
    created_at: datetime
    closed_at: datetime | None
    qty_expected: int
    qty_received: int


@dataclass(frozen=True)
class ReceiptLineRow:
    """One article and lot of a receipt."""

    id: uuid.UUID
    sku: str
    name: str
    lot: str
    expires_on: date | None
    qty_expected: int
    qty_received: int
    is_lot_tracked: bool


@dataclass(frozen=True)
class ReceiptDocument:
    """One receipt, whole."""

    head: ReceiptSummary
    lines: tuple[ReceiptLineRow, ...]


_SUMMARY = """
    SELECT r.id, r.number, r.warehouse_code, r.supplier, r.supplier_ref, r.state, r.expected_on, r.created_at,
        r.closed_at, CAST(coalesce(sum(n.qty_expected), 0) AS integer) AS qty_expected,
        CAST(coalesce(sum(n.qty_received), 0) AS integer) AS qty_received
    FROM receipt r LEFT JOIN receipt_line n ON n.receipt_id = r.id
    """
_LIST = sa.text(f"""{_SUMMARY}
    WHERE (CAST(:warehouse_code AS text) IS NULL OR r.warehouse_code = :warehouse_code)
        AND (CAST(:state AS text) IS NULL OR r.state = :state)
        AND (CAST(:after AS uuid) IS NULL OR r.id < CAST(:after AS uuid))
    GROUP BY r.id ORDER BY r.id DESC LIMIT :limit
    """)
_ONE = sa.text(f"{_SUMMARY} WHERE r.id = :receipt_id GROUP BY r.id")
_LINES = sa.text("""
    SELECT n.id, n.sku, p.name, n.lot, n.expires_on, n.qty_expected, n.qty_received, p.is_lot_tracked
    FROM receipt_line n JOIN product p USING (sku) WHERE n.receipt_id = :receipt_id ORDER BY n.sku, n.lot
    """)


def list_receipts(
    session: Session,
    *,
    limit: int,
    warehouse_code: str | None = None,
    state: ReceiptState | None = None,
    after: uuid.UUID | None = None,
) -> list[ReceiptSummary]:
    """Receipts, the newest first; `after` is the id of the last one seen."""
    values = {
        "warehouse_code": warehouse_code,
        "state": state.value if state else None,
        "after": after,
        "limit": limit,
    }
    return [_summary(row) for row in session.connection().execute(_LIST, values)]


def read_receipt(session: Session, *, receipt_id: uuid.UUID) -> ReceiptDocument:
    """One receipt with its lines.

    Raises:
        NotFoundError: there is none.
    """
    values = {"receipt_id": receipt_id}
    row = session.connection().execute(_ONE, values).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no receipt {receipt_id}.")
    lines = session.connection().execute(_LINES, values)
    return ReceiptDocument(_summary(row), tuple(ReceiptLineRow(*line) for line in lines))


def _summary(row: sa.Row[tuple[object, ...]]) -> ReceiptSummary:
    values = dict(row._mapping)  # noqa: SLF001 - a row's public mapping has this name
    return ReceiptSummary(**{**values, "state": ReceiptState(values["state"])})
