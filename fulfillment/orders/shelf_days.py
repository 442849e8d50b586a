"""How long goods have to keep, by the kind of order they are for."""

from fulfillment.core.policy import CompanyPolicy
from fulfillment.orders.kinds import OrderKind


def granted_shelf_days(kind: OrderKind, *, policy: CompanyPolicy) -> int:
    """The days beyond a product's own minimum that the company grants orders of this kind."""
    granted = {
        OrderKind.AUTOSHIP: policy.shelf_days_autoship,
        OrderKind.REPLACEMENT: policy.shelf_days_replacement,
    }
    return granted.get(kind, policy.shelf_days_ordinary)
