"""Whom PostgreSQL runs as. It refuses root, and no system user is ever made for it."""

import os
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path

from fulfillment.local.children import Identity
from fulfillment.local.errors import LocalServerError

NOBODY = 65534
# Inside a name space our files belong to whoever we are called there, so that nothing on disk changes hands.
# PostgreSQL asks for a user with a name; one of these is on every system.
NAMED_USERS = ("daemon", "nobody")


def identity_for(folder: Path, *, may_unshare: bool = True) -> Identity:
    """Whom a server that keeps its data in `folder` runs as.

    An ordinary user runs it himself. Root runs it as the owner of an existing folder of somebody else's, else
    as itself inside a user name space, else, where name spaces are blocked, as nobody. A user without a name
    (an arbitrary number given to a container) runs it inside a name space too.

    Raises:
        LocalServerError: the user has no name, and name spaces are blocked.
    """
    name_space = _name_space() if may_unshare else ()
    if os.geteuid() != 0:
        return Identity(prefix=_naming(os.geteuid(), name_space))
    owner = folder.stat().st_uid if folder.exists() else 0
    if owner != 0:
        return Identity(prefix=_naming(owner, name_space), uid=owner, gid=folder.stat().st_gid)
    if name_space:
        return Identity(prefix=name_space)
    return Identity(uid=NOBODY, gid=NOBODY)


def _naming(uid: int, name_space: tuple[str, ...]) -> tuple[str, ...]:
    """What gives this user a name, nothing if he has one."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        if not name_space:
            raise LocalServerError(
                f"User {uid} has no name on this machine, which PostgreSQL needs. Run this as a user listed "
                "in /etc/passwd, or allow user name spaces.",
                uid=uid,
            ) from None
        return name_space
    return ()


def give(folder: Path, identity: Identity) -> None:
    """The folder and what is in it belong to the identity."""
    if identity.uid is None or identity.gid is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, identity.uid, identity.gid, follow_symlinks=False)


def require_reach(folder: Path, identity: Identity) -> None:
    """The identity can walk down to the folder.

    Raises:
        LocalServerError: a folder on the way is closed to others.
    """
    if identity.uid is None:
        return
    for parent in folder.resolve().parents:
        facts = parent.stat()
        if facts.st_uid != identity.uid and not facts.st_mode & 0o001:
            raise LocalServerError(
                f"PostgreSQL cannot run as root, and as another user it cannot enter {parent}. Set "
                "FULFILLMENT_HOME to a folder others may enter, such as /var/lib/fulfillment, or run this as "
                "an ordinary user.",
                folder=str(parent),
            )


@cache
def _name_space() -> tuple[str, ...]:
    """The command for a user name space with a named user, empty where it is blocked.

    A default Docker container blocks it. util-linux, which brings the command, is essential on Debian.
    """
    program = shutil.which("unshare")
    user = next((user for user in pwd.getpwall() if user.pw_name in NAMED_USERS), None)
    if program is None or user is None:
        return ()
    command = (program, "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}")
    trial = subprocess.run([*command, "true"], capture_output=True, check=False)  # noqa: S603 - constant
    return command if trial.returncode == 0 else ()
