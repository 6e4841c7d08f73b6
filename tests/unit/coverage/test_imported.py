"""The files that the components' modules were imported from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pytest_maturity.coverage.imported import ImportedModules, list_module_names
from pytest_maturity.model.evidence import Component


@pytest.fixture
def auth(tmp_path: Path) -> Component:
    files = [tmp_path / "src/auth" / name for name in ("__init__.py", "core.py", "deep/__init__.py", "deep/x.py")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return Component(
        name="auth", sources=(tmp_path / "src/auth",), files=tuple(files), found_by="", imports=("auth", "src.auth")
    )


def record(imported: ImportedModules, monkeypatch: pytest.MonkeyPatch, modules: dict[str, object]) -> None:
    found = {}
    for name, path in modules.items():
        found[name] = ModuleType(name)
        found[name].__file__ = path if path is None else str(path)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "modules", found)
        imported.record()


def test_every_file_has_its_dotted_names(auth: Component, tmp_path: Path) -> None:
    names = dict(list_module_names(auth))
    assert sorted(names) == [
        "auth", "auth.core", "auth.deep", "auth.deep.x", "src.auth", "src.auth.core", "src.auth.deep", "src.auth.deep.x"
    ]  # fmt: skip
    assert names["auth.deep.x"] == tmp_path / "src/auth/deep/x.py"
    module = Component(name="a", sources=(tmp_path / "a.py",), files=(tmp_path / "a.py",), found_by="", imports=("a",))
    assert dict(list_module_names(module)) == {"a": tmp_path / "a.py"}


def test_a_module_from_another_file_is_found(auth: Component, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = ImportedModules([auth], [])
    other = tmp_path / "build/lib/auth/core.py"
    record(imported, monkeypatch, {"auth.core": other, "auth": tmp_path / "src/auth/__init__.py", "auth.deep": None})
    assert imported.find_foreign(auth) == {"auth.core": (str(other), tmp_path / "src/auth/core.py")}


def test_what_other_processes_imported_is_merged(auth: Component, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, controller = ImportedModules([auth], []), ImportedModules([auth], [])
    record(worker, monkeypatch, {"auth": "/lib.zip/auth/__init__.py"})
    controller.merge(worker.to_dict())
    assert list(controller.find_foreign(auth)) == ["auth"]


def test_installed_copies_and_namesakes_are_not_foreign(
    auth: Component, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "site-packages/auth/core.py"
    imported = ImportedModules([auth], [copy])
    record(imported, monkeypatch, {
        "auth.core": copy,
        "auth": "/other/auth.py",
        "app.auth": tmp_path / "src/auth/__init__.py",
        "auth.deep": Path(os.__file__),
    })  # fmt: skip
    assert imported.find_foreign(auth) == {}


def test_imported_files_below_the_sources_are_found(
    auth: Component, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "src/auth/env"))
    imported = ImportedModules([auth], [])
    record(imported, monkeypatch, {
        "x": tmp_path / "src/auth/build/x.py",
        "y": tmp_path / "src/auth/y.pyc",
        "z": tmp_path / "src/auth/z.abi3.so",
        "pytest": tmp_path / "src/auth/env/lib/pytest.py",
        "other": tmp_path / "src/other.py",
    })  # fmt: skip
    assert imported.find_files_below(auth) == {tmp_path / "src/auth/build/x.py", tmp_path / "src/auth/y.pyc"}
