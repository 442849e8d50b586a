"""The parts of the product as programs, and the settings that join them."""

import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from fulfillment.local.home import APP_ROLE, DATABASE, OWNER_ROLE, Home
from fulfillment.local.ports import LOOPBACK, free_port, is_answering
from fulfillment.local.postgres import PostgresServer
from fulfillment.local.programs import Program, answers_http
from fulfillment.local.valkey import ValkeyServer

PROJECT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "fulfillment.cli.main")
PARTS = ("courier", "payments", "web", "worker", "scheduler")
"""What can be asked for beside PostgreSQL and Valkey, which always run."""


def home_settings(
    home: Home, postgres: PostgresServer, valkey: ValkeyServer, *, web_port: int
) -> dict[str, str]:
    """The settings of an installation that lives in this home."""
    kept = home.secrets()
    return {
        "FULFILLMENT_MODE": "development",
        "FULFILLMENT_HOME": str(home.folder),
        "DATABASE_URL": postgres.url_for(DATABASE, user=APP_ROLE),
        "FULFILLMENT_DATABASE_OWNER_URL": postgres.url_for(DATABASE, user=OWNER_ROLE),
        "FULFILLMENT_DATABASE_APP_ROLE": APP_ROLE,
        "REDIS_URL": valkey.url,
        "FULFILLMENT_SECRET_KEY": kept.secret_key,
        "FULFILLMENT_PUBLIC_URL": f"http://{LOOPBACK}:{web_port}",
        "SHIPPO_API_TOKEN": kept.shippo_api_token,
        "FULFILLMENT_SHIPPO_URL": f"http://{LOOPBACK}:{free_port(kept.courier_port)}",
        "FULFILLMENT_SHIPPO_WEBHOOK_TOKEN": kept.shippo_webhook_token,
        "FULFILLMENT_SHIPPO_WEBHOOK_SECRET": kept.shippo_webhook_secret,
        "FULFILLMENT_LABEL_HOSTS": LOOPBACK,
        "FULFILLMENT_PAYMENT_URL": f"http://{LOOPBACK}:{free_port(kept.payments_port)}",
        "FULFILLMENT_PAYMENT_TOKEN": kept.payment_token,
    }


def sandbox_programs(home: Home, environment: Mapping[str, str], parts: Collection[str]) -> list[Program]:
    """The sandbox courier and payment provider, as far as asked for."""
    programs = []
    for name, variable in (("courier", "FULFILLMENT_SHIPPO_URL"), ("payments", "FULFILLMENT_PAYMENT_URL")):
        if name in parts:
            port = port_of(environment[variable])
            program = make_program(home, environment, name, "sandbox", name, "--port", str(port))
            program.is_ready = _answers(port)
            programs.append(program)
    return programs


def product_programs(
    home: Home, environment: Mapping[str, str], parts: Collection[str], *, workers: int
) -> list[Program]:
    """The product's own programs, as far as asked for. The scheduler comes last and so stops first."""
    programs = []
    if "web" in parts:
        port = port_of(environment["FULFILLMENT_PUBLIC_URL"])
        web = make_program(home, environment, "web", "web", "--port", str(port))
        web.is_ready = answers_http(port, "/healthz")
        programs.append(web)
    if "worker" in parts:
        names = [f"worker-{number}" for number in range(1, workers + 1)]
        programs += [make_program(home, environment, name, "worker") for name in names]
    if "scheduler" in parts:
        programs.append(make_program(home, environment, "scheduler", "scheduler"))
    return programs


def make_program(home: Home, environment: Mapping[str, str], name: str, *arguments: str) -> Program:
    """One of our own commands as a supervised program."""
    return Program(
        name=name,
        command=[*COMMAND, *arguments],
        environment=environment,
        folder=PROJECT,
        log=home.logs / f"{name}.log",
    )


def port_of(url: str) -> int:
    """The port at the end of an address."""
    return int(url.rpartition(":")[2])


def _answers(port: int) -> Callable[[], bool]:
    """Whether something listens on the port."""
    return lambda: is_answering(port)
