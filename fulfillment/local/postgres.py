"""PostgreSQL as a direct child of ours: made, started, stopped, and started again after any kind of death."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from fulfillment.local.binaries import PostgresPrograms, find_postgres
from fulfillment.local.children import Identity, last_lines, start_child, stop_child
from fulfillment.local.errors import LocalServerError
from fulfillment.local.folders import make_private, socket_folder
from fulfillment.local.identity import give, identity_for, require_reach
from fulfillment.local.stale import clear_stale_postmaster

SUPERUSER = "postgres"
SOCKET_PORT = 5432
START_PATIENCE_S = 120.0
STOP_PATIENCE_S = 20.0
# After a kill -9 the server's own children may hold its shared memory a moment longer.
RETRIES_WHILE_HELD = 20
HELD = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
BUILTIN_LOCALE_SINCE = 17
LOG_LIMIT_BYTES = 5_000_000


@dataclass
class PostgresServer:
    """One PostgreSQL over one folder, reached by a socket in a private folder, and by loopback on demand.

    `is_durable=False` gives up survival of a power cut (not of a killed process) for tests. Over the socket
    every database user is trusted, because only the folder's owner can reach it; over loopback, where any
    user of the machine could call, the superuser's password is asked for.
    """

    folder: Path
    is_durable: bool = True
    name: str = "postgres"
    max_connections: int = 60
    loopback_port: int | None = None
    may_unshare: bool = True
    child: subprocess.Popen[bytes] | None = field(default=None, init=False)
    sockets: Path = field(init=False)

    def __post_init__(self) -> None:
        make_private(self.folder)
        self.folder = self.folder.resolve()
        self.sockets = socket_folder(self.folder)

    @property
    def log(self) -> Path:
        """What the server wrote."""
        return self.folder / "postgres.log"

    @property
    def password(self) -> str:
        """The superuser's password for loopback connections, made with the database."""
        return (self.folder / "password").read_text().strip()

    def url_for(self, database: str, *, user: str = SUPERUSER) -> str:
        """The SQLAlchemy address of a database over the socket; it stays the same across restarts."""
        return f"postgresql+psycopg://{user}@/{database}?host={quote(str(self.sockets))}&port={SOCKET_PORT}"

    def loopback_url_for(self, database: str) -> str:
        """The address over loopback, as the superuser; only with a `loopback_port`."""
        assert self.loopback_port is not None
        return f"postgresql+psycopg://{SUPERUSER}:{self.password}@127.0.0.1:{self.loopback_port}/{database}"

    def start(self) -> None:
        """The server answers; an interrupted earlier run has been recovered from.

        Raises:
            LocalServerError: it cannot run here; the message holds the end of its log.
        """
        data = self.folder / "data"
        identity = identity_for(self.folder, may_unshare=self.may_unshare)
        programs = self._reachable(find_postgres(major=_major_of(data)), identity)
        give(self.folder, identity)
        give(self.sockets, identity)
        require_reach(self.folder, identity)
        if not data.exists():
            self._make(data, programs, identity)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.unlink()
        clear_stale_postmaster(data)
        for _ in range(RETRIES_WHILE_HELD):
            log_start = self.log.stat().st_size if self.log.exists() else 0
            self.child = self._launch(data, programs, identity)
            if self._is_ready_in_time(data):
                return
            with self.log.open("rb") as log:
                log.seek(log_start)
                said = log.read().decode(errors="replace")
            if not any(reason in said for reason in HELD):
                break
            time.sleep(0.25)
        raise LocalServerError(f"PostgreSQL did not start. The end of {self.log}:\n{last_lines(self.log)}")

    def launch(self) -> None:
        """The server answers: whether it can take the folder over shows only when it does."""
        self.start()

    def await_ready(self) -> None:
        """Nothing is left to wait for."""

    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """The server has ended, cleanly where it could: sessions are cut, nothing committed is lost."""
        if self.child is not None:
            stop_child(self.child, signals=(signal.SIGINT, signal.SIGQUIT), patience_s=STOP_PATIENCE_S)

    def kill(self) -> None:
        """The server has died as in a crash (SIGKILL), for tests of recovery."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def _reachable(self, programs: PostgresPrograms, identity: Identity) -> PostgresPrograms:
        """The programs, copied beside the data if the identity could not enter the folder they are in."""
        try:
            require_reach(programs.folder / "postgres", identity)
        except LocalServerError:
            copy = self.folder / f"programs-{programs.major}"
            if not copy.exists():
                # The wheel keeps its libraries beside its tree, under ../<package>.libs.
                shutil.copytree(programs.tree, copy / "pginstall", symlinks=True)
                libraries = programs.tree.parent.with_suffix(".libs")
                if libraries.exists():
                    shutil.copytree(libraries, self.folder / libraries.name, dirs_exist_ok=True)
            return PostgresPrograms(folder=copy / "pginstall" / programs.folder.name, major=programs.major)
        return programs

    def _make(self, data: Path, programs: PostgresPrograms, identity: Identity) -> None:
        """A new, empty cluster in `data`; a half-made one of an interrupted run is thrown away."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        unfinished.mkdir(mode=0o700)
        give(unfinished, identity)
        give(password, identity)
        # Without UTF8 the cluster hands out bytes; with plain C, lower('É') changes nothing.
        locale = (
            ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
            if programs.major >= BUILTIN_LOCALE_SINCE
            else ("--locale=C.UTF-8",)
        )
        command = [
            programs.folder / "initdb",
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            *locale,
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            f"--pwfile={password}",
            *(() if self.is_durable else ("--no-sync",)),
        ]
        maker = start_child(
            command, log=self.log, environment=_environment(), folder=self.folder, identity=identity
        )
        if maker.wait() != 0:
            raise LocalServerError(
                f"The database could not be made. The end of {self.log}:\n{last_lines(self.log)}"
            )
        unfinished.rename(data)

    def _launch(self, data: Path, programs: PostgresPrograms, identity: Identity) -> subprocess.Popen[bytes]:
        """The postmaster, as our direct child: pg_ctl would leave it to pid 1 and its death unseen."""
        settings = {
            "listen_addresses": "127.0.0.1" if self.loopback_port else "",
            "port": str(SOCKET_PORT),
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": str(self.max_connections),
            "shared_buffers": "64MB",
            "fsync": "on" if self.is_durable else "off",
            # Also without fsync: what was acknowledged is then with the system, and outlives a killed server.
            "synchronous_commit": "on",
            "full_page_writes": "on" if self.is_durable else "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
            "idle_in_transaction_session_timeout": "10min",
        }
        if self.loopback_port:
            settings["port"] = str(self.loopback_port)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return start_child(
            [programs.folder / "postgres", "-D", data, *options],
            log=self.log,
            environment=_environment(),
            folder=self.folder,
            identity=identity,
            death_signal=signal.SIGINT,
        )

    def _is_ready_in_time(self, data: Path) -> bool:
        """Whether the postmaster wrote that it is ready; False once it ended or the patience has."""
        assert self.child is not None
        deadline = time.monotonic() + START_PATIENCE_S
        while self.child.poll() is None and time.monotonic() < deadline:
            lines = _postmaster_lines(data)
            if len(lines) >= 8 and lines[0] == str(self.child.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.01)
        stop_child(self.child, signals=(signal.SIGQUIT,), patience_s=STOP_PATIENCE_S)
        return False


def _major_of(data: Path) -> int | None:
    """The PostgreSQL version that made the folder, None if there is none yet."""
    mark = data / "PG_VERSION"
    return int(mark.read_text()) if mark.exists() else None


def _postmaster_lines(data: Path) -> list[str]:
    """The lines of the postmaster's pid file; the eighth is its status."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _environment() -> dict[str, str]:
    """What the server sees of ours: nothing that could change its locale, libraries or connections."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
