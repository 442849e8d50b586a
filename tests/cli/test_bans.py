from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from fulfillment.cli.bans import command, read_bans
from fulfillment.core.errors import InvalidInputError
from fulfillment.store.session import InTransaction
from tests.warehouse.halls import build_hall, list_products

Run = Callable[..., str]


@pytest.fixture
def run(database_url: str) -> Run:
    environment = {"DATABASE_URL": database_url, "FULFILLMENT_MODE": "test"}

    def invoke(*words: str) -> str:
        result = CliRunner().invoke(command, list(words), env=environment, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


def test_bans_are_added_listed_and_switched(run: Run, in_transaction: InTransaction) -> None:
    in_transaction(lambda session: list_products(session, "TEA"))

    added = run("add", "--sku", "TEA", "--country", "US", "--state", "HI", "--reason", "Hawaii says no")
    listed = run("list")
    ban_id = added.split()[0]
    off = run("off", ban_id)

    assert listed == f"{ban_id} on: TEA to HI US from any warehouse: Hawaii says no\n"
    assert off == f"{ban_id} is off.\n"
    assert run("list").startswith(f"{ban_id} off: ")
    assert run("on", ban_id) == f"{ban_id} is on.\n"


def test_a_file_of_bans_may_be_imported_twice(
    run: Run, in_transaction: InTransaction, tmp_path: Path
) -> None:
    in_transaction(build_hall)
    file = tmp_path / "bans.csv"
    file.write_text(
        "hazard_class,to_military,warehouse_code,reason\n3,yes,,No flammables by mail\n,,CHI,Closed\n"
    )

    assert run("import", str(file)) == "2 bans of bans.csv are on.\n"
    assert run("import", str(file)) == "2 bans of bans.csv are on.\n"
    assert len(run("list").splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sku,reason,color\n", "name columns of"),
        ("sku\nTEA\n", "name columns of"),
        ("reason,to_military\nx,maybe\n", "line 2: to_military is 'maybe'"),
        ("reason,hazard_class\nx,8\n", "line 2: hazard class '8' is not known"),
    ],
)
def test_a_file_that_cannot_be_understood_names_its_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "bans.csv"
    file.write_text(text)

    with pytest.raises(InvalidInputError, match=words):
        read_bans(file)
