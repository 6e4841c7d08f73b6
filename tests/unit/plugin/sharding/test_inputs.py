"""What decides a run: which arguments count, which files lie beside the tests, what is told of a change."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pytest_maturity.plugin.sharding import inputs
from pytest_maturity.plugin.sharding.inputs import INDIFFERENT, TooManyError, data, differences, imported, is_of_python


@pytest.mark.parametrize(
    "argument",
    ["--maturity-resume", "-q", "-vv", "--basetemp=/tmp/x", "--junit-xml=a", "--junitxml=a",
     "--color=no", "--maturity-report=x.json"],
)  # fmt: skip
def test_what_is_printed_and_where_decides_nothing(argument: str) -> None:
    assert INDIFFERENT.fullmatch(argument)


@pytest.mark.parametrize("argument", ["-k", "-x", "-n2", "-vx", "-p", "--cov", "--maturity-component=a", "--runslow"])
def test_everything_else_may(argument: str) -> None:
    assert not INDIFFERENT.fullmatch(argument)


def test_data_is_what_is_neither_byte_code_nor_hidden(tmp_path: Path) -> None:
    for name in ("a.json", "b.py", "b.pyc", ".hidden", "deep/c.csv", "__pycache__/d.txt", ".git/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert sorted(data(tmp_path)) == [tmp_path / "a.json", tmp_path / "b.py", tmp_path / "deep/c.csv"]


def test_more_files_than_can_be_looked_at_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST", 2)
    for name in ("a", "b"):
        (tmp_path / name).touch()
    assert len(list(data(tmp_path))) == 2
    (tmp_path / "c").touch()
    with pytest.raises(TooManyError):
        list(data(tmp_path))


def test_imported_modules_are_those_of_no_installed_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {"one": "src/one.py", "two": "lib/site-packages/two.py", "three": "../three.py", "native": "native.so"}
    for name, place in places.items():
        path = tmp_path / "root" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        module = ModuleType(name)
        module.__file__ = os.path.normpath(path)
        monkeypatch.setitem(sys.modules, name, module)
    found = imported(tmp_path / "root")
    assert {"src/one.py", "native.so", str(tmp_path / "three.py")} <= set(found)
    assert not [name for name in found if "site-packages" in name]


def test_a_project_among_what_is_installed_is_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "src/project"
    assert not is_of_python(str(root), root)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert is_of_python(str(tmp_path / "bin"), root)
    assert not is_of_python(str(root), root)
    assert not is_of_python(str(root / "src/one.py"), root)
    assert is_of_python(str(root / ".venv/lib/site-packages"), root)


def test_of_a_whole_project_its_output_is_no_data(tmp_path: Path) -> None:
    for name in ("build/a.txt", "data/b.txt", "data/build/c.txt"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert len(list(data(tmp_path))) == 3
    (tmp_path / "pyproject.toml").touch()
    assert sorted(data(tmp_path)) == [
        tmp_path / "data/b.txt", tmp_path / "data/build/c.txt", tmp_path / "pyproject.toml",
    ]  # fmt: skip


def test_a_difference_names_the_kind_and_the_files() -> None:
    then = {"sources": {"a.py": "1", "b.py": "1", "c.py": "1"}, "tests": {"t.py": "1"}, "gone": {"x": "1"}}
    now = {"sources": {"a.py": "1", "b.py": "2", "d.py": "1"}, "tests": {"t.py": "1"}, "new": {"y": "1"}}
    assert differences(then, then) == []
    assert differences(then, now) == ["sources: b.py, c.py, d.py", "gone: x", "new: y"]
