"""Parcels and money that need a person: problems, doubts, silence, and refunds that wait or are stuck."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import ParcelState, PostageState, RefundState
from fulfillment.reads.tower_pulse import STALLED_AFTER
from fulfillment.store.clock import read_now
from fulfillment.store.columns import enum_type

_PROBLEMS = sa.text("""
    SELECT p.id, p.number, p.state, p.problem, p.warehouse_code, p.carrier, p.tracking_number, p.public_id,
        p.packed_at, p.order_id, o.number AS order_number, o.ship_to->>'name' AS name
    FROM parcel p JOIN customer_order o ON o.id = p.order_id
    WHERE p.problem IS NOT NULL ORDER BY p.id LIMIT :limit
    """).columns(state=enum_type(ParcelState))
_STALLED = sa.text("""
    SELECT p.id, p.number, p.state, p.carrier, p.tracking_number, p.public_id, p.tracking_at, p.shipped_at,
        p.eta_at, p.order_id, o.number AS order_number, o.ship_to->>'name' AS name
    FROM parcel p JOIN customer_order o ON o.id = p.order_id
    WHERE p.state = 'shipped' AND coalesce(p.tracking_at, p.shipped_at) < :before
    ORDER BY coalesce(p.tracking_at, p.shipped_at) LIMIT :limit
    """).columns(state=enum_type(ParcelState))
_DOUBTS = sa.text("""
    SELECT g.id, g.state, g.carrier, g.service, g.quoted_minor, g.currency, g.called_at, g.settle_after,
        g.lookups, g.error, g.is_surplus, p.number AS parcel_number, p.order_id, o.number AS order_number
    FROM postage g LEFT JOIN parcel p ON p.id = g.parcel_id LEFT JOIN customer_order o ON o.id = p.order_id
    WHERE g.state IN ('intended', 'calling', 'in_doubt', 'void_requested', 'void_refused')
    ORDER BY g.state = 'in_doubt' DESC, g.id LIMIT :limit
    """).columns(state=enum_type(PostageState))
_RETURNS = sa.text("""
    SELECT r.id, r.number, r.reason, r.warehouse_code, r.received_at, r.order_id, o.number AS order_number,
        coalesce(m.name, o.ship_to->>'name') AS name,
        sum(l.qty_received) AS received, sum(l.qty_inspected) AS inspected, sum(l.qty_requested) AS requested
    FROM return_authorization r JOIN return_line l ON l.return_id = r.id
    JOIN customer_order o ON o.id = r.order_id LEFT JOIN member m ON m.id = o.member_id
    WHERE r.state = 'received' GROUP BY r.id, o.number, m.name, o.ship_to
    ORDER BY r.received_at LIMIT :limit
    """)
_REFUNDS = sa.text("""
    SELECT f.id, f.number, f.state, f.reason, f.amount_minor, f.currency, f.needs_second_person, f.pay_by,
        f.proposed_at, f.proposed_by, f.order_id, o.number AS order_number,
        coalesce(m.name, o.ship_to->>'name') AS name
    FROM refund f JOIN customer_order o ON o.id = f.order_id LEFT JOIN member m ON m.id = o.member_id
    WHERE f.state IN ('proposed', 'unknown', 'failed')
    ORDER BY f.state = 'proposed', f.pay_by NULLS LAST, f.id LIMIT :limit
    """).columns(state=enum_type(RefundState))


def list_parcels_with_problem(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Parcels that only a person can set right, the oldest first."""
    return session.connection().execute(_PROBLEMS, {"limit": limit}).all()


def list_stalled_parcels(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Parcels the carrier has and says nothing of, the longest silent first."""
    before = read_now(session) - STALLED_AFTER
    return session.connection().execute(_STALLED, {"before": before, "limit": limit}).all()


def list_unsettled_postage(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Purchases and voids that are not settled, those in doubt first."""
    return session.connection().execute(_DOUBTS, {"limit": limit}).all()


def list_returns_to_inspect(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Returns whose goods stand at the returns place, the longest waiting first."""
    return session.connection().execute(_RETURNS, {"limit": limit}).all()


def list_open_refunds(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Refunds that are stuck, then those that wait for approval, the most urgent first."""
    return session.connection().execute(_REFUNDS, {"limit": limit}).all()
