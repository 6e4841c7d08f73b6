"""Which core of coverage.py measures, and which files it traces."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import coverage
import pytest
from coverage import collector

from pytest_maturity.coverage import core

MONITORS = sys.version_info >= (3, 12)
BRANCHES = sys.version_info >= (3, 14)


@pytest.fixture(autouse=True)
def unconfigured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this project, and no tool that monitors this process."""
    monkeypatch.delenv("COVERAGE_CORE", raising=False)
    monkeypatch.chdir(tmp_path)
    set_monitor(monkeypatch, None)


def set_monitor(monkeypatch: pytest.MonkeyPatch, tool: str | None) -> None:
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


@pytest.mark.parametrize("core_name", ["ctrace", "pytrace", "sysmon"])
def test_the_projects_core_stays(core_name: str) -> None:
    assert chosen(core=core_name) == core_name


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
def test_what_monitoring_cannot_measure_is_traced(options: dict[str, Any]) -> None:
    assert chosen(**options) is None


def test_another_monitoring_tool_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    set_monitor(monkeypatch, "another")
    assert chosen() is None


# ── which files are traced ───────────────────────────────────────────────────


def decision(trace: bool, source: str | None, reason: str = "") -> SimpleNamespace:
    """Returns coverage.py's decision on a file."""
    return SimpleNamespace(trace=trace, source_filename=source, reason=reason)


@pytest.fixture
def decisions() -> dict[str, SimpleNamespace | None]:
    return {
        "a.py": decision(True, "/a.py"),
        "b.py": decision(True, "/b.py"),
        "lib.py": decision(False, "/lib.py", "falls outside the --source spec"),
        "<string>": decision(False, None, "not real"),
        "template": decision(True, None),  # a plugin of coverage.py names the file for each call
        "refused": None,
    }


def traced(decisions: dict[str, Any], *counted: str) -> list[str]:
    running: Any = SimpleNamespace(_collector=SimpleNamespace(should_trace_cache=decisions))
    core.trace_only(running, lambda path: path in counted)
    return [name for name, one in decisions.items() if one and one.trace]


def test_a_file_that_does_not_count_is_not_traced_until_it_counts(
    decisions: dict[str, SimpleNamespace | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "find_tracer", lambda: None)
    assert traced(decisions, "/a.py") == ["a.py", "template"]
    assert traced(decisions, "/b.py", "/lib.py") == ["b.py", "template"]
    assert traced(decisions, "/a.py", "/b.py") == ["a.py", "b.py", "template"]
    assert traced(decisions) == ["template"]


def test_with_monitoring_every_file_stays_traced(
    decisions: dict[str, SimpleNamespace | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "find_tracer", lambda: "coverage.py")
    assert traced(decisions) == ["a.py", "b.py", "template"]


def test_without_a_tracer_nothing_changes() -> None:
    stopped: Any = SimpleNamespace(_collector=None)
    core.trace_only(stopped, lambda _: False)


def test_the_call_stack_is_not_described_at_the_start() -> None:
    describe = collector.short_stack  # type: ignore[attr-defined]  # not exported
    running = coverage.Coverage(data_file=None)
    with core.without_call_stack():
        running.start()
    running.stop()
    assert running._collector is not None
    assert running._collector.origin == ""
    assert collector.short_stack is describe  # type: ignore[attr-defined]
