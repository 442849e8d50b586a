"""Ports on the loopback address."""

import socket

from fulfillment.local.errors import LocalServerError

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(preferred: int = 0) -> int:
    """The preferred port if it is free, else one the system chooses."""
    if preferred and is_free(preferred):
        return preferred
    with socket.socket() as trial:
        trial.bind((LOOPBACK, 0))
        port: int = trial.getsockname()[1]
        return port


def require_free(port: int) -> None:
    """A server can listen on this port.

    Raises:
        LocalServerError: another program listens there, or the port is reserved for root.
    """
    if not is_free(port):
        raise LocalServerError(
            f"Port {port} is in use or not allowed. Stop the program that uses it, or choose another port: "
            f"make demo PORT={port + 1}",
            port=port,
        )


def is_answering(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as line:
        line.settimeout(1)
        return line.connect_ex((LOOPBACK, port)) == 0
