"""Lots whose time has come stop being sold; orders that counted on them are named."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.flows.hold_lot import take_lot_out
from fulfillment.flows.lose_stock import Loss
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.warehouse.kinds import LotState
from fulfillment.warehouse.lots import lock_lot, set_lot_state

# The same rule as `allocation.may_leave`: a lot is sold while its units keep the days owed to the buyer.
_FIND_DUE = sa.text("""
    SELECT t.sku, t.lot FROM lot t JOIN product p USING (sku)
    WHERE t.state IN ('sellable', 'held') AND t.expires_on IS NOT NULL
        AND t.expires_on - p.min_remaining_days < CAST(:today AS date)
    ORDER BY t.sku, t.lot
    """)


def expire_lots(session: Session, *, actor: Actor) -> list[Loss]:
    """Every lot that has fewer days left than its buyers are owed is expired; saying it twice is harmless."""
    now = read_now(session)
    return [
        _expire(session, sku=row.sku, lot=row.lot, today=now.date(), actor=actor)
        for row in session.connection().execute(_FIND_DUE, {"today": now.date()}).all()
    ]


def _expire(session: Session, *, sku: str, lot: str, today: date, actor: Actor) -> Loss:
    state = lock_lot(session, sku=sku, lot=lot)
    reason = f"too little shelf life on {today.isoformat()}"
    if state is LotState.SELLABLE:
        return take_lot_out(
            session,
            sku=sku,
            lot=lot,
            to=LotState.EXPIRED,
            reason=reason,
            actor=actor,
            now=read_now(session),
        )
    if state is LotState.HELD:
        set_lot_state(session, sku=sku, lot=lot, state=LotState.EXPIRED, actor=actor, reason=reason)
    return Loss((), 0)
