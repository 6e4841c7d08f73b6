"""Which of coverage.py's cores measures: sys.monitoring costs least, where it can tell what is asked."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable

import coverage
from coverage.collector import Collector

TRACED = "ctrace"
MONITORED = "sysmon"
PASSED_OVER = "counts for none of the tests that run now"
UNMONITORED = {"greenlet", "eventlet", "gevent"}  # coverage.py does not follow them there


def choose(running: coverage.Coverage, groups: bool) -> None:
    """Set the core before it starts; one that the project or COVERAGE_CORE names stays.

    With `groups`, what is executed is measured for one group of tests after the other.
    """
    asked = running.get_option("run:core")
    if asked not in (None, MONITORED):
        return
    if monitoring_suffices(running, groups):
        running.set_option("run:core", MONITORED)
    elif groups:
        running.set_option("run:core", TRACED)


def is_monitored(running: coverage.Coverage | None) -> bool:
    return running is not None and running.get_option("run:core") == MONITORED


def monitoring_suffices(running: coverage.Coverage, groups: bool) -> bool:
    """Does sys.monitoring see all that is asked? Branches since Python 3.14, file tracers of plugins never.

    Groups have one Coverage object after the other: nothing that lasts may know the first one.
    """
    if sys.version_info < (3, 12) or sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID) is not None:
        return False
    if running.get_option("run:branch") and sys.version_info < (3, 14):
        return False
    lasting = groups and (running.get_option("run:patch") or "multiprocessing" in concurrency(running))
    return not lasting and not running.get_option("run:plugins") and UNMONITORED.isdisjoint(concurrency(running))


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


def forget(ended: coverage.Coverage) -> None:
    """Let go of a Coverage object that has stopped, and of all code that it saw.

    What is to be done at the end of the process would keep it, and so would a cache that all collectors share.
    """
    atexit.unregister(ended._atexit)
    Collector.cached_mapped_file.cache_clear()


def tracer() -> object:
    """What measures in this thread now: the name of the tool that monitors, else the trace function."""
    if sys.version_info >= (3, 12) and (monitor := sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID)):
        return monitor
    return sys.gettrace()
