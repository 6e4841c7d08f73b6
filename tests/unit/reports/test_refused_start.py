"""The arguments and settings of a run that pytest refused, and the reports that it takes back."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from pytest_maturity.reports import refused_start
from pytest_maturity.reports.json import render
from tests.unit.reports.reports import report

ASKED = "--maturity-component=part1"
ADDOPTS = f'addopts = "-q {ASKED}"\n'


@pytest.fixture(autouse=True)
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process in a directory with the report of a promoted component, in which the plugin was not loaded."""
    place = tmp_path / ".maturity"
    place.mkdir()
    (place / "part1.json").write_text(render(report(1)), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delitem(sys.modules, refused_start.PLUGIN, raising=False)


def revoke(monkeypatch: pytest.MonkeyPatch, *arguments: str, began: float | None = None) -> bool:
    """Returns whether the report was taken back in a process with these arguments."""
    monkeypatch.setattr(sys, "argv", ["pytest", *arguments])
    refused_start.revoke_unjudged(time.time() if began is None else began)
    return "PROMOTE" not in Path(".maturity/part1.json").read_text("utf-8").splitlines()[2]


def test_a_report_is_taken_back_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert revoke(monkeypatch, ASKED, "-p", "none")
    assert capsys.readouterr().err.endswith(
        "/.maturity/part1.json is INCOMPLETE now: a later run was refused, so this verdict does not count any more: "
        "pytest did not load the plugin\n"
    )


def test_nothing_is_taken_back_where_the_plugin_was_loaded_or_pytest_was_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, refused_start.PLUGIN, sys)
    assert not revoke(monkeypatch, ASKED)
    monkeypatch.delitem(sys.modules, refused_start.PLUGIN)
    monkeypatch.setattr(refused_start, "is_pytest", lambda: False)
    assert not revoke(monkeypatch, ASKED)


@pytest.mark.parametrize("option", sorted(refused_start.WITHOUT_TESTS))
def test_nothing_is_taken_back_by_a_command_that_runs_no_test(monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    assert not revoke(monkeypatch, ASKED, option)


def test_a_run_that_began_later_keeps_its_report(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not revoke(monkeypatch, ASKED, began=0)


def test_a_report_elsewhere_is_taken_back_where_the_command_line_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.json").write_text(render(report(1)), "utf-8")
    assert revoke(monkeypatch, ASKED, "--maturity-report", "mine.json")
    assert '"verdict": "INCOMPLETE"' in (tmp_path / "mine.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "text", "is_asked"),
    [
        ("pyproject.toml", f"[tool.pytest.ini_options]\n{ADDOPTS}", True),
        ("pyproject.toml", f'[tool.pytest]\naddopts = ["{ASKED}"]\n', True),
        ("pyproject.toml", f"[tool.other]\n{ADDOPTS}", False),
        ("pyproject.toml", f"tool = 1\n{ADDOPTS}", False),
        ("pyproject.toml", f"[tool.pytest\n{ADDOPTS}", True),
        ("pyproject.toml", "[tool.pytest\n", False),
        ("pytest.toml", f'[pytest]\naddopts = ["{ASKED}"]\n', True),
        ("pytest.ini", f"[pytest]\naddopts = -q\n    {ASKED}\n", True),
        ("pytest.ini", f"[pytest]\n# addopts = {ASKED}\n", False),
        ("pytest.ini", f"[pytest]\naddopts = -k 'a {ASKED}\n", True),
        ("pytest.ini", f"addopts = {ASKED}\n", True),
        ("tox.ini", f"[pytest]\naddopts = {ASKED}\n", True),
        ("setup.cfg", f"[tool:pytest]\naddopts = {ASKED}\n", True),
        ("setup.cfg", f"[metadata]\naddopts = {ASKED}\n", False),
    ],
)
def test_the_component_may_be_named_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, is_asked: bool
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    assert revoke(monkeypatch) is is_asked


def test_a_file_that_cannot_be_read_hides_nothing_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.pytest.ini_options]\n{ADDOPTS}", "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest\n", "utf-8")
    assert revoke(monkeypatch) is True


def test_arguments_come_from_the_environment_and_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k 'a b'")
    (tmp_path / "words").write_text("-q\n@more\n")
    (tmp_path / "more").write_text("-x\n@words\n")  # a circle ends
    found = refused_start.list_arguments(["a", "@words", "@missing"])
    assert found[:3] == ["-k", "a b", "a"]
    assert found[3:5] == ["-q", "-x"]
    assert found[-1] == "@missing"
    assert len(found) < 20


def test_the_root_is_where_pytest_would_find_it(tmp_path: Path) -> None:
    for name in ("a/b", "a/c", "own", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    for name, text in {"a/pyproject.toml": "[tool.pytest]\nx = 1\n", "own/any.ini": "[pytest]\n"}.items():
        (tmp_path / name).write_text(text)
    a, own, elsewhere = (tmp_path / name for name in ("a", "own", "elsewhere"))

    def find(*arguments: str, here: Path = tmp_path) -> tuple[Path, Path | None]:
        return refused_start.find_root(arguments, here)

    assert find("a/b", "a/c/none.py") == (a, a / "pyproject.toml")
    assert find("a/b", "a/pyproject.toml::x") == (a, a / "pyproject.toml")
    assert find(here=a / "b") == (a, a / "pyproject.toml")
    assert find("-c", "own/any.ini") == find("-cown/any.ini") == (own, own / "any.ini")
    assert find("-c", "none.ini", here=a) == (a, a / "pyproject.toml")
    assert find("--rootdir=elsewhere", "a") == (elsewhere, a / "pyproject.toml")
    assert find("--rootdir=none", "a") == (a, a / "pyproject.toml")
    assert find("own")[1] is None
    (tmp_path / "setup.py").write_text("")
    assert find("own") == (tmp_path, None)
    (own / "pyproject.toml").write_text("[project]\n")
    assert find("own") == (own, None)


def test_a_program_is_pytest_by_its_name_or_because_it_has_imported_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused_start.is_pytest()
    monkeypatch.delitem(sys.modules, "_pytest.config")
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    for name, is_pytest in {"/bin/pytest": True, "py.test": True, "pytest-3.exe": True, "/bin/pytest-maturity": False,
                            "nox": False}.items():  # fmt: skip
        monkeypatch.setattr(sys, "argv", [name])
        assert refused_start.is_pytest() is is_pytest


def test_the_startup_line_does_nothing_in_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    line = (Path(__file__).parents[3] / "src" / "pytest_maturity_start.pth").read_text("utf-8")
    registered: list[object] = []
    monkeypatch.setattr("atexit.register", lambda *arguments: registered.append(arguments))
    for words in (["python", "-c", "x"], ["python", "server.py"], []):
        monkeypatch.setattr(sys, "orig_argv", words)
        exec(line)
    monkeypatch.delattr(sys, "orig_argv")
    exec(line)
    assert registered == []
    for words in (["python", "-mpytest"], ["/bin/py.test"], ["run.py", ASKED]):
        monkeypatch.setattr(sys, "orig_argv", words, raising=False)
        exec(line)
    assert len(registered) == 3


def test_the_startup_line_swallows_errors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    line = (Path(__file__).parents[3] / "src" / "pytest_maturity_start.pth").read_text("utf-8")
    registered: list[tuple[object, ...]] = []
    monkeypatch.setattr("atexit.register", lambda *arguments: registered.append(arguments))
    monkeypatch.setattr(sys, "orig_argv", ["pytest"])
    exec(line)
    ((run, code, names),) = registered
    assert run is exec
    seen: list[float] = []
    monkeypatch.setattr(refused_start, "revoke_unjudged", seen.append)
    exec(str(code), names)  # type: ignore[arg-type]
    assert seen
    assert abs(seen[0] - time.time()) < 60

    def fail(began: float) -> None:
        raise OSError(began)

    monkeypatch.setattr(refused_start, "revoke_unjudged", fail)
    exec(str(code), names)  # type: ignore[arg-type]
