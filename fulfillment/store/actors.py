"""Who did it: the answer to "who" in audit, history and idempotency keys."""

from dataclasses import dataclass
from typing import Final, Literal

ActorKind = Literal["user", "token", "job", "system", "carrier", "provider"]


@dataclass(frozen=True)
class Actor:
    """A person, an API token, a job, or an outside party, as it is called at the time of the deed."""

    kind: ActorKind
    id: str
    name: str

    @property
    def key(self) -> str:
        """The text that scopes this actor's idempotency keys."""
        return f"{self.kind}:{self.id}"


SYSTEM: Final = Actor(kind="system", id="fulfillment", name="Fulfillment")
"""The application itself, where no person and no job stands behind a deed."""
