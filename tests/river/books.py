"""What must hold after every step, beyond what the product's own audit asks."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.reads.audit import audit_books
from fulfillment.store.session import read_only

MORE_RULES: Final = {
    "a place inside the house holds fewer than no units": """
        SELECT b.sku, b.qty FROM balance b JOIN location l ON l.id = b.location_id
        WHERE b.qty < 0 AND l.kind NOT IN ('supplier', 'adjustment')
    """,
    "more is promised than can be sold": """
        SELECT warehouse_code, sku, sellable, reserved FROM availability
        WHERE reserved < 0 OR reserved > sellable
    """,
    "more is claimed than lies in the bin": """
        SELECT sku, qty, claimed FROM balance WHERE claimed < 0 OR (claimed > 0 AND claimed > qty)
    """,
    "a movement was reversed twice": """
        SELECT reverses, count(*) FROM movement WHERE reverses IS NOT NULL GROUP BY 1 HAVING count(*) > 1
    """,
    "a history skips a state": """
        SELECT * FROM (
            SELECT object_kind, object_id, seq, from_state,
                lag(to_state) OVER (PARTITION BY object_kind, object_id ORDER BY seq) AS before
            FROM state_history
        ) AS step WHERE step.from_state IS DISTINCT FROM step.before
    """,
    "a change of state has nobody who made it": """
        SELECT object_kind, object_id FROM state_history WHERE actor_id = '' OR reason IS NULL
    """,
    "more volume was reversed than credited": """
        SELECT order_line_id FROM volume_event GROUP BY order_line_id
        HAVING count(*) FILTER (WHERE kind = 'reversed')
            > coalesce(sum(units) FILTER (WHERE kind = 'credited'), 0)
    """,
    "more went back to a tender than was captured": """
        SELECT id, captured_minor, refunded_minor FROM tender
        WHERE refunded_minor < 0 OR refunded_minor > captured_minor
    """,
    "more units are refunded than came back": """
        SELECT l.id, l.qty_received, sum(r.units) FROM return_line l
        JOIN refund_line r ON r.return_line_id = l.id JOIN refund f ON f.id = r.refund_id
        WHERE f.state <> 'rejected' GROUP BY l.id HAVING sum(r.units) > l.qty_received
    """,
    "a cancelled order still holds stock": """
        SELECT o.number, f.number FROM customer_order o JOIN fulfillment_order f ON f.order_id = o.id
        WHERE o.state = 'cancelled' AND f.state <> 'cancelled'
    """,
    "a shipped parcel never had postage": """
        SELECT p.number FROM parcel p WHERE p.state IN ('shipped', 'delivered')
            AND NOT EXISTS (SELECT 1 FROM postage s WHERE s.parcel_id = p.id AND s.state = 'bought')
    """,
}

EVERYTHING: Final = sa.text(
    " UNION ALL ".join(
        f"SELECT '{words}' AS words, to_jsonb(q)::text AS row FROM ({query}) AS q"  # noqa: S608 - our own
        for words, query in MORE_RULES.items()
    )
)


def find_violations(session: Session) -> list[str]:
    """Everything that is wrong in the books, in words."""
    audit = audit_books(session)
    wrong = [f"{v.words} {v.subject}: {v.expected} != {v.found}" for v in audit.named]
    wrong.extend(f"{row.words}: {row.row}" for row in session.connection().execute(EVERYTHING))
    return wrong


def require_sound_books(engine: Engine) -> None:
    """Nothing is wrong in the books as of one snapshot."""
    wrong = read_only(engine, find_violations)
    assert not wrong, "\n".join(wrong)
