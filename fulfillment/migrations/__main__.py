"""Drafts a revision: `python -m fulfillment.migrations 0002 "count returns by reason"`.

It starts an empty server of its own, migrates it to the head, and writes down what is missing for the models.
While nothing has been released, remove the first revision and draft it again instead of adding a second.
Read the draft before committing it: a renamed column looks like one dropped and one added.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from fulfillment.local.servers import start_postgres
from fulfillment.migrations import draft, upgrade

DATABASE = "postgres"
DRAFT_ROLE = "fulfillment_app"


def main() -> None:
    """The drafted file is formatted and its path printed."""
    revision, message = sys.argv[1:]
    with (
        tempfile.TemporaryDirectory() as folder,
        start_postgres(Path(folder) / "postgres", is_durable=False) as server,
    ):
        url = server.url_for(DATABASE)
        upgrade(url, app_role=DRAFT_ROLE, with_guards=False)
        path = draft(url, revision=revision, message=message)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "### " not in line))
    subprocess.run([sys.executable, "-m", "ruff", "check", "--fix", "-q", path], check=False)  # noqa: S603 - our own tool
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", path], check=True)  # noqa: S603 - our own tool
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
