"""What must hold in the books at every moment: each rule is a query that finds where it does not.

Every query answers with rows of (subject, expected, found); no row means that the rule holds. The rules
repeat nothing of how the figures were made: they go from the ledger and the lines to the totals.
"""

from dataclasses import dataclass
from typing import Final

from fulfillment.core.states import EDGES_BY_TABLE


@dataclass(frozen=True)
class AuditRule:
    """A rule by name, in words, and the query for what breaks it."""

    name: str
    words: str
    query: str


STOCK_RULES: Final = (
    AuditRule(
        "balance_is_its_movements",
        "Every balance is the sum of its movements.",
        """
        WITH moved AS (
            SELECT location_id, sku, lot, sum(qty) AS qty FROM (
                SELECT to_location_id AS location_id, sku, lot, qty FROM movement
                UNION ALL
                SELECT from_location_id, sku, lot, -qty FROM movement
            ) AS both_sides GROUP BY 1, 2, 3
        )
        SELECT concat_ws(' ', l.warehouse_code, l.code, k.sku, nullif(k.lot, '')) AS subject,
            coalesce(m.qty, 0) AS expected, coalesce(b.qty, 0) AS found
        FROM (SELECT location_id, sku, lot FROM moved UNION SELECT location_id, sku, lot FROM balance) AS k
        LEFT JOIN moved m USING (location_id, sku, lot)
        LEFT JOIN balance b USING (location_id, sku, lot)
        JOIN location l ON l.id = k.location_id
        WHERE coalesce(m.qty, 0) <> coalesce(b.qty, 0)
        """,
    ),
    AuditRule(
        "units_are_conserved",
        "Over all locations, inside and outside, every lot adds up to zero.",
        """
        SELECT concat_ws(' ', sku, nullif(lot, '')) AS subject, 0 AS expected, sum(qty) AS found
        FROM balance GROUP BY sku, lot HAVING sum(qty) <> 0
        """,
    ),
    AuditRule(
        "sellable_is_on_the_shelf",
        "What can be promised is what stands in sellable, unblocked bins in sellable lots.",
        """
        WITH shelf AS (
            SELECT l.warehouse_code, b.sku, sum(b.qty) AS qty
            FROM balance b JOIN location l ON l.id = b.location_id
            JOIN lot t ON t.sku = b.sku AND t.lot = b.lot
            WHERE l.is_sellable AND NOT l.is_blocked AND t.state = 'sellable' GROUP BY 1, 2
        )
        SELECT concat_ws(' ', warehouse_code, sku) AS subject, coalesce(s.qty, 0) AS expected,
            coalesce(a.sellable, 0) AS found
        FROM availability a FULL JOIN shelf s USING (warehouse_code, sku)
        WHERE coalesce(a.sellable, 0) <> coalesce(s.qty, 0)
        """,
    ),
    AuditRule(
        "reserved_is_promised",
        "What is reserved is what promised and unpicked lines hold.",
        """
        WITH held AS (
            SELECT f.warehouse_code, l.sku, sum(l.qty - l.qty_picked) AS qty
            FROM fulfillment_order f JOIN fulfillment_order_line l ON l.fulfillment_order_id = f.id
            WHERE f.state IN ('promised', 'released', 'picking') GROUP BY 1, 2
        )
        SELECT concat_ws(' ', warehouse_code, sku) AS subject, coalesce(h.qty, 0) AS expected,
            coalesce(a.reserved, 0) AS found
        FROM availability a FULL JOIN held h USING (warehouse_code, sku)
        WHERE coalesce(a.reserved, 0) <> coalesce(h.qty, 0)
        """,
    ),
    AuditRule(
        "claims_are_open_tasks",
        "What is claimed in a bin is what open pick tasks still want of it.",
        """
        WITH wanted AS (
            SELECT location_id, sku, lot, sum(qty - qty_picked) AS qty FROM pick_task
            WHERE state = 'open' GROUP BY 1, 2, 3
        )
        SELECT concat_ws(' ', l.warehouse_code, l.code, sku, nullif(lot, '')) AS subject,
            coalesce(w.qty, 0) AS expected, coalesce(b.claimed, 0) AS found
        FROM balance b FULL JOIN wanted w USING (location_id, sku, lot)
        JOIN location l ON l.id = location_id
        WHERE coalesce(w.qty, 0) <> coalesce(b.claimed, 0)
        """,
    ),
)

ORDER_RULES: Final = (
    AuditRule(
        "order_totals_are_their_lines",
        "The goods of an order are the sum of its lines; a kit's parts repeat its price and do not count.",
        """
        SELECT o.number AS subject, coalesce(sum(l.net_paid_minor), 0) AS expected, o.goods_minor AS found
        FROM customer_order o
        LEFT JOIN order_line l ON l.order_id = o.id AND l.kit_line_id IS NULL
        GROUP BY o.id HAVING coalesce(sum(l.net_paid_minor), 0) <> o.goods_minor
        """,
    ),
    AuditRule(
        "every_unit_is_somewhere",
        "Each stocked unit of an accepted order is in one fulfillment order, or cancelled.",
        """
        SELECT concat_ws(' ', o.number, l.sku) AS subject, l.qty - l.qty_cancelled AS expected,
            coalesce(sum(fl.qty) FILTER (WHERE f.state <> 'cancelled'), 0) AS found
        FROM customer_order o
        JOIN order_line l ON l.order_id = o.id AND NOT l.is_kit
        JOIN product p ON p.sku = l.sku AND p.kind IN ('goods', 'sales_aid')
        LEFT JOIN fulfillment_order_line fl ON fl.order_line_id = l.id
        LEFT JOIN fulfillment_order f ON f.id = fl.fulfillment_order_id
        WHERE o.accepted_at IS NOT NULL
        GROUP BY o.id, l.id
        HAVING coalesce(sum(fl.qty) FILTER (WHERE f.state <> 'cancelled'), 0) <> l.qty - l.qty_cancelled
        """,
    ),
    AuditRule(
        "picked_units_left_their_bins",
        "A line counts as picked what its tasks took.",
        """
        SELECT concat_ws(' ', f.number, l.sku) AS subject, coalesce(sum(t.qty_picked), 0) AS expected,
            l.qty_picked AS found
        FROM fulfillment_order_line l JOIN fulfillment_order f ON f.id = l.fulfillment_order_id
        LEFT JOIN pick_task t ON t.fulfillment_order_line_id = l.id
        WHERE f.state <> 'cancelled'
        GROUP BY f.id, l.id HAVING coalesce(sum(t.qty_picked), 0) <> l.qty_picked
        """,
    ),
    AuditRule(
        "packed_units_are_in_parcels",
        "A line counts as packed what its parcels hold, and as shipped what the carrier has of them.",
        """
        SELECT concat_ws(' ', f.number, l.sku) AS subject,
            coalesce(sum(pl.qty), 0) + 1000000 * coalesce(sum(pl.qty) FILTER
                (WHERE p.state NOT IN ('packed', 'labeled')), 0) AS expected,
            l.qty_packed + 1000000 * l.qty_shipped AS found
        FROM fulfillment_order_line l JOIN fulfillment_order f ON f.id = l.fulfillment_order_id
        LEFT JOIN (parcel_line pl JOIN parcel p ON p.id = pl.parcel_id AND p.state <> 'cancelled')
            ON pl.fulfillment_order_line_id = l.id
        WHERE f.state <> 'cancelled'
        GROUP BY f.id, l.id
        HAVING coalesce(sum(pl.qty), 0) <> l.qty_packed
            OR coalesce(sum(pl.qty) FILTER (WHERE p.state NOT IN ('packed', 'labeled')), 0) <> l.qty_shipped
        """,
    ),
    AuditRule(
        "shipped_parcels_left_the_books",
        "Every unit of a parcel the carrier has was posted from picked to shipped.",
        """
        SELECT concat_ws(' ', p.number, pl.sku) AS subject, pl.qty AS expected, coalesce(m.qty, 0) AS found
        FROM parcel p JOIN parcel_line pl ON pl.parcel_id = p.id
        LEFT JOIN movement m ON m.posting_key = 'ship:' || pl.id::text
        WHERE (p.state IN ('packed', 'labeled', 'cancelled')) = (m.number IS NOT NULL)
        """,
    ),
    AuditRule(
        "one_live_label_a_parcel",
        "A parcel has at most one purchase that is paid, or may turn out to be.",
        """
        SELECT p.number AS subject, 1 AS expected, count(*) AS found
        FROM postage s JOIN parcel p ON p.id = s.parcel_id
        WHERE s.purpose = 'outbound' AND s.state IN ('intended', 'calling', 'in_doubt', 'bought')
            AND NOT s.is_surplus
        GROUP BY p.id HAVING count(*) > 1
        """,
    ),
)

MONEY_RULES: Final = (
    AuditRule(
        "tenders_hold_their_refunds",
        "What a tender counts as refunded is what refunds give of it, those that failed left out.",
        """
        SELECT concat_ws(' ', o.number, t.tender_no) AS subject,
            coalesce(sum(p.amount_minor) FILTER (WHERE p.state <> 'failed'), 0) AS expected,
            t.refunded_minor AS found
        FROM tender t JOIN customer_order o ON o.id = t.order_id
        LEFT JOIN refund_part p ON p.tender_id = t.id
        GROUP BY o.id, t.id
        HAVING coalesce(sum(p.amount_minor) FILTER (WHERE p.state <> 'failed'), 0) <> t.refunded_minor
        """,
    ),
    AuditRule(
        "no_line_is_refunded_twice",
        "Refunds give no more units, and no more money, than a line had.",
        """
        SELECT concat_ws(' ', o.number, l.sku) AS subject, l.net_paid_minor AS expected,
            sum(rl.goods_minor) AS found
        FROM refund_line rl JOIN refund r ON r.id = rl.refund_id AND r.state <> 'rejected'
        JOIN order_line l ON l.id = rl.order_line_id JOIN customer_order o ON o.id = l.order_id
        GROUP BY o.id, l.id
        HAVING sum(rl.units) > l.qty OR sum(rl.goods_minor) > l.net_paid_minor
            OR sum(rl.tax_minor) > l.tax_minor
        """,
    ),
    AuditRule(
        "refunds_are_their_parts",
        "A refund on its way is the sum of its shares by tender.",
        """
        SELECT r.number AS subject, r.amount_minor AS expected, coalesce(sum(p.amount_minor), 0) AS found
        FROM refund r LEFT JOIN refund_part p ON p.refund_id = r.id
        WHERE r.state NOT IN ('proposed', 'rejected')
        GROUP BY r.id HAVING coalesce(sum(p.amount_minor), 0) <> r.amount_minor
        """,
    ),
    AuditRule(
        "returned_units_are_counted",
        "A return line counts what was scanned in, and what was inspected of it.",
        """
        SELECT concat_ws(' ', r.number, l.sku) AS subject,
            (SELECT coalesce(sum(qty), 0) FROM return_receipt_scan WHERE return_line_id = l.id) AS expected,
            l.qty_received AS found
        FROM return_line l JOIN return_authorization r ON r.id = l.return_id
        WHERE l.qty_received <> (SELECT coalesce(sum(qty), 0) FROM return_receipt_scan
                                 WHERE return_line_id = l.id)
            OR l.qty_inspected <> (SELECT coalesce(sum(qty), 0) FROM inspection WHERE return_line_id = l.id)
        """,
    ),
    AuditRule(
        "units_taken_back_lose_their_volume",
        "Of a line that carried volume each cancelled and each refunded unit is reversed once.",
        """
        SELECT concat_ws(' ', o.number, l.sku) AS subject, l.qty_cancelled + coalesce(r.units, 0) AS expected,
            coalesce(v.units, 0) AS found
        FROM order_line l JOIN customer_order o ON o.id = l.order_id
        JOIN volume_event c ON c.order_line_id = l.id AND c.kind = 'credited'
        LEFT JOIN (SELECT rl.order_line_id, sum(rl.units) AS units
            FROM refund_line rl JOIN refund f ON f.id = rl.refund_id
            WHERE f.state = 'paid' AND f.cause <> 'cancellation' GROUP BY 1) r ON r.order_line_id = l.id
        LEFT JOIN (SELECT order_line_id, count(*) AS units FROM volume_event
            WHERE kind = 'reversed' GROUP BY 1) v ON v.order_line_id = l.id
        WHERE coalesce(v.units, 0) <> l.qty_cancelled + coalesce(r.units, 0)
        """,
    ),
)

# Every history ends where its object stands, and names no edge the tables of states do not have.
HISTORY_RULES: Final = tuple(
    AuditRule(
        f"{table}_history_ends_where_it_stands",
        f"The history of every {table.replace('_', ' ')} ends in the state it is in.",
        f"""
        SELECT t.id::text AS subject, t.state AS expected, coalesce(h.to_state, 'nothing') AS found
        FROM {table} t
        LEFT JOIN LATERAL (SELECT to_state FROM state_history
            WHERE object_kind = '{table}' AND object_id = t.id::text ORDER BY seq DESC LIMIT 1) h ON true
        WHERE h.to_state IS DISTINCT FROM t.state
        """,  # noqa: S608 - the table's name comes from our own list
    )
    for table in EDGES_BY_TABLE
)

AUDIT_RULES: Final = (*STOCK_RULES, *ORDER_RULES, *MONEY_RULES, *HISTORY_RULES)
