"""A company with stock, and its stations on real connections."""

import pytest

from fulfillment.store.session import InTransaction
from tests.river.carriers import ForgetfulCarrier
from tests.river.company import found_company
from tests.river.steps import River


@pytest.fixture
def river(in_transaction: InTransaction) -> River:
    """The stations of a company with 30 of each article in each of two halls."""
    in_transaction(lambda session: found_company(session, qty=30))
    return River(in_transaction)


@pytest.fixture
def carrier() -> ForgetfulCarrier:
    """A carrier that charges at once."""
    return ForgetfulCarrier()
