"""The group of commands."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from fulfillment.cli.main import NounGroup, first_line, main_group
from fulfillment.local.parts import PROJECT


def test_every_command_loads_and_says_what_it_does() -> None:
    assert isinstance(main_group, NounGroup)
    context = main_group.make_context("fulfillment", ["home"], resilient_parsing=True)

    for name in main_group.list_commands(context):
        command = main_group.get_command(context, name)

        assert command is not None
        assert command.name == name
        assert first_line(name).endswith(".")


def test_the_list_of_commands_needs_none_of_their_imports() -> None:
    script = (
        "import sys; from fulfillment.cli.main import main_group\n"
        "try: main_group(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'sqlalchemy', 'flask', 'ortools', 'shippo'} & set(sys.modules)"
    )

    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr
    assert "Run the whole product with a made-up company" in answer.stdout


def test_an_unknown_command_is_refused() -> None:
    answer = CliRunner().invoke(main_group, ["paint"])

    assert answer.exit_code == 2
    assert "No such command 'paint'" in answer.output


def test_a_command_without_a_database_says_how_to_get_one(tmp_path: Path) -> None:
    environment = {"PATH": os.defpath, "FULFILLMENT_MODE": "development", "PYTHONPATH": str(PROJECT)}

    answer = subprocess.run(
        [sys.executable, "-m", "fulfillment.cli.main", "migrate"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith("fulfillment: There is no database to work on. Start the demo")
