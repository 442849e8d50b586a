from labels.command_sheet import Command, render_command_sheet
from tests.labels.reading import page_sizes, page_text, scan_page
from tests.labels.samples import COMMANDS


def test_every_command_and_nothing_else_can_be_scanned() -> None:
    pdf = render_command_sheet(COMMANDS, company="Verdant Living")

    assert scan_page(pdf) == sorted(("]C0", command.code) for command in COMMANDS)


def test_every_command_says_its_name_and_what_it_does() -> None:
    printed = page_text(render_command_sheet(COMMANDS, company="Verdant Living"))

    assert all(command.name in printed and command.help in printed for command in COMMANDS)


def test_many_commands_go_on_over_pages() -> None:
    commands = [Command(f"CMD-{number:02d}", "Bin full", "Close the bin.") for number in range(12)]

    pdf = render_command_sheet(commands, company="Verdant Living")

    assert len(page_sizes(pdf)) == 2
    assert scan_page(pdf) + scan_page(pdf, 1) == [("]C0", command.code) for command in commands]
