"""The embedded Valkey."""

from pathlib import Path

import pytest
import redis

from fulfillment.local.binaries import find_valkey
from fulfillment.local.errors import LocalServerError
from fulfillment.local.servers import start_valkey


def test_it_listens_on_its_socket_alone(tmp_path: Path) -> None:
    with start_valkey(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        assert client.ping() is True
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_it_answers_again_after_a_kill(tmp_path: Path) -> None:
    with start_valkey(tmp_path) as server:
        server.kill()
        assert not server.is_running()

        server.start()

        with redis.Redis.from_url(server.url) as client:
            assert client.ping() is True


def test_a_clean_stop_keeps_what_it_held(tmp_path: Path) -> None:
    with start_valkey(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        client.set("bell", "rung")

    with start_valkey(tmp_path) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("bell") == b"rung"


def test_a_variable_that_names_no_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FULFILLMENT_VALKEY_SERVER", "/nowhere/valkey-server")

    with pytest.raises(LocalServerError, match="FULFILLMENT_VALKEY_SERVER names /nowhere/valkey-server"):
        find_valkey()
