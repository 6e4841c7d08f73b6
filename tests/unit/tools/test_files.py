"""A file is written whole or not at all, and a directory of written files stays small."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pytest_maturity.tools import files


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def broken(*args: object, **kwargs: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("function", ["fdopen", "fsync", "_replace", "mkstemp"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    file = tmp_path / "r.txt"
    file.write_text("old")
    monkeypatch.setattr(files, function, broken)
    with pytest.raises(OSError, match="No space left on device"):
        files.replace_file(file, "new")
    assert file.read_text() == "old"
    assert left(tmp_path) == ["r.txt"]


def test_a_file_that_need_not_survive_a_power_cut_does_not_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "fsync", broken)
    files.replace_file(tmp_path / "r.txt", "new", durable=False)
    assert (tmp_path / "r.txt").read_text() == "new"


def test_a_name_as_long_as_the_file_system_allows_can_be_written(tmp_path: Path) -> None:
    files.replace_file(tmp_path / ("x" * 255), "new")
    assert left(tmp_path) == ["x" * 255]


@pytest.mark.parametrize(("private", "mode"), [(False, 0o640), (True, 0o600)])
def test_a_file_has_the_usual_permissions_unless_it_is_private(tmp_path: Path, private: bool, mode: int) -> None:
    before = os.umask(0o027)
    try:
        files.replace_file(tmp_path / "r.txt", "new", private=private)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "r.txt").stat().st_mode) == mode


def test_a_lone_surrogate_can_be_written(tmp_path: Path) -> None:
    files.replace_file(tmp_path / "r.txt", "a\udc80b")
    assert (tmp_path / "r.txt").read_text("utf-8") == "a\\udc80b"


def test_the_entries_that_were_modified_last_are_kept(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "newer", "old", "folder")):
        path = tmp_path / name
        if name == "folder":
            path.mkdir()
            (path / "inside").touch()
        else:
            path.touch()
        seconds = 1000.0 - 10 * (age if name != "newer" else -1)
        os.utime(path, (seconds, seconds))
    files.remove_oldest(tmp_path, keep=2)
    assert left(tmp_path) == ["new", "newer"]
    files.remove_oldest(tmp_path / "nowhere", keep=0)
