"""The folder where the embedded servers keep their data, and the secrets made on its first use."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fulfillment.local.folders import locked, make_private, socket_folder

# Neither 0/o nor 1/l/i: these are read from a terminal and typed on a scanner.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - letters, not a password
PASSWORD_GROUPS = 4
GROUP_LENGTH = 4

DATABASE = "fulfillment"
OWNER_ROLE = "fulfillment_owner"
APP_ROLE = "fulfillment_app"
PEOPLE_DOMAIN = "demo.example"
SERVED_PARTS = ("postgres", "valkey", "logs", "run", "sandbox", "metrics", "orders")


@dataclass(frozen=True)
class Secrets:
    """What nobody may guess, made once for each home."""

    secret_key: str
    shippo_api_token: str
    shippo_webhook_token: str
    shippo_webhook_secret: str
    payment_token: str
    courier_port: int
    payments_port: int
    passwords: Mapping[str, str]
    """By role."""


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in to the demo."""

    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Home:
    """One folder with all the data of one embedded installation."""

    folder: Path

    @property
    def postgres(self) -> Path:
        """Where PostgreSQL keeps its data."""
        return self.folder / "postgres"

    @property
    def valkey(self) -> Path:
        """Where Valkey keeps its data."""
        return self.folder / "valkey"

    @property
    def logs(self) -> Path:
        """Where the programs write."""
        return self.folder / "logs"

    @property
    def sandbox(self) -> Path:
        """Where the sandbox courier and payment provider keep what they sold."""
        return self.folder / "sandbox"

    @property
    def secrets_file(self) -> Path:
        """The secrets, readable by the owner only."""
        return self.folder / "secrets.json"

    @property
    def environment_file(self) -> Path:
        """The settings of the run in progress or the last one, readable by the owner only."""
        return self.folder / "environment.json"

    def secrets(self) -> Secrets:
        """The secrets of this home.

        Raises:
            FileNotFoundError: the home was never used.
        """
        return Secrets(**json.loads(self.secrets_file.read_text()))

    def people(self) -> list[Person]:
        """One person for each role that has a password, in the order the roles were given."""
        passwords = self.secrets().passwords
        return [Person(role, f"{role}@{PEOPLE_DOMAIN}", password) for role, password in passwords.items()]

    def keep_secrets(self, kept: Secrets) -> None:
        """These are the home's secrets from now on."""
        write_private(self.secrets_file, asdict(kept))

    def last_environment(self) -> dict[str, str]:
        """The settings of the run in progress or the last one; empty before the first."""
        if not self.environment_file.exists():
            return {}
        loaded: dict[str, str] = json.loads(self.environment_file.read_text())
        return loaded

    def keep_environment(self, settings: Mapping[str, str]) -> None:
        """Commands beside the run find its settings here."""
        write_private(self.environment_file, settings)

    def forget_data(self) -> None:
        """Everything in it is gone, but for what the product did not put there.

        Raises:
            HomeInUseError: it is running.
        """
        if not self.folder.exists():
            return
        with locked(self.folder):
            for server in (self.postgres, self.valkey):
                if server.exists():
                    shutil.rmtree(socket_folder(server), ignore_errors=True)
            for part in SERVED_PARTS:
                shutil.rmtree(self.folder / part, ignore_errors=True)
            self.secrets_file.unlink(missing_ok=True)
            self.environment_file.unlink(missing_ok=True)


def open_home(folder: Path, *, roles: tuple[str, ...] = (), ports: tuple[int, int] = (0, 0)) -> Home:
    """The home, private, with its secrets and a password for each of these roles; what is there stays.

    `ports` are the sandbox courier's and payment provider's, kept so that label addresses stay good.

    Raises:
        LocalServerError: the folder cannot be made or written.
    """
    home = Home(make_private(folder.resolve()))
    for part in (home.logs, home.sandbox):
        make_private(part)
    if home.secrets_file.exists():
        kept = home.secrets()
    else:
        kept = Secrets(
            secret_key=secrets.token_urlsafe(48),
            shippo_api_token=f"shippo_test_{secrets.token_hex(20)}",
            shippo_webhook_token=secrets.token_urlsafe(32),
            shippo_webhook_secret=secrets.token_urlsafe(32),
            payment_token=secrets.token_urlsafe(32),
            courier_port=ports[0],
            payments_port=ports[1],
            passwords={},
        )
    missing = [role for role in roles if role not in kept.passwords]
    if missing or not home.secrets_file.exists():
        made = {role: make_password() for role in missing}
        home.keep_secrets(Secrets(**{**asdict(kept), "passwords": {**kept.passwords, **made}}))
    return home


def make_password() -> str:
    """A password of 79 random bits that can be read aloud."""
    return "-".join(
        "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(GROUP_LENGTH))
        for _ in range(PASSWORD_GROUPS)
    )


def write_private(file: Path, content: Mapping[str, Any]) -> None:
    """The file holds this as JSON, whole or not at all, and only its owner can read it."""
    unfinished = file.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        json.dump(content, handle, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    unfinished.replace(file)
