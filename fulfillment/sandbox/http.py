"""What both sandbox servers share: JSON in and out, dropped connections, and a quiet threaded server."""

import json
import socket
import threading
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request
from typing_extensions import override
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, make_server

from fulfillment.sandbox.storage import StorageClosedError

LOOPBACK = "127.0.0.1"
MAX_BODY_BYTES = 1024 * 1024


class DropConnectionError(Exception):
    """Raised by a handler whose caller shall get no answer."""


class BadBodyError(Exception):
    """The body is no JSON object."""


def answer(body: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(body, separators=(",", ":")), status, mimetype="application/json")


def listing(results: list[Any], *, page: int = 1, has_more: bool = False) -> Mapping[str, Any]:
    """A page of a list, with addresses of its neighbors."""
    here = f"{request.base_url}?page="
    return {
        "next": f"{here}{page + 1}" if has_more else None,
        "previous": f"{here}{page - 1}" if page > 1 else None,
        "results": results,
    }


def read_body() -> Mapping[str, Any]:
    """The JSON object that was sent; an empty body is an empty object.

    Raises:
        BadBodyError: it is something else.
    """
    raw = request.get_data(cache=False)
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise BadBodyError from error
    if not isinstance(body, dict):
        raise BadBodyError
    return body


def prepare_app(app: Flask) -> None:
    """The app drops connections and refuses bodies as both servers do."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @app.errorhandler(DropConnectionError)
    @app.errorhandler(StorageClosedError)
    def drop(_error: Exception) -> Response:
        connection = request.environ.get("werkzeug.socket")
        if isinstance(connection, socket.socket):
            connection.shutdown(socket.SHUT_RDWR)
        return Response("")

    @app.errorhandler(BadBodyError)
    def refuse(_error: BadBodyError) -> Response:
        return answer({"detail": "JSON parse error."}, 400)

    @app.errorhandler(404)
    def not_found(_error: Exception) -> Response:
        return answer({"detail": "Not found."}, 404)

    @app.errorhandler(405)
    def not_allowed(_error: Exception) -> Response:
        return answer({"detail": f'Method "{request.method}" not allowed.'}, 405)


class _QuietHandler(WSGIRequestHandler):
    """Says nothing of each request: a simulation makes thousands, and their paths hold tracking numbers."""

    @override
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing is logged."""


class AppServer:
    """An app on a port of the loopback address, one thread for each connection."""

    def __init__(self, app: Flask, *, port: int, host: str = LOOPBACK) -> None:
        ThreadedWSGIServer.request_queue_size = 256
        self._server = make_server(host, port, app, threaded=True, request_handler=_QuietHandler)
        self._thread: threading.Thread | None = None
        self.url = f"http://{host}:{self._server.server_port}"

    def run(self) -> None:
        """It serves until `stop` is called from another thread."""
        self._server.serve_forever(poll_interval=0.02)

    def start(self) -> None:
        """It serves in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="app-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The port is free again."""
        self._server.shutdown()
        self._server.server_close()
        if self._thread is not None:
            self._thread.join(5)
