"""Which of coverage.py's cores measures: sys.monitoring costs least, where it can tell what is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable

import coverage

MONITORED = "sysmon"
PASSED_OVER = "counts for none of the tests that run now"
UNMONITORED = {"greenlet", "eventlet", "gevent"}  # coverage.py does not follow them there


def choose(running: coverage.Coverage) -> None:
    """Set the core before it starts; one that the project or COVERAGE_CORE names stays."""
    if running.get_option("run:core") is None and monitoring_suffices(running):
        running.set_option("run:core", MONITORED)


def monitoring_suffices(running: coverage.Coverage) -> bool:
    """Does sys.monitoring see all that is asked? Branches since Python 3.14, file tracers of plugins never."""
    if sys.version_info < (3, 12) or sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID) is not None:
        return False
    if running.get_option("run:branch") and sys.version_info < (3, 14):
        return False
    return not running.get_option("run:plugins") and UNMONITORED.isdisjoint(concurrency(running))


def tell_again() -> None:
    """Let sys.monitoring tell of every line once more: it does so only once, and now it is for somebody else.

    coverage.py warns that this core has no dynamic contexts, because it does not do that itself.
    """
    if sys.version_info >= (3, 12) and sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID):
        sys.monitoring.restart_events()


def holds_data(running: coverage.Coverage) -> bool:
    """Was anything executed that is not written yet? Most modules that are imported are not measured."""
    collector = running._collector
    return collector is None or any(list(collector.data.values()))


def concurrency(running: coverage.Coverage) -> list[str]:
    value = running.get_option("run:concurrency")
    return [value] if isinstance(value, str) else list(value or ())  # type: ignore[arg-type]  # a list


def narrow(running: coverage.Coverage, counts: Callable[[str], bool]) -> None:
    """Have only those files traced, of all that were so far, that count now.

    The trace function looks up for each call what was decided of the file. sys.monitoring does so only once, so
    there all stays as it was.
    """
    collector = running._collector
    if collector is None or isinstance(tracer(), str):
        return
    for one in list(collector.should_trace_cache.values()):
        if one is not None and one.source_filename and (one.trace or one.reason == PASSED_OVER):
            one.trace = counts(one.source_filename)
            one.reason = "" if one.trace else PASSED_OVER


def data_file(running: coverage.Coverage) -> str:
    """Where a Coverage object that was started keeps its data. Asking for the data would write what there is of it."""
    return running._data.data_filename() if running._data is not None else ""


def tracer() -> object:
    """What measures in this thread now: the name of the tool that monitors, else the trace function."""
    if sys.version_info >= (3, 12) and (monitor := sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID)):
        return monitor
    return sys.gettrace()
