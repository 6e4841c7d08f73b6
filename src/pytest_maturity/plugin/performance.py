"""Times the tests that the gate `performance` is about, and reads the results of pytest-benchmark."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from ..evidence.outcomes import OutcomeLog
from ..model.errors import usage_error_text
from ..model.real_clock import REAL
from ..model.text import safe, safe_repr
from ..model.timings import Timing
from . import pytest_internals, xdist

MARKER = "maturity_sla"
FIXTURE = "benchmark"


class PerformanceListener:
    """Writes the timings of this process's tests into the log."""

    def __init__(self, config: pytest.Config, log: OutcomeLog) -> None:
        """Wraps the hook that calls a test, with all implementations of plugins."""
        self._log, self._config = log, config
        self._read = 0  # how many results of pytest-benchmark are in the log
        pytest_internals.wrap_hook(config.hook.pytest_runtest_call, self._time_call)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Records which tests have a limit, and which are benchmarks. Raises UsageError for wrong markers."""
        errors = [error for item in items for error in check_marker(item)]
        if errors:
            xdist.raise_usage_error(config, usage_error_text(dict.fromkeys(errors)))
        for item in items:
            limit, is_benchmark = read_limit(item), FIXTURE in getattr(item, "fixturenames", ())
            if limit is not None or is_benchmark:
                self._log.record_timing(Timing(test=item.nodeid, is_benchmark=is_benchmark, limit_ms=limit))

    def _time_call(self, run: Callable[[], Any], arguments: Any) -> Any:
        nodeid = arguments["item"].nodeid
        if nodeid not in self._log.timings:
            return run()
        began = REAL.perf_counter()
        try:
            return run()
        finally:
            self._log.record_timing(Timing(test=nodeid, call_ms=1000 * (REAL.perf_counter() - began)))
            for timing in self._list_results(nodeid):
                self._log.record_timing(timing)

    def _list_results(self, nodeid: str) -> Iterator[Timing]:
        """Yields the new results of pytest-benchmark: those of the test that has just run."""
        results = getattr(getattr(self._config, "_benchmarksession", None), "benchmarks", [])
        new, self._read = results[self._read :], len(results)
        for one in new:
            rounds = sorted(one.stats.data)
            if rounds and not one.has_error:
                yield Timing(test=nodeid, is_benchmark=True, mean_ms=1000 * math.fsum(rounds) / len(rounds),
                             p95_ms=1000 * find_percentile(rounds))  # fmt: skip


def find_percentile(ordered: Sequence[float]) -> float:
    """Returns the 95th percentile of numbers in order, by nearest rank."""
    return ordered[math.ceil(len(ordered) * 95 / 100) - 1]


def read_limit(item: pytest.Item) -> float | None:
    """Returns the limit of a test's closest marker in milliseconds; None without one."""
    marker = item.get_closest_marker(MARKER)
    return None if marker is None else float(marker.kwargs["max_ms"])


def check_marker(item: pytest.Item) -> Iterator[str]:
    """Yields what is wrong with the closest marker of a test."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return
    limit = marker.kwargs.get("max_ms")
    is_number = isinstance(limit, int | float) and not isinstance(limit, bool) and 0 < limit < math.inf
    if marker.args or set(marker.kwargs) != {"max_ms"}:
        yield f"{safe(item.nodeid, 200)}: {MARKER} takes max_ms=..., and nothing else"
    elif not is_number:
        yield f"{safe(item.nodeid, 200)}: {MARKER}: max_ms must be more than 0, not {safe_repr(limit)}"
