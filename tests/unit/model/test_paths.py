"""Paths as reports print them, whether they are of an installed distribution, and the conftests above tests."""

from __future__ import annotations

import sys
import weakref
from pathlib import Path
from types import ModuleType

import pytest

from pytest_maturity.model.paths import (  # fmt: skip
    find_conftests,
    is_installed,
    is_skipped_directory,
    list_imported_files,
    path_from_root,
)


def test_a_path_is_printed_from_the_root_and_absolute_where_it_lies_outside(tmp_path: Path) -> None:
    assert path_from_root(tmp_path / "src" / "a.py", tmp_path) == "src/a.py"
    assert path_from_root(tmp_path, tmp_path) == "."
    assert path_from_root(tmp_path, tmp_path / "src") == tmp_path.as_posix()


@pytest.mark.parametrize("path", ["lib/python3/site-packages", "lib/site-packages/a/b.py", "dist-packages/b.py"])
def test_a_path_in_a_directory_of_distributions_is_installed(path: str) -> None:
    assert is_installed(path)
    assert is_installed(Path(path))


@pytest.mark.parametrize("path", ["src/a.py", "src/my-site-packages/a.py", "src/site-packages.py"])
def test_a_name_that_only_resembles_one_is_not(path: str) -> None:
    assert not is_installed(path)


@pytest.mark.parametrize(
    "name", [".git", ".venv", "__pycache__", "node_modules", "site-packages", "dist-packages", "shop.egg-info"]
)
def test_hidden_and_installed_directories_are_skipped_though_they_may_be_packages(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    assert is_skipped_directory(str(tmp_path), name)


@pytest.mark.parametrize("name", ["build", "dist", "venv"])
def test_output_is_skipped_unless_it_is_a_package(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert is_skipped_directory(str(tmp_path), name)
    (tmp_path / name / "__init__.py").touch()
    assert not is_skipped_directory(str(tmp_path), name)


@pytest.mark.parametrize("name", ["src", "builds", "egg-info", "a.git", "__init__"])
def test_other_directories_are_not_skipped(tmp_path: Path, name: str) -> None:
    assert not is_skipped_directory(str(tmp_path), name)


def test_the_conftests_of_tests_are_those_beside_and_above_them_up_to_the_root(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for folder in (tmp_path, root, root / "tests", root / "tests" / "unit", root / "tests" / "other"):
        folder.mkdir(exist_ok=True)
        (folder / "conftest.py").touch()
    tests = [root / "tests" / "unit" / "deep" / "test_a.py", root / "tests" / "test_b.py", tmp_path / "x" / "test_c.py"]
    found = {path.parent.relative_to(tmp_path).as_posix() for path in find_conftests(tests, root)}
    assert found == {"project", "project/tests", "project/tests/unit"}


def test_the_files_of_modules_are_listed_whatever_stands_among_the_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd:
        __slots__ = ()

        def __getattr__(self, name: str) -> object:
            raise ReferenceError(name)

    gone, kept = ModuleType("gone"), ModuleType("kept")
    gone.__file__, kept.__file__ = "/gone.py", "/kept.py"
    monkeypatch.setitem(sys.modules, "odd", Odd())
    monkeypatch.setitem(sys.modules, "kept", weakref.proxy(kept))
    monkeypatch.setitem(sys.modules, "gone", weakref.proxy(gone))
    monkeypatch.setitem(sys.modules, "none", None)
    del gone
    listed = list(list_imported_files())
    found = {name: path for name, _, path in listed}
    assert all(module is sys.modules[name] for name, module, _ in listed)
    assert found["kept"] == "/kept.py"
    assert {"odd", "gone", "none"}.isdisjoint(found)
    assert found["pytest"] == pytest.__file__
