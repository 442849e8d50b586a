"""Who is asking: what a session or a token turns into for the length of one request."""

import uuid
from dataclasses import dataclass

from fulfillment.accounts.roles import Permission, Role
from fulfillment.core.errors import ForbiddenError
from fulfillment.store.actors import Actor


@dataclass(frozen=True)
class Viewer:
    """Somebody known. `member_number` set means: sees and changes only what is that member's."""

    actor: Actor
    permissions: frozenset[Permission]
    role: Role | None = None
    member_number: str | None = None
    warehouse_code: str | None = None
    session_id: uuid.UUID | None = None
    locale: str = "en_US"
    time_zone: str = "America/New_York"
    is_pending: bool = False
    has_second_factor: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether this deed is allowed."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """The deed is allowed.

        Raises:
            ForbiddenError: the role or the token's scopes leave it out.
        """
        if permission not in self.permissions:
            raise ForbiddenError(
                f"This needs the permission {permission.value}, which {self.actor.name} does not have.",
                permission=permission.value,
            )
