from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.flows.pack_order import pack_order
from fulfillment.store.session import in_transaction
from tests.river.company import POLICY, wish
from tests.river.steps import River
from tests.warehouse.halls import ANA

JOBS = "SELECT count(*) FROM job WHERE kind = 'buy_postage'"


def test_a_job_is_there_if_and_only_if_its_transaction_committed(engine: Engine, river: River) -> None:
    accepted = river.run_to_bench(wish("1", {"SOAP": 1}))
    part_id = accepted.parts[0].fulfillment_order_id
    pack = partial(pack_order, fulfillment_order_id=part_id, actor=ANA, policy=POLICY)

    def pack_and_fail(session: Session) -> None:
        pack(session)
        raise ConflictError("The lights went out.")

    with pytest.raises(ConflictError):
        in_transaction(engine, pack_and_fail)
    with engine.connect() as connection:
        after_failure = connection.execute(sa.text(JOBS)).scalar_one()
    in_transaction(engine, pack)
    with engine.connect() as connection:
        after_success = connection.execute(sa.text(JOBS)).scalar_one()

    assert (after_failure, after_success) == (0, 1)
