"""The product as `make demo` starts it, with a company small enough for a test."""

from collections.abc import Iterator

import pytest

from fulfillment.local.stack import Stack, running_stack

ROLES = ("warehouse", "distributor", "service", "supervisor", "admin")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack whose company has just begun."""
    with running_stack(
        tmp_path_factory.mktemp("home"),
        preparations=(("migrate",), ("seed", "--orders-per-day", "1")),
        is_durable=False,
    ) as stack:
        yield stack


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack whose company is up to now."""
    with running_stack(
        tmp_path_factory.mktemp("home"),
        roles=ROLES,
        preparations=(("migrate",), ("seed", "--orders-per-day", "6", "--days-to-play", "6")),
        first_commands=(("play",),),
        is_durable=False,
    ) as stack:
        yield stack
