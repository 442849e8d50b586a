"""Workers and bells as processes: killed, paused, robbed of their Redis, and still every job ends."""

import signal
from pathlib import Path
from uuid import UUID

import redis
from sqlalchemy.engine import Engine

from fulfillment.local.valkey import ValkeyServer
from fulfillment.store.jobs import NewJob, enqueue, enqueue_many
from fulfillment.store.session import InTransaction
from tests.conftest import CUT_OTHERS
from tests.jobs.conftest import Jobs, Programs, programs_on


def promise(in_transaction: InTransaction, kind: str, **payload: object) -> UUID:
    return in_transaction(lambda session: enqueue(session, kind=kind, payload=payload))


def test_a_promised_job_is_done_once(programs: Programs, jobs: Jobs, in_transaction: InTransaction) -> None:
    programs.start("worker")
    programs.start("bell")

    job_id = promise(in_transaction, "mark")
    jobs.wait_until(lambda: jobs.states() == {"done": 1})

    assert jobs.marks() == [(str(job_id), 1)]


def test_flushing_redis_in_the_middle_loses_no_job(
    programs: Programs, jobs: Jobs, in_transaction: InTransaction, valkey: "redis.Redis"
) -> None:
    programs.start("bell")
    wishes = [NewJob("mark") for _ in range(200)]
    in_transaction(lambda session: enqueue_many(session, jobs=wishes))
    jobs.wait_until(lambda: valkey.llen("rq:queue:fulfillment") == 200)

    programs.start("worker")
    jobs.wait_until(lambda: len(jobs.marks()) > 20)
    valkey.flushall()
    jobs.wait_until(lambda: jobs.states() == {"done": 200})

    assert len(jobs.marks()) == 200


def test_a_job_whose_worker_is_killed_is_done_by_another(
    programs: Programs, jobs: Jobs, in_transaction: InTransaction
) -> None:
    first = programs.start("worker")
    programs.start("bell")
    job_id = promise(in_transaction, "dawdle", seconds=3)
    jobs.wait_until(lambda: jobs.states() == {"running": 1})

    first.kill()
    first.wait()
    programs.start("worker")
    jobs.wait_until(lambda: jobs.states() == {"done": 1})

    assert jobs.marks() == [(str(job_id), 2)]


def test_a_worker_paused_beyond_its_lease_cannot_save_its_work(
    programs: Programs, jobs: Jobs, in_transaction: InTransaction
) -> None:
    first = programs.start("worker")
    programs.start("bell")
    job_id = promise(in_transaction, "dawdle", seconds=1)
    jobs.wait_until(lambda: jobs.states() == {"running": 1})

    first.send_signal(signal.SIGSTOP)
    programs.start("worker")
    jobs.wait_until(lambda: jobs.states() == {"done": 1})
    first.send_signal(signal.SIGCONT)
    second_id = promise(in_transaction, "mark")
    jobs.wait_until(lambda: jobs.states() == {"done": 2})

    assert jobs.marks() == [(str(job_id), 2), (str(second_id), 1)]


def test_long_work_keeps_its_lease(programs: Programs, jobs: Jobs, in_transaction: InTransaction) -> None:
    programs.start("worker")
    programs.start("worker")
    programs.start("bell")

    job_id = promise(in_transaction, "dawdle", seconds=4)
    jobs.wait_until(lambda: jobs.states() == {"done": 1})

    assert jobs.marks() == [(str(job_id), 1)]


def test_a_job_that_kills_its_process_ends_dead_and_the_others_are_done(
    programs: Programs, jobs: Jobs, in_transaction: InTransaction
) -> None:
    programs.start("bell")
    poison_id = promise(in_transaction, "poison")
    healthy_id = promise(in_transaction, "mark")

    for attempt in range(1, 6):
        worker = programs.start("worker")
        worker.wait()
        assert worker.returncode == -signal.SIGKILL
        assert jobs.row(poison_id)["attempts"] == attempt
    programs.start("worker")
    jobs.wait_until(lambda: jobs.states() == {"dead": 1, "done": 1})

    assert jobs.row(poison_id)["last_error"].startswith("The worker's process died")
    assert jobs.marks() == [(str(healthy_id), 1)]


def test_a_second_bell_takes_over_when_the_first_dies(
    programs: Programs, jobs: Jobs, in_transaction: InTransaction
) -> None:
    first = programs.start("bell")
    programs.start("worker")
    promise(in_transaction, "mark")
    jobs.wait_until(lambda: jobs.states() == {"done": 1})

    programs.start("bell")
    first.kill()
    first.wait()
    promise(in_transaction, "mark")
    jobs.wait_until(lambda: jobs.states() == {"done": 2})

    assert len(jobs.marks()) == 2


def test_a_worker_asked_to_stop_finishes_the_job_at_hand(
    programs: Programs, jobs: Jobs, in_transaction: InTransaction
) -> None:
    worker = programs.start("worker")
    programs.start("bell")
    job_id = promise(in_transaction, "dawdle", seconds=1)
    jobs.wait_until(lambda: jobs.states() == {"running": 1})

    worker.terminate()
    worker.wait()

    assert worker.returncode == 0
    assert jobs.marks() == [(str(job_id), 1)]


def test_jobs_promised_while_redis_is_away_are_done_when_it_is_back(
    database_url: str, jobs: Jobs, in_transaction: InTransaction, tmp_path: Path
) -> None:
    server = ValkeyServer(tmp_path / "valkey")
    server.start()
    with programs_on(database_url, server.url, tmp_path) as programs:
        worker, bell = programs.start("worker"), programs.start("bell")
        promise(in_transaction, "mark")
        jobs.wait_until(lambda: jobs.states() == {"done": 1})

        server.stop()
        for _ in range(20):
            promise(in_transaction, "mark")
        server.start()
        jobs.wait_until(lambda: jobs.states() == {"done": 21})

        assert (worker.poll(), bell.poll()) == (None, None)
    server.stop()
    assert len(jobs.marks()) == 21


def test_worker_and_bell_outlive_the_loss_of_their_database_connections(
    programs: Programs, jobs: Jobs, in_transaction: InTransaction, owner_engine: Engine
) -> None:
    worker, bell = programs.start("worker"), programs.start("bell")
    promise(in_transaction, "mark")
    jobs.wait_until(lambda: jobs.states() == {"done": 1})

    with owner_engine.connect() as connection:
        connection.execute(CUT_OTHERS)
    for _ in range(20):
        promise(in_transaction, "mark")
    jobs.wait_until(lambda: jobs.states() == {"done": 21})

    assert (worker.poll(), bell.poll()) == (None, None)
    assert len(jobs.marks()) == 21
