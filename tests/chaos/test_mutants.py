"""The mutants fit the code as it is today; `make mutants` shows that each is caught."""

import subprocess

import pytest

from tests.chaos.mutants.__main__ import PROJECT, Mutant, read_mutants


@pytest.mark.parametrize("mutant", read_mutants(), ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_code_and_names_a_test_that_exists(mutant: Mutant) -> None:
    fits = subprocess.run(
        ["git", "apply", "--check", "-C1", "--recount", mutant.patch],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    file, _, name = mutant.caught_by.partition("::")

    assert fits.returncode == 0, fits.stderr
    assert f"def {name.partition('[')[0]}(" in (PROJECT / file).read_text()


def test_the_classic_mistakes_are_among_the_mutants() -> None:
    names = {mutant.name for mutant in read_mutants()}

    assert names >= {"naive_stock", "no_key", "no_outbox", "blind_label_retry", "refund_check_then_insert"}
