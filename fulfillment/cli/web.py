"""Serve the pages and the API."""

import os
import shutil
import sys
from pathlib import Path

import click

from fulfillment.config import load_settings

GRACE_S = 5
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@click.command("web", help=__doc__)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--processes", default=2, show_default=True, help="Worker processes.")
@click.option("--threads", default=4, show_default=True, help="Threads in each process.")
def command(*, host: str, port: int, processes: int, threads: int) -> None:
    """This process becomes gunicorn, so that signals reach it and nothing stands between."""
    os.environ.setdefault(METRICS_FOLDER, str(_empty_folder(load_settings().home / "metrics" / str(port))))
    os.execv(  # noqa: S606 - our own interpreter with our own arguments
        sys.executable,
        [
            sys.executable,
            *("-m", "gunicorn", "wsgi:app"),
            *("--bind", f"{host}:{port}"),
            *("--worker-class", "gthread"),
            *("--workers", str(processes)),
            *("--threads", str(threads)),
            *("--graceful-timeout", str(GRACE_S)),
            *("--timeout", "60"),
            # Browsers keep connections open; a longer idle time than a page's polling saves handshakes.
            *("--keep-alive", "20"),
            "--no-control-socket",
        ],
    )


def _empty_folder(folder: Path) -> Path:
    """Where the processes of this server add up their counters; those of an earlier one are gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder.resolve()
