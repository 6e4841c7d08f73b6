"""Chooses coverage.py's core, and reads and changes what it traces.

sys.monitoring costs least, where it can measure all that is configured. Names that coverage.py keeps private are used
here and in `analysis` and `borrowed` only.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

import coverage
from coverage import collector as collector_module
from coverage.collector import Collector

MONITORING = "sysmon"
NOT_COUNTED = "counts for none of the running tests"  # why a file is not traced for now
UNFOLLOWED = {"greenlet", "eventlet", "gevent"}  # coverage.py does not follow them with sys.monitoring


def choose_core(running: coverage.Coverage) -> None:
    """Chooses sys.monitoring before the start, where it suffices and neither project nor COVERAGE_CORE names a core."""
    if running.get_option("run:core") is None and can_use_monitoring(running):
        running.set_option("run:core", MONITORING)


@contextlib.contextmanager
def without_call_stack() -> Iterator[None]:
    """Keeps coverage.py, in the `with` block, from describing the call stack that it starts in, for its debugging only.

    The description reads the sources of everything that pytest is in, for 0.014 s.
    """
    names = vars(collector_module)
    describe = names.get("short_stack")
    if describe is not None:
        names["short_stack"] = lambda: ""
    try:
        yield
    finally:
        if describe is not None:
            names["short_stack"] = describe


def can_use_monitoring(running: coverage.Coverage) -> bool:
    """Whether sys.monitoring measures all that is configured.

    It measures branches since Python 3.14, and never with file tracers of coverage.py's plugins.
    """
    if sys.version_info < (3, 12) or sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID) is not None:
        return False
    if running.get_option("run:branch") and sys.version_info < (3, 14):
        return False
    return not running.get_option("run:plugins") and UNFOLLOWED.isdisjoint(read_concurrency(running))


def restart_events() -> None:
    """Makes sys.monitoring report every line once more: it does so only once, and now the context is another one.

    coverage.py does not do that itself, and warns that this core has no dynamic contexts.
    """
    if sys.version_info >= (3, 12) and sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID):
        sys.monitoring.restart_events()


def has_unwritten_data(running: coverage.Coverage) -> bool:
    """Whether measured code was executed since the data was written. Most imported modules are not measured."""
    collector = running._collector
    return collector is None or any(list(collector.data.values()))


def has_later_tracer(running: coverage.Coverage) -> bool:
    """Whether coverage.py measures for somebody else, who started later: `running` is paused meanwhile."""
    collectors = Collector._collectors
    return bool(collectors) and running._collector in collectors and collectors[-1] is not running._collector


def keep_loaded_data() -> None:
    """Keeps, in a process that was just forked, the data of earlier runs that `coverage run --append` has loaded.

    coverage.py would take the fork for a subprocess of the tests, and erase the data file at the first write.
    """
    running = coverage.Coverage.current()
    data = running._data if running is not None else None
    if data is not None and data._have_used:
        data.close(force=True)  # the connection to SQLite is that of the parent
        data._pid = os.getpid()


def read_concurrency(running: coverage.Coverage) -> list[str]:
    """Returns the libraries that the configuration names as `concurrency`."""
    value = running.get_option("run:concurrency")
    return [value] if isinstance(value, str) else list(value or ())  # type: ignore[arg-type]  # a list


def trace_only(running: coverage.Coverage, is_counted: Callable[[str], bool]) -> None:
    """Stops tracing the files that do not count now, and traces again those that do.

    The trace function looks up for each call what was decided for the file. sys.monitoring does so only once, so there
    nothing changes.
    """
    collector = running._collector
    if collector is None or isinstance(find_tracer(), str):
        return
    for decision in list(collector.should_trace_cache.values()):
        if decision is not None and decision.source_filename and (decision.trace or decision.reason == NOT_COUNTED):
            decision.trace = is_counted(decision.source_filename)
            decision.reason = "" if decision.trace else NOT_COUNTED


def find_data_file(running: coverage.Coverage) -> str:
    """Returns the path of the data file of a started Coverage object. `get_data` would write the data."""
    return running._data.data_filename() if running._data is not None else ""


def find_tracer() -> object:
    """Returns what measures in this thread: the name of the monitoring tool, else the trace function."""
    if sys.version_info >= (3, 12) and (monitor := sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID)):
        return monitor
    return sys.gettrace()
