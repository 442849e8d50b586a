"""Folders of a server: private, locked by one process, with a socket path short enough for the kernel."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fulfillment.local.errors import HomeInUseError, LocalServerError

# sun_path holds 108 bytes on Linux and 104 on macOS, with the final NUL and the longest name we put there.
LONGEST_SOCKET_FOLDER = 80


def make_private(folder: Path) -> Path:
    """The folder exists and only its owner may enter it.

    Raises:
        LocalServerError: it cannot be made or written here.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise LocalServerError(
            f"{folder} cannot be used: {error.strerror}. Set FULFILLMENT_HOME to a folder you may write to.",
            folder=str(folder),
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise LocalServerError(
            f"{folder} cannot be written. Set FULFILLMENT_HOME to a folder you may write to.",
            folder=str(folder),
        )
    return folder


def socket_folder(folder: Path) -> Path:
    """A private folder for the sockets of the server in `folder`, the same one on every call.

    Raises:
        LocalServerError: somebody else holds the short folder in the temporary directory.
    """
    inside = folder.resolve() / "run"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return make_private(inside)
    mark = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"fulfillment-{os.geteuid()}-{mark}"
    short.mkdir(mode=0o700, exist_ok=True)
    facts = short.lstat()
    if short.is_symlink() or facts.st_uid not in {os.geteuid(), folder.stat().st_uid}:
        raise LocalServerError(f"{short} belongs to somebody else. Set FULFILLMENT_HOME to a shorter path.")
    return make_private(short)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else works on this folder meanwhile; the kernel lets go when this process ends, however it ends.

    Raises:
        HomeInUseError: another process holds it.
    """
    with (folder / "lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            raise HomeInUseError(
                f"{folder} is in use by process {holder}. Stop it first, or set FULFILLMENT_HOME to another "
                "folder.",
                folder=str(folder),
                process=holder,
            ) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
