"""The seconds of a test's phases, by the real clock."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_maturity.plugin import phase_times
from pytest_maturity.plugin.phase_times import PhaseTimes


def make_times(monkeypatch: pytest.MonkeyPatch) -> tuple[PhaseTimes, SimpleNamespace]:
    """Returns the times, and the hooks that they wrap; each run of a hook takes two seconds of the real clock."""
    seconds = iter(range(0, 100, 2))
    monkeypatch.setattr(phase_times, "REAL", SimpleNamespace(perf_counter=lambda: float(next(seconds))))

    def execute(name: str, _methods: Any, _arguments: Any, _firstresult: bool) -> None:
        if name == "teardown":
            raise OSError("gone")

    hooks = {f"pytest_runtest_{phase}": SimpleNamespace(_hookexec=execute) for phase in phase_times.PHASES}
    config: Any = SimpleNamespace(hook=SimpleNamespace(**hooks))
    return PhaseTimes(config), config.hook


def make_report(when: Any, duration: float) -> pytest.TestReport:
    return pytest.TestReport("a.py::test", ("a.py", 1, "test"), {}, "passed", None, when, duration=duration)


@pytest.mark.parametrize("reported", [0.0, -1.0, float("nan"), 1e9])
def test_the_time_is_that_of_the_real_clock_whatever_the_report_says(
    monkeypatch: pytest.MonkeyPatch, reported: float
) -> None:
    times, hooks = make_times(monkeypatch)
    arguments = {"item": SimpleNamespace(nodeid="a.py::test")}
    hooks.pytest_runtest_setup._hookexec("setup", [], arguments, False)
    with pytest.raises(OSError, match="gone"):
        hooks.pytest_runtest_teardown._hookexec("teardown", [], arguments, False)
    assert times.take(make_report("setup", reported)) == 2.0
    assert times.take(make_report("teardown", reported)) == 2.0


@pytest.mark.parametrize(
    ("reported", "known"), [(0.5, 0.5), (0.0, 0.0), (-1.0, None), (float("nan"), None), (float("inf"), None)]
)
def test_a_phase_of_another_process_has_the_time_of_its_report(
    monkeypatch: pytest.MonkeyPatch, reported: float, known: float | None
) -> None:
    times, _ = make_times(monkeypatch)
    assert times.take(make_report("call", reported)) == known
