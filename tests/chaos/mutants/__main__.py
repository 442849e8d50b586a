"""Shows that the tests catch what they are there for: each mutant breaks one promise, one quick test sees it.

    python -m tests.chaos.mutants [NAME ...]

Every patch of this folder is applied to a copy of the tree, never to the tree itself. Its first lines say
what it breaks and which test must fail; that test passes on the copy before and fails after.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
PROJECT: Final = FOLDER.parents[2]
COPIED: Final = ("fulfillment", "labels", "tests", "pyproject.toml", "wsgi.py")
CAUGHT_BY: Final = "caught by: "
TEST_FAILED: Final = 1
"""The exit status of pytest when tests ran and some failed; others mean that nothing was shown."""
TIMEOUT_S: Final = 240


@dataclass(frozen=True)
class Mutant:
    """A deliberate fault: what it breaks, the change, and the test that must see it."""

    name: str
    breaks: str
    caught_by: str
    patch: Path


def read_mutants(wanted: Sequence[str] = ()) -> list[Mutant]:
    """The mutants of these names, or all, by name."""
    mutants = []
    for patch in sorted(FOLDER.glob("*.patch")):
        breaks, _, rest = patch.read_text().partition("\n")
        line = next(line for line in rest.splitlines() if line.startswith(CAUGHT_BY))
        mutants.append(Mutant(patch.stem, breaks, line.removeprefix(CAUGHT_BY), patch))
    unknown = set(wanted) - {mutant.name for mutant in mutants}
    if unknown:
        raise SystemExit(f"There is no mutant {', '.join(sorted(unknown))}.")
    return [mutant for mutant in mutants if not wanted or mutant.name in wanted]


@contextmanager
def copied_tree() -> Iterator[Path]:
    """A copy of what the tests need, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        copy = Path(name)
        for part in COPIED:
            source = PROJECT / part
            if source.is_dir():
                shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, copy / part)
        yield copy


def apply_patch(copy: Path, patch: Path, *options: str) -> None:
    """The copy is as the patch wants it.

    Raises:
        SystemExit: the code has moved on, and the patch has to follow it.
    """
    done = subprocess.run(
        ["git", "apply", "-C1", "--recount", *options, patch],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{patch.name} does not fit the code any more; renew it.\n{done.stderr}")


def run_test(copy: Path, test: str) -> subprocess.CompletedProcess[str]:
    """How the test ends on the copy; its own modules come first on the path."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", test],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )


def try_mutant(copy: Path, mutant: Mutant) -> str:
    """What was shown: the empty text if the mutant was caught, else what went wrong."""
    before = run_test(copy, mutant.caught_by)
    if before.returncode != 0:
        return f"its test fails without it:\n{before.stdout[-2000:]}"
    apply_patch(copy, mutant.patch)
    try:
        after = run_test(copy, mutant.caught_by)
    finally:
        apply_patch(copy, mutant.patch, "--reverse")
    if after.returncode == TEST_FAILED:
        return ""
    return f"it was not caught (pytest ended with {after.returncode}):\n{after.stdout[-2000:]}"


def main() -> int:
    """Every mutant was tried and told of; the exit status says whether all were caught."""
    escaped = 0
    mutants = read_mutants(sys.argv[1:])
    with copied_tree() as copy:
        for mutant in mutants:
            start = time.monotonic()
            trouble = try_mutant(copy, mutant)
            escaped += bool(trouble)
            verdict = "ESCAPED" if trouble else "caught"
            seconds = time.monotonic() - start
            print(f"{verdict}  {mutant.name}: {mutant.breaks}", flush=True)  # noqa: T201 - a command
            print(f"        by {mutant.caught_by} ({seconds:.0f} s) {trouble}", flush=True)  # noqa: T201 - a command
    print(f"{len(mutants) - escaped} of {len(mutants)} mutants caught.")  # noqa: T201 - a command
    return int(escaped > 0)


if __name__ == "__main__":
    sys.exit(main())
