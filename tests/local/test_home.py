"""The home: private, its secrets kept, its data thrown away on demand."""

import os
import re
import stat
from pathlib import Path

import pytest

from fulfillment.local.errors import HomeInUseError, LocalServerError
from fulfillment.local.folders import locked, make_private
from fulfillment.local.home import Home, open_home


def test_secrets_and_passwords_stay_the_same_once_made(tmp_path: Path) -> None:
    first = open_home(tmp_path / "home", roles=("admin", "warehouse")).secrets()

    second = open_home(tmp_path / "home", roles=("admin", "warehouse")).secrets()

    assert second == first
    assert first.passwords["admin"] != first.passwords["warehouse"]
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", first.passwords["admin"])


def test_a_role_that_comes_later_gets_a_password_and_the_others_keep_theirs(tmp_path: Path) -> None:
    first = open_home(tmp_path / "home", roles=("admin",)).secrets()

    second = open_home(tmp_path / "home", roles=("admin", "service")).secrets()

    assert second.passwords["admin"] == first.passwords["admin"]
    assert set(second.passwords) == {"admin", "service"}


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home", roles=("admin",))

    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.secrets_file.stat().st_mode) == 0o600


def test_forgetting_the_data_leaves_what_others_put_there(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home", roles=("admin",))
    (home.folder / "notes.txt").write_text("mine")
    (home.postgres / "data").mkdir(parents=True)
    (home.folder / "metrics" / "8000").mkdir(parents=True)
    (home.folder / "orders").mkdir()

    home.forget_data()

    assert sorted(path.name for path in home.folder.iterdir()) == ["lock", "notes.txt"]


def test_a_running_home_is_not_forgotten(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")

    with locked(home.folder), pytest.raises(HomeInUseError):
        home.forget_data()

    assert home.secrets_file.exists()


def test_a_home_that_was_never_used_has_nothing_to_forget_or_tell(tmp_path: Path) -> None:
    home = Home(tmp_path / "never")

    home.forget_data()

    assert home.last_environment() == {}
    assert not home.folder.exists()


def test_a_file_in_the_way_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LocalServerError, match="Set FULFILLMENT_HOME to a folder you may write to"):
        make_private(tmp_path / "file" / "home")


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may write everywhere.")
def test_a_folder_without_the_right_to_write_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)

    with pytest.raises(LocalServerError, match="Permission denied"):
        make_private(tmp_path / "closed" / "home")
