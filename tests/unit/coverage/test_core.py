"""Which core of coverage.py measures."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import coverage
import pytest

from pytest_maturity.coverage import core

MONITORS = sys.version_info >= (3, 12)
BRANCHES = sys.version_info >= (3, 14)


@pytest.fixture(autouse=True)
def unasked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this project, and no tool that already monitors this process."""
    monkeypatch.delenv("COVERAGE_CORE", raising=False)
    monkeypatch.chdir(tmp_path)
    taken_by(monkeypatch, None)


def taken_by(monkeypatch: pytest.MonkeyPatch, tool: str | None) -> None:
    if sys.version_info >= (3, 12):
        monkeypatch.setattr(sys.monitoring, "get_tool", lambda _: tool)


def chosen(**options: Any) -> object:
    running = coverage.Coverage(data_file=None, config_file=False)
    for name, value in options.items():
        running.set_option(f"run:{name}", value)
    core.choose_core(running)
    return running.get_option("run:core")


def test_lines_are_monitored_where_python_can() -> None:
    assert chosen() == ("sysmon" if MONITORS else None)


@pytest.mark.parametrize("asked", ["ctrace", "pytrace", "sysmon"])
def test_the_projects_core_stays(asked: str) -> None:
    assert chosen(core=asked) == asked


def test_the_core_of_the_environment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVERAGE_CORE", "pytrace")
    running = coverage.Coverage(data_file=None)
    core.choose_core(running)
    assert running.get_option("run:core") == "pytrace"


def test_branches_are_monitored_where_python_can() -> None:
    assert chosen(branch=True) == ("sysmon" if BRANCHES else None)


@pytest.mark.parametrize(
    "options",
    [
        {"plugins": ["x"]},
        {"concurrency": ["greenlet"]},
        {"concurrency": ["thread", "gevent"]},
        {"concurrency": "eventlet"},
    ],
)
def test_what_monitoring_does_not_see_is_traced(options: dict[str, Any]) -> None:
    assert chosen(**options) is None


def test_a_place_that_is_taken_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    taken_by(monkeypatch, "another")
    assert chosen() is None


# ── what the trace function passes over ──────────────────────────────────────


def decided(trace: bool, source: str | None, reason: str = "") -> SimpleNamespace:
    """What coverage.py decided of a file."""
    return SimpleNamespace(trace=trace, source_filename=source, reason=reason)


@pytest.fixture
def known() -> dict[str, SimpleNamespace | None]:
    return {
        "a.py": decided(True, "/a.py"),
        "b.py": decided(True, "/b.py"),
        "lib.py": decided(False, "/lib.py", "falls outside the --source spec"),
        "<string>": decided(False, None, "not real"),
        "template": decided(True, None),  # which file it is, a plugin of coverage.py tells for each call
        "refused": None,
    }


def narrowed(known: dict[str, Any], *counting: str) -> list[str]:
    running: Any = SimpleNamespace(_collector=SimpleNamespace(should_trace_cache=known))
    core.trace_only(running, lambda path: path in counting)
    return [name for name, one in known.items() if one and one.trace]


def test_what_does_not_count_is_passed_over_until_it_counts(
    known: dict[str, SimpleNamespace | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "current_tracer", lambda: None)
    assert narrowed(known, "/a.py") == ["a.py", "template"]
    assert narrowed(known, "/b.py", "/lib.py") == ["b.py", "template"]
    assert narrowed(known, "/a.py", "/b.py") == ["a.py", "b.py", "template"]
    assert narrowed(known) == ["template"]


def test_what_monitors_asks_only_once_so_nothing_is_passed_over(
    known: dict[str, SimpleNamespace | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "current_tracer", lambda: "coverage.py")
    assert narrowed(known) == ["a.py", "b.py", "template"]


def test_where_nothing_measures_there_is_nothing_to_pass_over() -> None:
    stopped: Any = SimpleNamespace(_collector=None)
    core.trace_only(stopped, lambda _: False)
