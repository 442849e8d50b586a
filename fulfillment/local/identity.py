"""Whom PostgreSQL runs as. It refuses root, and no system user is ever made for it."""

import os
import shutil
import subprocess
from pathlib import Path

from fulfillment.local.children import OURSELVES, Identity
from fulfillment.local.errors import LocalServerError

NOBODY = 65534
# util-linux is essential on Debian. Inside the name space root's files belong to user 1000, so that nothing
# on disk changes hands.
NAME_SPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


def identity_for(folder: Path, *, may_unshare: bool = True) -> Identity:
    """Whom a server that keeps its data in `folder` runs as.

    An ordinary user runs it himself. Root runs it as the owner of an existing folder of somebody else's, else
    as itself inside a user name space, else, where name spaces are blocked, as nobody.
    """
    if os.geteuid() != 0:
        return OURSELVES
    owner = folder.stat().st_uid if folder.exists() else 0
    if owner != 0:
        return Identity(uid=owner, gid=folder.stat().st_gid)
    if may_unshare and _can_unshare():
        return Identity(prefix=NAME_SPACE)
    return Identity(uid=NOBODY, gid=NOBODY)


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


def _can_unshare() -> bool:
    """Whether root may make a user name space here; a default Docker container may not."""
    if shutil.which(NAME_SPACE[0]) is None:
        return False
    trial = subprocess.run(  # noqa: S603 - a constant command
        [*NAME_SPACE, "true"], capture_output=True, check=False
    )
    return trial.returncode == 0
