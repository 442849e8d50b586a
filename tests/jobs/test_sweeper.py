"""The net under the bell."""

from uuid import UUID

import redis

from fulfillment.jobs.queues import Doorbell
from fulfillment.jobs.sweeper import sweep
from fulfillment.store.job_claims import claim_job
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction
from tests.jobs.conftest import Jobs


def promise(in_transaction: InTransaction) -> UUID:
    return in_transaction(lambda session: enqueue(session, kind="test", payload={}))


def claim(in_transaction: InTransaction, job_id: UUID, *, lease_s: float) -> None:
    found = in_transaction(lambda session: claim_job(session, job_id=job_id, lease_s=lease_s))
    assert found is not None


def test_a_job_nobody_was_told_of_is_rung_for(in_transaction: InTransaction, valkey: "redis.Redis") -> None:
    job_id = promise(in_transaction)
    doorbell = Doorbell(valkey)

    assert sweep(in_transaction, doorbell) == 1
    assert doorbell.waiting() == {job_id}


def test_a_job_whose_ring_still_waits_is_not_rung_for_again(
    in_transaction: InTransaction, valkey: "redis.Redis"
) -> None:
    promise(in_transaction)
    doorbell = Doorbell(valkey)
    sweep(in_transaction, doorbell)

    assert sweep(in_transaction, doorbell) == 0


def test_a_ring_that_redis_lost_is_repeated(in_transaction: InTransaction, valkey: "redis.Redis") -> None:
    promise(in_transaction)
    doorbell = Doorbell(valkey)
    sweep(in_transaction, doorbell)
    valkey.flushall()

    assert sweep(in_transaction, doorbell) == 1


def test_a_job_under_a_living_lease_is_left_alone(
    in_transaction: InTransaction, valkey: "redis.Redis"
) -> None:
    claim(in_transaction, promise(in_transaction), lease_s=60)

    assert sweep(in_transaction, Doorbell(valkey)) == 0


def test_a_job_whose_lease_ran_out_is_rung_for(in_transaction: InTransaction, valkey: "redis.Redis") -> None:
    job_id = promise(in_transaction)
    claim(in_transaction, job_id, lease_s=-1)
    doorbell = Doorbell(valkey)

    sweep(in_transaction, doorbell)

    assert doorbell.waiting() == {job_id}


def test_a_job_that_used_up_its_attempts_is_buried_and_not_rung_for(
    in_transaction: InTransaction, valkey: "redis.Redis", jobs: Jobs
) -> None:
    job_id = promise(in_transaction)
    for _ in range(5):
        claim(in_transaction, job_id, lease_s=-1)

    assert sweep(in_transaction, Doorbell(valkey)) == 0
    assert jobs.states() == {"dead": 1}
