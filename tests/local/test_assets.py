"""Third-party files at their places."""

import json
from pathlib import Path

from fulfillment.local.assets import PLACES, PROJECT, missing_places


def test_the_install_has_placed_every_file() -> None:
    assert missing_places() == []


def test_a_missing_file_is_named_by_its_place(tmp_path: Path) -> None:
    for _, place in PLACES[1:]:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()

    assert missing_places(tmp_path) == [PLACES[0][1]]


def test_the_lock_pins_every_package_by_its_digest_and_names_no_address() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    wanted = json.loads((PROJECT / "package.json").read_text())

    packages = {name: facts for name, facts in lock["packages"].items() if name}
    assert all("integrity" in facts and "resolved" not in facts for facts in packages.values())
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version
