"""The one table of who may do what: roles for people, scopes for tokens, permissions for routes."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Permission(StrEnum):
    """One thing a route can ask for. Its name says the object and the deed."""

    READ_CATALOG = "catalog:read"
    WRITE_CATALOG = "catalog:write"
    READ_MEMBERS = "members:read"
    WRITE_MEMBERS = "members:write"
    READ_ORDERS = "orders:read"
    WRITE_ORDERS = "orders:write"
    RELEASE_HOLDS = "orders:release"
    READ_STOCK = "stock:read"
    WRITE_STOCK = "stock:write"
    WRITE_RECEIPTS = "receipts:write"
    WRITE_WAVES = "waves:write"
    WRITE_PICKS = "picks:write"
    WRITE_PARCELS = "parcels:write"
    WRITE_LABELS = "labels:write"
    WRITE_SHIPMENTS = "shipments:write"
    READ_SHIPPING = "shipping:read"
    WRITE_TRACKING = "tracking:write"
    READ_RETURNS = "returns:read"
    WRITE_RETURNS = "returns:write"
    WRITE_INSPECTIONS = "inspections:write"
    READ_REFUNDS = "refunds:read"
    DECIDE_QUALITY = "quality:decide"
    PROPOSE_REFUNDS = "refunds:propose"
    APPROVE_REFUNDS = "refunds:approve"
    WRITE_IMPORTS = "imports:write"
    CLOSE_PERIODS = "periods:close"
    READ_REPORTS = "reports:read"
    READ_JOBS = "jobs:read"
    WRITE_JOBS = "jobs:write"
    USE_PORTAL = "portal:use"
    WRITE_ACCOUNTS = "accounts:write"
    READ_AUDIT = "audit:read"
    READ_SETTINGS = "settings:read"
    SET_CLOCK = "clock:write"
    USE_ACCOUNT = "account:use"


class Role(StrEnum):
    """What a person is here for; a user has exactly one."""

    WAREHOUSE = "warehouse"
    DISTRIBUTOR = "distributor"
    SERVICE = "service"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


P = Permission

_FLOOR = frozenset({
    P.USE_ACCOUNT, P.READ_CATALOG, P.READ_STOCK, P.READ_ORDERS, P.READ_SHIPPING, P.READ_RETURNS,
    P.WRITE_RECEIPTS, P.WRITE_WAVES, P.WRITE_PICKS, P.WRITE_PARCELS, P.WRITE_LABELS, P.WRITE_SHIPMENTS,
    P.WRITE_INSPECTIONS,
})  # fmt: skip
_SERVICE = frozenset({
    P.USE_ACCOUNT, P.READ_CATALOG, P.READ_MEMBERS, P.READ_STOCK, P.READ_ORDERS, P.WRITE_ORDERS,
    P.READ_SHIPPING, P.READ_RETURNS, P.WRITE_RETURNS, P.READ_REFUNDS, P.PROPOSE_REFUNDS,
    P.APPROVE_REFUNDS,
})  # fmt: skip
_SUPERVISOR = (
    _FLOOR
    | _SERVICE
    | {
        P.RELEASE_HOLDS, P.WRITE_STOCK, P.WRITE_CATALOG, P.WRITE_MEMBERS, P.WRITE_TRACKING,
        P.DECIDE_QUALITY, P.CLOSE_PERIODS, P.WRITE_IMPORTS, P.READ_REPORTS, P.READ_JOBS, P.READ_AUDIT,
    }
)  # fmt: skip

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.WAREHOUSE: _FLOOR,
    Role.DISTRIBUTOR: frozenset({P.USE_ACCOUNT, P.USE_PORTAL}),
    Role.SERVICE: _SERVICE,
    Role.SUPERVISOR: _SUPERVISOR,
    # Whoever makes users could otherwise approve the refunds another self of theirs proposed.
    Role.ADMIN: (_SUPERVISOR - {P.APPROVE_REFUNDS, P.PROPOSE_REFUNDS})
    | {P.WRITE_JOBS, P.WRITE_ACCOUNTS, P.READ_SETTINGS, P.SET_CLOCK},
}

# A token may carry any permission that is about the business. Signing in, making accounts and a desk of
# one's own belong to people.
SCOPES: frozenset[Permission] = frozenset(Permission) - {
    P.USE_ACCOUNT, P.USE_PORTAL, P.WRITE_ACCOUNTS, P.READ_SETTINGS,
}  # fmt: skip

BADGE_ROLES: frozenset[Role] = frozenset({Role.WAREHOUSE})
SECOND_FACTOR_ROLES: frozenset[Role] = frozenset({Role.ADMIN, Role.SUPERVISOR})


def permissions_of(role: Role) -> frozenset[Permission]:
    """What a person with this role may do."""
    return ROLES[role]


def known_scopes(names: Iterable[str]) -> tuple[frozenset[Permission], list[str]]:
    """The scopes these names stand for, and the names that no token may carry, in the order given."""
    wanted = list(names)
    allowed = {str(scope) for scope in SCOPES}
    return (
        frozenset(Permission(name) for name in wanted if name in allowed),
        [name for name in wanted if name not in allowed],
    )
