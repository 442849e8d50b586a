"""Bring the catalogue of the pages' words up to date."""

import click

from fulfillment.web import catalogue


@click.command("words", help=__doc__)
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a word is missing.")
def command(*, check: bool) -> None:
    """Each language's file has every word of today; what was translated stays so."""
    stale = []
    for language in catalogue.languages():
        path, wanted = catalogue.path_of(language), catalogue.renewed(language)
        if path.is_file() and path.read_bytes() == wanted:
            continue
        stale.append(str(path))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted)
    for name in stale:
        click.echo(f"{name} {'lacks words; run: fulfillment words' if check else 'is up to date again'}.")
    if check and stale:
        raise SystemExit(1)
