"""The group of commands."""

import subprocess
import sys

from click.testing import CliRunner

from fulfillment.cli.main import NounGroup, first_line, main_group


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
