"""What must hold of autoship runs in the books at every moment."""

from typing import Final

from fulfillment.reads.audit_rules import AuditRule

AUTOSHIP_RULES: Final = (
    AuditRule(
        "kept_back_is_what_runs_keep",
        "What is kept back is what booked autoship runs keep.",
        """
        WITH kept AS (SELECT warehouse_code, sku, sum(qty) AS qty FROM autoship_kept GROUP BY 1, 2)
        SELECT concat_ws(' ', warehouse_code, sku) AS subject, coalesce(k.qty, 0) AS expected,
            coalesce(a.kept_back, 0) AS found
        FROM availability a FULL JOIN kept k USING (warehouse_code, sku)
        WHERE coalesce(a.kept_back, 0) <> coalesce(k.qty, 0)
        """,
    ),
    AuditRule(
        "promised_autoships_hold_their_units",
        "A due order that is promised and not paid holds each of its stocked units, promised or backordered.",
        """
        SELECT concat_ws(' ', o.number, l.sku) AS subject, l.qty AS expected, coalesce(h.qty, 0) AS found
        FROM autoship_order d JOIN customer_order o ON o.id = d.order_id
        JOIN order_line l ON l.order_id = o.id AND NOT l.is_kit
        JOIN product p ON p.sku = l.sku AND p.kind IN ('goods', 'sales_aid')
        LEFT JOIN (SELECT fl.order_line_id, sum(fl.qty) AS qty
            FROM fulfillment_order_line fl JOIN fulfillment_order f ON f.id = fl.fulfillment_order_id
            WHERE f.state <> 'cancelled' GROUP BY 1) h ON h.order_line_id = l.id
        WHERE d.outcome = 'promised' AND coalesce(h.qty, 0) <> l.qty
        """,
    ),
    AuditRule(
        "unpromised_autoships_hold_nothing",
        "A due order that waits, is short, or was given back or cancelled holds no units.",
        """
        SELECT o.number AS subject, 0 AS expected, count(*) AS found
        FROM autoship_order d JOIN customer_order o ON o.id = d.order_id
        JOIN fulfillment_order f ON f.order_id = o.id AND f.state <> 'cancelled'
        WHERE d.outcome IN ('waiting', 'short', 'given_back', 'declined', 'lapsed')
        GROUP BY o.id
        """,
    ),
    AuditRule(
        "paid_autoships_are_accepted",
        "A due order is accepted if and only if it was paid in full.",
        """
        SELECT o.number AS subject, o.total_minor AS expected, coalesce(sum(t.captured_minor), 0) AS found
        FROM autoship_order d JOIN customer_order o ON o.id = d.order_id
        LEFT JOIN tender t ON t.order_id = o.id
        GROUP BY o.id, d.outcome
        HAVING (d.outcome = 'paid') <> (o.accepted_at IS NOT NULL)
            OR (d.outcome = 'paid' AND coalesce(sum(t.captured_minor), 0) < o.total_minor)
            OR (d.outcome <> 'paid' AND count(t.id) > 0)
        """,
    ),
)
