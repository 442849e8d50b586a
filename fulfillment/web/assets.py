"""Files that browsers keep for ever, because their address changes with their content."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from flask import Flask, request, url_for
from werkzeug.wrappers import Response

STATIC: Final = Path(__file__).parent / "static"
FOR_EVER: Final = "public, max-age=31536000, immutable"
SOON: Final = "public, max-age=300"
VERSION_LENGTH: Final = 12


@cache
def _version(name: str, changed_ns: int) -> str:  # noqa: ARG001 - a new time is a new cache entry
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:VERSION_LENGTH]


def asset(name: str) -> str:
    """The address of a static file with its version; without one if the file is not there."""
    path = STATIC / name
    if not path.is_file():
        return url_for("static", filename=name)
    return url_for("static", filename=name, v=_version(name, path.stat().st_mtime_ns))


def has_asset(name: str) -> bool:
    """Whether the file is there; vendor files come with the installation."""
    return (STATIC / name).is_file()


def keep(response: Response) -> Response:
    """Static files may be kept by browsers and proxies, unlike everything else."""
    if request.endpoint == "static" and response.status_code in {200, 304}:
        response.headers["Cache-Control"] = FOR_EVER if "v" in request.args else SOON
    return response


def install(app: Flask) -> None:
    """Templates say `asset('app.css')`."""
    app.jinja_env.globals.update(asset=asset, has_asset=has_asset)
    app.after_request(keep)
