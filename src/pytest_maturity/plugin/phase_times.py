"""The seconds of each phase of a test, by the real clock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ..model.real_clock import REAL
from . import pytest_internals

PHASES = ("setup", "call", "teardown")


class PhaseTimes:
    """The seconds of the phases of this process's tests: what pytest measures, by the real clock.

    A frozen clock makes pytest's own numbers wrong, and a hook can change those in a report.
    """

    def __init__(self, config: pytest.Config) -> None:
        """Wraps the three hooks that pytest times, with all implementations of plugins."""
        self._seconds: dict[tuple[str, str], float] = {}
        for phase in PHASES:
            caller = getattr(config.hook, f"pytest_runtest_{phase}")
            pytest_internals.wrap_hook(caller, partial(self._measure, phase))

    def _measure(self, phase: str, run: Callable[[], Any], arguments: Any) -> Any:
        began = REAL.perf_counter()
        try:
            return run()
        finally:
            self._seconds[arguments["item"].nodeid, phase] = REAL.perf_counter() - began

    def take(self, report: pytest.TestReport) -> float | None:
        """Returns the seconds of the phase that a report is about, and forgets them; None where they are unknown.

        A phase that ran in another process, as a plugin may fork, has the seconds of the report.
        """
        reported = report.duration if 0 <= report.duration < float("inf") else None
        return self._seconds.pop((report.nodeid, str(report.when)), reported)
