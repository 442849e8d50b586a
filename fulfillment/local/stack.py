"""The whole product on this machine, or the parts of it that are asked for, while a block runs."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fulfillment.local.children import last_lines
from fulfillment.local.database import prepare_database
from fulfillment.local.errors import LocalServerError
from fulfillment.local.folders import locked, make_private
from fulfillment.local.home import Home, open_home
from fulfillment.local.parts import (
    COMMAND,
    PARTS,
    PROJECT,
    home_settings,
    make_program,
    product_programs,
    sandbox_programs,
)
from fulfillment.local.ports import free_port
from fulfillment.local.postgres import PostgresServer
from fulfillment.local.programs import Program, Service
from fulfillment.local.supervisor import LOOK_EVERY_S, Supervisor
from fulfillment.local.valkey import ValkeyServer

MIGRATE: Sequence[Sequence[str]] = (("migrate",),)


@dataclass
class Stack:
    """A running product: where it is, how programs reach it, and how to make its parts fail."""

    home: Home
    settings: Mapping[str, str]
    """The variables that make a command part of it."""
    supervisor: Supervisor
    thread: threading.Thread | None = None
    failures: list[BaseException] = field(default_factory=list)
    is_ready: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of its programs: ours and, over it, the settings."""
        return {**os.environ, "PYTHONUNBUFFERED": "1", **self.settings}

    @property
    def url(self) -> str:
        """Where the pages and the API are."""
        return self.settings["FULFILLMENT_PUBLIC_URL"]

    @property
    def courier_url(self) -> str:
        """Where the sandbox courier is."""
        return self.settings["FULFILLMENT_SHIPPO_URL"]

    @property
    def payments_url(self) -> str:
        """Where the sandbox payment provider is."""
        return self.settings["FULFILLMENT_PAYMENT_URL"]

    def names(self) -> list[str]:
        """Its services in the order they were started; workers are worker-1, worker-2, ..."""
        return self.supervisor.names()

    def is_running(self, name: str) -> bool:
        """Whether the process of this service is alive."""
        return self.supervisor.is_running(name)

    def kill(self, name: str) -> None:
        """The service has died by SIGKILL; the supervisor starts it again."""
        self.supervisor.service(name).kill()

    def hold(self, name: str) -> None:
        """The service has died by SIGKILL and stays so until `release`."""
        self.supervisor.hold(name)

    def release(self, name: str, *, environment: Mapping[str, str] | None = None) -> None:
        """The service runs again; with `environment`, under these changed variables from now on."""
        service = self.supervisor.service(name)
        if environment is not None:
            assert isinstance(service, Program), f"{name} takes no environment"
            service.environment = {**service.environment, **environment}
        self.supervisor.release(name)
        self.await_running(name)

    def await_running(self, name: str, *, patience_s: float = 60.0) -> None:
        """The service runs and is ready.

        Raises:
            LocalServerError: not within the patience.
        """
        service = self.supervisor.service(name)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if service.is_running():
                service.await_ready()
                return
            time.sleep(0.05)
        raise LocalServerError(
            f"The {name} did not come back within {patience_s:.0f} s; see {self.home.logs}."
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What `fulfillment <arguments>` answers inside this stack."""
        return subprocess.run(  # noqa: S603 - our own command
            [*COMMAND, *arguments],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def wait(self) -> None:
        """Returns when the stack is over.

        Raises:
            BaseException: what ended it, if nobody asked it to end.
        """
        while self.thread is not None and self.thread.is_alive() and not self.is_over.is_set():
            time.sleep(LOOK_EVERY_S)
        if self.failures:
            raise self.failures[0]


@contextmanager
def running_stack(
    folder: Path,
    *,
    parts: Collection[str] = PARTS,
    workers: int = 1,
    web_port: int = 0,
    roles: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    preparations: Sequence[Sequence[str]] = MIGRATE,
    first_commands: Sequence[Sequence[str]] = (),
    is_durable: bool = True,
    report: Callable[[str], None] = lambda _: None,
    follow: Callable[[str], None] = lambda _: None,
) -> Iterator[Stack]:
    """The product runs from the home in `folder` inside the block and has stopped, in order, after it.

    `preparations` are `fulfillment` commands run once the servers do, before the product starts, and
    `first_commands` once the product runs, before the block begins; only the former have to end well.
    `roles` get passwords in the home; `web_port` 0 lets the system choose. `report` gets a sentence for each
    step and `follow` each line that these commands write, both from another thread.

    Raises:
        HomeInUseError: another process runs this home.
        LocalServerError: a part did not start; the message says why and what to do.
    """
    with locked(make_private(folder)):
        home = open_home(folder, roles=roles, ports=(free_port(), free_port()))
        postgres = PostgresServer(home.postgres, is_durable=is_durable)
        valkey = ValkeyServer(home.valkey)
        settings = {
            **home_settings(home, postgres, valkey, web_port=web_port or free_port()),
            **(environment or {}),
        }
        home.keep_environment(settings)
        stack = Stack(home=home, settings=settings, supervisor=Supervisor(report=report))
        groups = [
            sandbox_programs(home, stack.environment, parts),
            product_programs(home, stack.environment, parts, workers=workers),
        ]
        stack.thread = threading.Thread(
            target=_supervise,
            args=(stack, postgres, valkey),
            kwargs={
                "groups": groups,
                "preparations": preparations,
                "first_commands": first_commands,
                "report": report,
                "follow": follow,
            },
            name="supervisor",
        )
        stack.thread.start()
        try:
            while not stack.is_ready.wait(LOOK_EVERY_S):
                if stack.failures:
                    raise stack.failures[0]
            yield stack
        finally:
            stack.is_over.set()
            stack.thread.join()


def _supervise(
    stack: Stack,
    postgres: PostgresServer,
    valkey: ValkeyServer,
    *,
    groups: Sequence[Sequence[Service]],
    preparations: Sequence[Sequence[str]],
    first_commands: Sequence[Sequence[str]],
    report: Callable[[str], None],
    follow: Callable[[str], None],
) -> None:
    """Everything has run and has ended; the life of the thread whose children the services are."""
    try:
        report("Starting PostgreSQL and Valkey")
        stack.supervisor.start([postgres, valkey])
        prepare_database(postgres)
        for arguments in preparations:
            _run_to_end(stack, arguments, report=report, follow=follow)
        for group in groups:
            if group and not stack.is_over.is_set():
                report(f"Starting {', '.join(service.name for service in group)}")
                stack.supervisor.start(group)
        for arguments in first_commands:
            _try_to_run(stack, arguments, report=report, follow=follow)
        stack.is_ready.set()
        while not stack.is_over.wait(LOOK_EVERY_S):
            stack.supervisor.look()
    except BaseException as error:  # noqa: BLE001 - the thread that waits raises it again
        stack.failures.append(error)
    finally:
        stack.supervisor.stop()


def _try_to_run(
    stack: Stack,
    arguments: Sequence[str],
    *,
    report: Callable[[str], None],
    follow: Callable[[str], None],
) -> None:
    """The command has ended; where it failed the product runs all the same, and the report says so."""
    try:
        _run_to_end(stack, arguments, report=report, follow=follow)
    except LocalServerError as failure:
        again = f"Try it again beside the running product: fulfillment {' '.join(arguments)}"
        report(f"{failure}\n{again}")


def _run_to_end(
    stack: Stack,
    arguments: Sequence[str],
    *,
    report: Callable[[str], None],
    follow: Callable[[str], None],
) -> None:
    """The command has ended well, or the stack is over; meanwhile the services are looked after.

    Raises:
        LocalServerError: it failed; the message holds the end of its log.
    """
    if stack.is_over.is_set():
        return
    words = f"fulfillment {' '.join(arguments)}"
    report(f"Running {words}")
    program = make_program(stack.home, stack.environment, arguments[0], *arguments)
    program.log.touch()
    program.launch()
    assert program.child is not None
    try:
        with program.log.open(errors="replace") as log:
            log.seek(0, os.SEEK_END)
            while program.is_running() and not stack.is_over.wait(LOOK_EVERY_S):
                stack.supervisor.look()
                for line in log:
                    follow(line.rstrip())
    finally:
        program.stop()
    if program.child.returncode != 0 and not stack.is_over.is_set():
        raise LocalServerError(f"`{words}` failed. The end of {program.log}:\n{last_lines(program.log)}")
