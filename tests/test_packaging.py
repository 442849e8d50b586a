"""What a wheel carries, by what `pyproject.toml` says of it."""

import tomllib
from fnmatch import fnmatch

from fulfillment.local.parts import PROJECT

SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]
NOT_CARRIED = ("*.py", "*.pyc", "*.pyi")


def test_every_file_of_the_packages_is_carried() -> None:
    patterns = SETTINGS["package-data"]["*"]

    left_out = [
        str(file.relative_to(PROJECT))
        for package in ("fulfillment", "labels")
        for file in (PROJECT / package).rglob("*")
        if file.is_file() and not any(fnmatch(file.name, pattern) for pattern in (*patterns, *NOT_CARRIED))
    ]

    assert left_out == []


def test_every_folder_with_such_files_is_a_package_or_inside_one() -> None:
    """Setuptools takes the files of packages; a folder without modules counts as one by its name alone."""
    packages = SETTINGS["packages"]["find"]["include"]

    assert packages == ["fulfillment*", "labels*"]
    assert all(
        part.isidentifier()
        for package in ("fulfillment", "labels")
        for folder in (PROJECT / package).rglob("*")
        if folder.is_dir()
        for part in folder.relative_to(PROJECT).parts
    )


def test_what_gunicorn_loads_is_carried() -> None:
    assert SETTINGS["py-modules"] == ["wsgi"]
