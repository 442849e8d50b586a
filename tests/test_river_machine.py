"""Any order of any steps leaves sound books: a Hypothesis state machine over the operations."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.store.engine import make_engine
from tests.conftest import DatabaseServer
from tests.river.company import found_company
from tests.river.floor_rules import FloorRules
from tests.river.order_rules import OrderRules
from tests.river.return_rules import ReturnRules
from tests.river.shipping_rules import ShippingRules

EXAMPLES = int(os.environ.get("FULFILLMENT_TEST_EXAMPLES", "30"))
STEPS = 40
IS_SHRINKING = "FULFILLMENT_TEST_SHRINK" in os.environ
"""Whether a failure is cut down to the fewest steps, which takes minutes."""


class RiverMachine(OrderRules, FloorRules, ShippingRules, ReturnRules):
    """All steps of the river in any order."""


@pytest.fixture(scope="module")
def company(database_server: DatabaseServer, template_database: str) -> Iterator[Engine]:
    """A database with the company in it, which every run leaves as it was."""
    with database_server.database(template=template_database) as name:
        engine = make_engine(database_server.url_for(name), application_name="tests-machine")
        with Session(engine) as session:
            found_company(session, qty=9)
            session.commit()
        yield engine
        engine.dispose()


def test_any_steps_in_any_order_leave_sound_books(company: Engine) -> None:
    class Machine(RiverMachine):
        engine = company

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=EXAMPLES <= 30,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate, Phase.shrink] if IS_SHRINKING else [Phase.generate],
            report_multiple_bugs=False,
        ),
    )
