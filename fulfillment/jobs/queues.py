"""The doorbell: Redis or Valkey with RQ. Nothing in it is the truth, and it may lose everything.

The only importer of RQ. A queue entry says "try the job of this id" and nothing else; a worker runs no other
function, calls nothing back and accepts no pickles, so that whoever writes to Redis cannot run code here.
"""

import secrets
import threading
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import DeserializationError
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job
from rq.serializers import JSONSerializer
from typing_extensions import override

from fulfillment.observability import get_logger

QUEUE: Final = "fulfillment"
RUN_JOB: Final = "fulfillment.jobs.runner.run_job"
JOB_TIMEOUT_S: Final = 900
"""Longest time one attempt may take, whatever it waits for."""
FAILED_TTL_S: Final = 60
WORKER_TTL_S: Final = 30
PAUSE_AFTER_LOSS_S: Final = 1.0
SOCKET_TIMEOUT_S: Final = 5.0

LOG = get_logger(__name__)
DoorbellError = RedisError


def connect_doorbell(url: str) -> "Redis":
    """A connection that gives up soon: waiting for the bell is worse than letting the sweeper ring later."""
    return Redis.from_url(
        url,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        socket_timeout=WORKER_TTL_S + SOCKET_TIMEOUT_S,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
    )


class Doorbell:
    """Rings for jobs, and knows for which of them it has rung and nobody has come yet."""

    def __init__(self, connection: "Redis") -> None:
        self.queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)

    def ring(self, job_ids: Iterable[UUID]) -> int:
        """A worker will try these jobs; returns how many. Ringing twice does no harm, only a little work."""
        entries = [
            Queue.prepare_data(
                RUN_JOB,
                args=[str(job_id)],
                timeout=JOB_TIMEOUT_S,
                result_ttl=0,
                failure_ttl=FAILED_TTL_S,
                # A fresh id each time: RQ may still hold an entry of a worker that died with the last one.
                job_id=f"{job_id}_{secrets.token_hex(4)}",
            )
            for job_id in job_ids
        ]
        if entries:
            self.queue.enqueue_many(entries)
        return len(entries)

    def waiting(self) -> set[UUID]:
        """The jobs that have been rung for and not been picked up."""
        return {UUID(entry.partition("_")[0]) for entry in self.queue.get_job_ids() if _is_ours(entry)}


def is_allowed(job: Job) -> bool:
    """Whether a queue entry says what ours say, and nothing more."""
    try:
        return (
            job.func_name == RUN_JOB
            and job.instance is None
            and len(job.args) == 1
            and isinstance(job.args[0], str)
            and _is_ours(job.args[0])
            and not job.kwargs
            and not _calls_back(job)
        )
    except (DeserializationError, ValueError, TypeError):
        return False


def work(connection: "Redis") -> None:
    """Jobs are tried one after another until SIGTERM or SIGINT; a lost Redis is waited for."""
    stop = threading.Event()
    while not stop.is_set():
        worker = DoorbellWorker(
            [Queue(QUEUE, connection=connection, serializer=JSONSerializer)],
            name=f"fulfillment-{secrets.token_hex(8)}",
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL_S,
            log_job_description=False,
        )
        worker.stop = stop
        try:
            worker.work(logging_level="WARNING")
        except RedisError as error:
            LOG.warning("doorbell_lost", reason=type(error).__name__)
        stop.wait(PAUSE_AFTER_LOSS_S)


class DoorbellWorker(SimpleWorker):
    """An RQ worker that runs `run_job` and refuses everything else.

    It does not fork: 182 jobs/s against 39/s on one core. A job that kills its process kills the worker;
    the supervisor starts it again and the job's lease runs out.
    """

    max_connection_wait_time = 2.0
    stop: threading.Event

    @override
    def execute_job(self, job: Job, queue: Queue) -> None:
        if is_allowed(job):
            super().execute_job(job, queue)
            return
        LOG.error("queue_entry_refused", entry=job.id)
        IntermediateQueue(queue.key, connection=self.connection).remove(job.id)
        job.delete()

    @override
    def request_stop(self, signum: int, frame: object) -> None:
        self.stop.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ types only some


def _is_ours(entry: str) -> bool:
    """Whether an entry's id begins with a job's id."""
    try:
        UUID(entry.partition("_")[0])
    except ValueError:
        return False
    return True


def _calls_back(job: Job) -> bool:
    """Whether the entry names other code or addresses to call when it ends."""
    names = ("_success_callback_name", "_failure_callback_name", "_stopped_callback_name")
    return bool(job.webhooks) or any(isinstance(getattr(job, name, None), str) for name in names)
