"""The doorbell, and what a worker refuses to run."""

import logging
from collections.abc import Callable
from uuid import uuid4

import pytest
import redis
from rq import Queue
from rq.callbacks import Callback
from rq.job import Job
from rq.serializers import JSONSerializer, PickleSerializer
from rq.webhook import Webhook

from fulfillment.jobs.queues import QUEUE, RUN_JOB, Doorbell, DoorbellWorker, is_allowed

NOTHING = str(uuid4())


def entries(valkey: "redis.Redis") -> list[Job]:
    queue = Queue(QUEUE, connection=valkey, serializer=JSONSerializer)
    return queue.jobs


def test_a_ring_is_one_entry_that_names_the_job_and_nothing_else(valkey: "redis.Redis") -> None:
    job_id = uuid4()

    rung = Doorbell(valkey).ring([job_id])

    (entry,) = entries(valkey)
    assert rung == 1
    assert (entry.func_name, entry.args, entry.kwargs) == (RUN_JOB, [str(job_id)], {})
    assert is_allowed(entry)


def test_rings_nobody_has_come_for_are_known(valkey: "redis.Redis") -> None:
    first, second = uuid4(), uuid4()
    doorbell = Doorbell(valkey)

    doorbell.ring([first, second])
    doorbell.ring([first])

    assert doorbell.waiting() == {first, second}


def test_nothing_to_ring_for_asks_redis_nothing() -> None:
    assert Doorbell(redis.Redis(port=1)).ring([]) == 0


Hostile = Callable[[Queue], Job]
HOSTILE: dict[str, Hostile] = {
    "another function": lambda queue: queue.enqueue("os.system", NOTHING),
    "a part of ours": lambda queue: queue.enqueue("fulfillment.jobs.runner.try_job", NOTHING),
    "an argument too many": lambda queue: queue.enqueue(RUN_JOB, NOTHING, NOTHING),
    "no id": lambda queue: queue.enqueue(RUN_JOB, "../../etc/passwd"),
    "a keyword": lambda queue: queue.enqueue(RUN_JOB, NOTHING, handlers={}),
    "a callback": lambda queue: queue.enqueue(RUN_JOB, NOTHING, on_success=Callback("os.system")),
    "a callback on failure": lambda queue: queue.enqueue(RUN_JOB, NOTHING, on_failure=Callback("os.system")),
    "a webhook": lambda queue: queue.enqueue(
        RUN_JOB,
        NOTHING,
        webhooks=[Webhook(url="http://169.254.169.254/latest", job_status="finished")],
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_worker_refuses_and_removes_an_entry_that_asks_for_more(valkey: "redis.Redis", kind: str) -> None:
    queue = Queue(QUEUE, connection=valkey, serializer=JSONSerializer)
    entry = HOSTILE[kind](queue)

    work_in_a_burst(valkey)

    assert not is_allowed(entry)
    assert not Job.exists(entry.id, connection=valkey)


def test_a_worker_loads_no_pickle(valkey: "redis.Redis") -> None:
    queue = Queue(QUEUE, connection=valkey, serializer=PickleSerializer)
    entry = queue.enqueue(RUN_JOB, NOTHING)

    work_in_a_burst(valkey)

    assert not Job.exists(entry.id, connection=valkey)


def work_in_a_burst(valkey: "redis.Redis") -> None:
    """A worker has come for all that waits, in this process; refused entries reach no function."""
    logging.getLogger("rq.worker").setLevel(logging.CRITICAL)
    queue = Queue(QUEUE, connection=valkey, serializer=JSONSerializer)
    worker = DoorbellWorker([queue], connection=valkey, serializer=JSONSerializer)
    for entry_id in queue.get_job_ids():
        entry = Job.fetch(entry_id, connection=valkey, serializer=JSONSerializer)
        worker.execute_job(entry, queue)
