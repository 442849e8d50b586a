"""Ports on the loopback address."""

import socket

import pytest

from fulfillment.local.errors import LocalServerError
from fulfillment.local.ports import free_port, is_answering, require_free


def test_a_port_in_use_is_refused_with_the_command_that_helps() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]

        with pytest.raises(LocalServerError, match=f"make demo PORT={port + 1}"):
            require_free(port)
        assert is_answering(port)


def test_a_preferred_port_is_taken_only_while_it_is_free() -> None:
    port = free_port()

    assert free_port(port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert free_port(port) != port
