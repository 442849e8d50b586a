"""The whole product on this machine, or the parts of it that are asked for, while a block runs."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fulfillment.local.database import prepare_database
from fulfillment.local.errors import LocalServerError
from fulfillment.local.folders import locked, make_private
from fulfillment.local.home import APP_ROLE, DATABASE, OWNER_ROLE, Home, open_home, write_private
from fulfillment.local.ports import LOOPBACK, free_port, is_answering
from fulfillment.local.postgres import PostgresServer
from fulfillment.local.programs import Program, Service, answers_http
from fulfillment.local.supervisor import LOOK_EVERY_S, Supervisor
from fulfillment.local.valkey import ValkeyServer

PROJECT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "fulfillment.cli.main")
PARTS = ("courier", "payments", "web", "worker", "scheduler")
"""What can be asked for beside PostgreSQL and Valkey, which always run."""
MIGRATE: Sequence[Sequence[str]] = (("migrate",),)


@dataclass
class Stack:
    """A running product: where it is, how programs reach it, and how to make its parts fail."""

    home: Home
    url: str
    courier_url: str
    payments_url: str
    environment: Mapping[str, str]
    """All that a program needs to be part of it; the whole environment, not only our settings."""
    supervisor: Supervisor
    thread: threading.Thread | None = None
    failures: list[BaseException] = field(default_factory=list)
    is_ready: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

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
            env=dict(self.environment),
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
    is_durable: bool = True,
    report: Callable[[str], None] = lambda _: None,
) -> Iterator[Stack]:
    """The product runs from the home in `folder` inside the block and has stopped, in order, after it.

    `preparations` are `fulfillment` commands run once the servers do, before the product starts; `roles` get
    passwords in the home; `web_port` 0 lets the system choose. `report` gets a sentence for each step, from
    another thread.

    Raises:
        HomeInUseError: another process runs this home.
        LocalServerError: a part did not start; the message says why and what to do.
    """
    with locked(make_private(folder)):
        home = open_home(folder, roles=roles, ports=(free_port(), free_port()))
        postgres = PostgresServer(home.postgres, is_durable=is_durable)
        valkey = ValkeyServer(home.valkey)
        stack = _describe(
            home,
            database_url=postgres.url_for,
            redis_url=valkey.url,
            web_port=web_port or free_port(),
            extra=environment or {},
            report=report,
        )
        groups = [_sandbox(stack, parts), _product(stack, parts, workers)]
        stack.thread = threading.Thread(
            target=_supervise,
            args=(stack, postgres, valkey),
            kwargs={"groups": groups, "preparations": preparations, "report": report},
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


def _describe(
    home: Home,
    *,
    database_url: Callable[..., str],
    redis_url: str,
    web_port: int,
    extra: Mapping[str, str],
    report: Callable[[str], None],
) -> Stack:
    """The stack before anything of it runs; its settings are left in the home for commands beside it."""
    kept = home.secrets()
    web = f"http://{LOOPBACK}:{web_port}"
    courier = f"http://{LOOPBACK}:{free_port(kept.courier_port)}"
    payments = f"http://{LOOPBACK}:{free_port(kept.payments_port)}"
    settings = {
        "FULFILLMENT_MODE": "development",
        "FULFILLMENT_HOME": str(home.folder),
        "DATABASE_URL": database_url(DATABASE, user=APP_ROLE),
        "FULFILLMENT_DATABASE_OWNER_URL": database_url(DATABASE, user=OWNER_ROLE),
        "FULFILLMENT_DATABASE_APP_ROLE": APP_ROLE,
        "REDIS_URL": redis_url,
        "FULFILLMENT_SECRET_KEY": kept.secret_key,
        "FULFILLMENT_PUBLIC_URL": web,
        "SHIPPO_API_TOKEN": kept.shippo_api_token,
        "FULFILLMENT_SHIPPO_URL": courier,
        "FULFILLMENT_SHIPPO_WEBHOOK_TOKEN": kept.shippo_webhook_token,
        "FULFILLMENT_SHIPPO_WEBHOOK_SECRET": kept.shippo_webhook_secret,
        "FULFILLMENT_LABEL_HOSTS": LOOPBACK,
        "FULFILLMENT_PAYMENT_URL": payments,
        "FULFILLMENT_PAYMENT_TOKEN": kept.payment_token,
        **extra,
    }
    write_private(home.environment_file, settings)
    return Stack(
        home=home,
        url=web,
        courier_url=courier,
        payments_url=payments,
        environment={**os.environ, "PYTHONUNBUFFERED": "1", **settings},
        supervisor=Supervisor(report=report),
    )


def _sandbox(stack: Stack, parts: Collection[str]) -> list[Program]:
    """The sandbox courier and payment provider, as far as asked for."""
    programs = []
    for name, url in (("courier", stack.courier_url), ("payments", stack.payments_url)):
        if name in parts:
            port = _port_of(url)
            program = _program(stack, name, "sandbox", name, "--port", str(port))
            program.is_ready = _answers(port)
            programs.append(program)
    return programs


def _product(stack: Stack, parts: Collection[str], workers: int) -> list[Program]:
    """The product's own programs, as far as asked for. The scheduler comes last and so stops first."""
    programs = []
    if "web" in parts:
        web = _program(stack, "web", "web", "--port", str(_port_of(stack.url)))
        web.is_ready = answers_http(_port_of(stack.url), "/healthz")
        programs.append(web)
    if "worker" in parts:
        programs += [_program(stack, f"worker-{number}", "worker") for number in range(1, workers + 1)]
    if "scheduler" in parts:
        programs.append(_program(stack, "scheduler", "scheduler"))
    return programs


def _program(stack: Stack, name: str, *arguments: str) -> Program:
    """One of our own commands as a supervised program."""
    return Program(
        name=name,
        command=[*COMMAND, *arguments],
        environment=stack.environment,
        folder=PROJECT,
        log=stack.home.logs / f"{name}.log",
    )


def _supervise(
    stack: Stack,
    postgres: PostgresServer,
    valkey: ValkeyServer,
    *,
    groups: Sequence[Sequence[Service]],
    preparations: Sequence[Sequence[str]],
    report: Callable[[str], None],
) -> None:
    """Everything has run and has ended; the life of the thread whose children the services are."""
    try:
        report("Starting PostgreSQL and Valkey")
        stack.supervisor.start([postgres, valkey])
        prepare_database(postgres)
        for arguments in preparations:
            report(f"Running {' '.join(arguments)}")
            _run_to_end(stack, arguments)
        for group in groups:
            if group and not stack.is_over.is_set():
                report(f"Starting {', '.join(service.name for service in group)}")
                stack.supervisor.start(group)
        stack.is_ready.set()
        while not stack.is_over.wait(LOOK_EVERY_S):
            stack.supervisor.look()
    except BaseException as error:  # noqa: BLE001 - the thread that waits raises it again
        stack.failures.append(error)
    finally:
        stack.supervisor.stop()


def _run_to_end(stack: Stack, arguments: Sequence[str]) -> None:
    """The command has ended well, or the stack is over.

    Raises:
        LocalServerError: it failed; the message holds the end of its log.
    """
    program = _program(stack, arguments[0], *arguments)
    program.launch()
    assert program.child is not None
    try:
        while program.is_running() and not stack.is_over.wait(0.02):
            pass
    finally:
        program.stop()
    if program.child.returncode != 0 and not stack.is_over.is_set():
        program.await_ready()


def _port_of(url: str) -> int:
    """The port at the end of an address."""
    return int(url.rpartition(":")[2])


def _answers(port: int) -> Callable[[], bool]:
    """Whether something listens on the port."""
    return lambda: is_answering(port)
