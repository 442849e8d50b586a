from collections.abc import Callable

import pytest
from click.testing import CliRunner

from fulfillment.cli.rules import command

Run = Callable[..., str]


@pytest.fixture
def run(database_url: str) -> Run:
    environment = {"DATABASE_URL": database_url, "FULFILLMENT_MODE": "test"}

    def invoke(*words: str) -> str:
        result = CliRunner().invoke(command, list(words), env=environment, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


def test_packs_are_loaded_listed_and_switched(run: Run) -> None:
    loaded = run("load")
    before = run("list").splitlines()
    switched = run("on", "full_resignation_v1")
    after = run("list").splitlines()
    off = run("off", "full_resignation_v1")

    assert loaded.endswith(" changed.\n")
    assert before[1] == "full_resignation_v1: 1 rules of ds_default_v1, off"
    assert switched == "1 rules of full_resignation_v1 are on.\n"
    assert after[1] == "full_resignation_v1: 1 rules of ds_default_v1, on"
    assert off == "1 rules of full_resignation_v1 are off.\n"
