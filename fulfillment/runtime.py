"""What one process works with, wired once from the settings."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.engine import Engine

from fulfillment.config import Settings
from fulfillment.store.engine import make_engine
from fulfillment.store.session import InTransaction, transactions_on


@dataclass(frozen=True)
class Runtime:
    """The settings, the database, and the outside parties behind their protocols."""

    settings: Settings
    engine: Engine

    @cached_property
    def in_transaction(self) -> InTransaction:
        """`in_transaction` on this process's database."""
        return transactions_on(self.engine)

    def close(self) -> None:
        """Nothing stays open."""
        self.engine.dispose()


def make_runtime(settings: Settings, *, application_name: str) -> Runtime:
    """The runtime of a process; connections are made when they are first needed."""
    return Runtime(
        settings=settings,
        engine=make_engine(
            settings.database_url.get_secret_value(),
            pool_size=settings.database_pool_size,
            application_name=application_name,
        ),
    )
