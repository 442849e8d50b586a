"""The group of all commands; each is found by the name of its module and imported when it runs."""

import ast
import importlib
import os
import pkgutil
import sys
from pathlib import Path

import click
from typing_extensions import override

import fulfillment.cli
from fulfillment.core.errors import FulfillmentError
from fulfillment.local.home import Home

NO_COMMANDS = frozenset({"main"})
MODULE_OF = {"import": "imports"}
"""Commands whose name Python keeps for itself."""
WITHOUT_DATABASE = frozenset({"demo", "home"})
"""These make the environment of the others."""


class NounGroup(click.Group):
    """Commands found in the modules beside this one, so that a start imports only what it runs."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the modules, as words."""
        named = {module: name for name, module in MODULE_OF.items()}
        return sorted(
            named.get(found.name, found.name.replace("_", "-"))
            for found in pkgutil.iter_modules(fulfillment.cli.__path__)
            if found.name not in NO_COMMANDS and not found.name.startswith("_")
        )

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of the module of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"fulfillment.cli.{module_of(cmd_name)}")
        command: click.Command = module.command
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each name with the first line of its module's docstring, read without importing it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, first_line(name)) for name in self.list_commands(ctx)])


def module_of(name: str) -> str:
    """The module beside this one that holds a command."""
    return MODULE_OF.get(name, name.replace("-", "_"))


def first_line(name: str) -> str:
    """What the command's module says of itself."""
    source = Path(__file__).with_name(f"{module_of(name)}.py").read_text()
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


@click.group(cls=NounGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main_group(context: click.Context) -> None:
    """Warehouse, shipping and returns for direct-selling companies."""
    if context.invoked_subcommand not in WITHOUT_DATABASE:
        settle_environment()


def settle_environment() -> None:
    """A command beside a running demo works on it, unless the environment names a database itself.

    Settings that are given stay as given.
    """
    if "DATABASE_URL" in os.environ or "FULFILLMENT_MODE" in os.environ:
        return
    home = Home(Path(os.environ.get("FULFILLMENT_HOME", ".fulfillment")).resolve())
    for name, value in home.last_environment().items():
        os.environ.setdefault(name, value)


def main() -> None:
    """Run a command; a refusal is a sentence on standard error and exit code 1."""
    try:
        main_group(prog_name="fulfillment")
    except FulfillmentError as refusal:
        click.echo(f"fulfillment: {refusal.message}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
