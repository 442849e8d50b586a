"""All metadata: every table there is, and what the database itself refuses to do with some of them."""

from typing import Final

import sqlalchemy as sa
from sqlmodel import SQLModel

import fulfillment.accounts.tables
import fulfillment.catalog.tables
import fulfillment.commissions.tables
import fulfillment.distributors.tables
import fulfillment.imports.tables
import fulfillment.notifications.tables
import fulfillment.orders.autoship_tables
import fulfillment.orders.route_tables
import fulfillment.orders.tables
import fulfillment.returns.tables
import fulfillment.shipping.custody_tables
import fulfillment.shipping.tables
import fulfillment.store.numbers
import fulfillment.store.tables
import fulfillment.warehouse.tables  # noqa: F401 - importing a module of tables is what fills the metadata
from fulfillment.core.states import EDGES_BY_TABLE

METADATA: Final[sa.MetaData] = SQLModel.metadata

STATEFUL: Final = frozenset(EDGES_BY_TABLE)
"""Tables whose `state` moves along allowed edges only."""

APPEND_ONLY: Final = frozenset(
    {
        "audit_entry",
        "inspection",
        "movement",
        "quality_decision",
        "return_receipt_scan",
        "state_history",
        "tracking_event",
        "volume_event",
    }
)
"""Tables that record what happened: rows are added, and what was wrong is reversed by another row."""

READ_ONLY: Final = frozenset({"allowed_edge"})
"""Tables that only migrations write."""


def allowed_edges() -> list[dict[str, str]]:
    """The rows of `allowed_edge`, in their order."""
    return [
        {"object_kind": table, "from_state": state.value, "to_state": target.value}
        for table, edges in sorted(EDGES_BY_TABLE.items())
        for state, targets in sorted(edges.items())
        for target in sorted(targets)
    ]
