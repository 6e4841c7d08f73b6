"""Listens to pytest and writes the outcomes of this process's tests into the log."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any

import pytest

from ..evidence.outcomes import OutcomeLog
from ..model.text import safe
from . import own_plugins, pytest_internals
from .attribution.fixtures import IN_FIXTURE
from .deselection import find_deselect_reason
from .dropped_tests import DroppedTests
from .missing_modules import find_missing_module
from .phase_times import PhaseTimes
from .raising_lines import find_raising_line
from .retries.attempts import ATTRIBUTE, read_attempts
from .selection import Selection
from .silenced_warnings import find_foreign_filters, list_project_filters, select_silencing
from .source_lines import SourceLines, find_builtin_category
from .unreported_warnings import UnreportedWarnings
from .xdist import has_workers

OUTCOMES_OF_RERUNS = ("rerun", "retried")  # of pytest-rerunfailures and of pytest-retry
# The warnings by which pytest reports unhandled exceptions, and the plugins without which it does not.
UNHANDLED: dict[type[Warning], str] = {
    pytest.PytestUnhandledThreadExceptionWarning: "thread",
    pytest.PytestUnraisableExceptionWarning: "unraisable",
}
WATCHING_PLUGINS = ("threadexception", "unraisableexception", "warnings")
NAMED_TYPES = (str, int, float, complex, bytes, type, type(None))  # parameters that pytest writes into an id


class OutcomeListener:
    """Writes what pytest reports into an OutcomeLog."""

    def __init__(
        self, log: OutcomeLog, selection: Selection, on_retried: Callable[[], object], sources: SourceLines | None
    ) -> None:
        """`on_retried` is called once, before any plugin gets the first report of a test that was retried.

        `sources` finds the components' lines that raise warnings, None where no gate needs them.
        """
        self._log = log
        self._sources = sources
        self._selection = selection
        self._on_retried = on_retried
        self._has_retried = self._is_listening = False
        self._announced: set[str] = set()  # tests for which pytest_deselected was called

    def listen(self, config: pytest.Config, *, times_tests: bool) -> None:
        """Starts listening. Patches two hook callers instead of implementing hooks: a third of the cost per test."""
        self._has_workers = has_workers(config)
        self._start, self._root = config.invocation_params.dir, config.rootpath.resolve()
        self._dropped = DroppedTests(config, self._selection, self._log.record_deselected, self._log.record_gap)
        # Last of these, because pytest calls the hook for each warning that was recorded before.
        own_plugins.register(config, self, "maturity_outcome_listener")
        pytest_internals.wrap_hook(config.hook.pytest_warning_recorded, self._record_before_others)
        self._is_listening = True
        if self._sources is not None and not self._has_workers:
            UnreportedWarnings(config.hook, self._sources, self._log)
        pytest_internals.add_listener(config.hook.pytest_runtestloop, "session", self._finish_collection)
        pytest_internals.add_listener(config.hook.pytest_runtest_logstart, "nodeid", self._log.record_start)
        pytest_internals.add_listener(config.hook.pytest_runtest_logreport, "report", self._record_report)
        if times_tests and not self._has_workers:  # workers send theirs with their logs
            times = PhaseTimes(config)
            record = partial(self._record_duration, times)
            pytest_internals.add_listener(config.hook.pytest_runtest_logreport, "report", record)

    # ── collection ───────────────────────────────────────────────────────────

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, object, object]:
        """Finds out whether pytest reports unhandled exceptions: here, because its warning filters are in force."""
        has_plugins = all(map(session.config.pluginmanager.has_plugin, WATCHING_PLUGINS))
        self._log.record_watching(has_plugins and not any(map(is_warning_ignored, UNHANDLED)))
        if self._sources is not None:
            self._record_filters(session.config, self._sources)
        with self._dropped.recording():
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Removes tests of other components. A test that is missing afterwards was deselected, announced or not."""
        self._dropped.compare_created(items)
        own = list(filter(self._selection.assign, items))
        if len(own) < len(items) and not self._selection.given_paths:
            kept = set(own)
            config.hook.pytest_deselected(items=[item for item in items if item not in kept])
            items[:] = own
        before = items[:]
        result = yield
        self._selection.record_kinds([*before, *items])
        if items != before:
            kept = set(items)
            left_out = [item for item in before if item not in kept]
            self._log.record_deselected(
                {item.nodeid: find_deselect_reason(config, item, item.nodeid in self._announced) for item in left_out}
            )
        if self._log.passed_before:
            self._leave_out_passed(items)
        self._dropped.expect(items)
        return result

    def _leave_out_passed(self, items: list[pytest.Item]) -> None:
        """Removes the tests of files in which every test passed in a killed run.

        Whole files only: a test may depend on another test of its file.
        """
        count = Counter(item.nodeid for item in items)
        has_passed: dict[str, bool] = {}
        for item in items:
            file = item.nodeid.partition("::")[0]
            passed = item.nodeid in self._log.passed_before and count[item.nodeid] == 1 and is_identified(item)
            has_passed[file] = has_passed.get(file, True) and passed
        left_out = [item for item in items if has_passed[item.nodeid.partition("::")[0]]]
        items[:] = [item for item in items if not has_passed[item.nodeid.partition("::")[0]]]
        self._log.record_not_rerun(item.nodeid for item in left_out)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remembers what a plugin announced as deselected."""
        self._announced.update(item.nodeid for item in items)

    def _finish_collection(self, session: pytest.Session) -> None:
        """Records the tests that are about to run, when no hook can change them any more."""
        self._dropped.compare_expected(session.items)
        self._selection.record_kinds(session.items)
        self._log.record_collected(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Records the tests that workers will run, on the controller."""
        self._log.record_collected(ids)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Records a collected file; in place of its tests, where it failed or is skipped as a whole."""
        self._log.record_collected_file(report.nodeid.partition("::")[0])
        if report.passed:
            return
        # With a directory, whose conftest.py cannot be imported, the files below it are lost.
        for nodeid in self._selection.list_files_below(report.nodeid) or [report.nodeid]:
            if nodeid not in self._log.outcomes:
                self._record_not_collected(nodeid, report)

    def _record_not_collected(self, nodeid: str, report: pytest.CollectReport) -> None:
        """Records a file that failed, or is skipped as a whole, in place of its tests."""
        if report.failed:
            message = describe_name_clash(str(report.longrepr)) or extract_first_line(report.longrepr)
            self._log.record_failure(nodeid, "error", None, message)
        else:
            self._log.record_outcome(nodeid, "skipped")
        self._log.record_file(nodeid)
        self._log.record_collected_file(nodeid.partition("::")[0])

    # ── tests ────────────────────────────────────────────────────────────────

    def _record_report(self, report: pytest.TestReport) -> None:
        """Records a phase of a test; three calls per test, so what is most frequent comes first."""
        when = report.when
        if report.outcome != "passed":
            self._record_not_passed(report)
        elif when == "setup":  # nothing is known yet
            return
        elif when == "call":
            if hasattr(report, ATTRIBUTE):
                self._record_attempts(report)
            self._log.record_outcome(report.nodeid, "xpassed" if hasattr(report, "wasxfail") else "passed")
        if when == "teardown":
            self._log.record_end(report.nodeid)

    def _record_duration(self, times: PhaseTimes, report: pytest.TestReport) -> None:
        """Records how long a phase of a test took; the time of a subtest is in that of its test."""
        if not hasattr(report, "context"):
            self._log.record_duration(report.nodeid, times.take(report))

    def _record_attempts(self, report: pytest.TestReport) -> None:
        """Records the attempts that ride along on the report of a test that was retried."""
        if not self._has_retried:
            self._has_retried = True
            self._on_retried()
        self._log.record_attempts(report.nodeid, read_attempts(report))

    def _record_not_passed(self, report: pytest.TestReport) -> None:
        """Records a phase that failed, was skipped or was rerun. An error is a failure of setup or teardown."""
        if hasattr(report, ATTRIBUTE):
            self._record_attempts(report)
        outcome = str(report.outcome)
        if outcome == "failed":
            outcome = "error" if report.when in ("setup", "teardown") else "failed"
            self._log.record_failure(
                report.nodeid,
                outcome,
                find_line(report),
                extract_first_line(report.longrepr),
                find_raising_line(report.longrepr, self._start, self._root),
            )
        elif outcome == "skipped":
            if not hasattr(report, "context"):  # a skipped subtest: its test goes on
                self._log.record_outcome(report.nodeid, "xfailed" if hasattr(report, "wasxfail") else "skipped")
        elif outcome in OUTCOMES_OF_RERUNS:
            self._log.record_rerun(report.nodeid)

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        """Records a module that could not be imported."""
        module = find_missing_module(call.excinfo.value if call.excinfo else None)
        if module:
            self._log.record_missing_module(module, node.nodeid)

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage, nodeid: str) -> None:
        """Records a warning that pytest recorded before this plugin listened."""
        if not self._is_listening:
            self._record_reported(warning_message, nodeid)

    def _record_before_others(self, run: Callable[[], object], arguments: Mapping[str, Any]) -> object:
        """Records a warning before any plugin can change it."""
        self._record_reported(arguments["warning_message"], arguments["nodeid"])
        return run()

    def _record_reported(self, warning_message: warnings.WarningMessage, nodeid: str) -> None:
        """Records an exception that nothing handled, and a warning of a component's line.

        Workers send their warnings to the controller with their evidence, too, where the kinds of tests are known.
        """
        if self._sources is not None and not self._has_workers:
            self._record_warning(warning_message, nodeid, self._sources)
        kind = next((kind for one, kind in UNHANDLED.items() if issubclass(warning_message.category, one)), None)
        if kind is not None:
            self._log.record_unhandled(nodeid, kind, summarize_unhandled(str(warning_message.message)))

    def _record_filters(self, config: pytest.Config, sources: SourceLines) -> None:
        """Records which filters keep warnings from being reported, and whether pytest reports any."""
        project = list_project_filters(config)
        ignored = sources.find_ignored_categories(warnings.filters)
        by_project = sources.find_ignored_categories(pytest_internals.make_warning_filters(project, ()))
        foreign = list(find_foreign_filters(config, project))
        more = {one for name, found in ignored.items() for one in found - by_project.get(name, frozenset())}
        if more and not foreign:
            foreign.append(f"PYTHONWARNINGS or a plugin, which makes Python ignore {', '.join(sorted(more))}")
        is_on = config.pluginmanager.has_plugin("warnings")
        self._log.record_warning_filters(is_on, ignored, select_silencing(project), foreign)

    def _record_warning(self, warning: warnings.WarningMessage, nodeid: str, sources: SourceLines) -> None:
        path = sources.find_source(warning.filename)
        if path is not None:
            message = safe(" ".join(str(warning.message).split()), 300)
            rule = find_builtin_category(warning.category)
            origin = getattr(warning, IN_FIXTURE, None) or self._selection.kind_of(nodeid)
            self._log.record_warning(path, warning.lineno, warning.category.__name__, message, rule, origin)


def is_identified(item: pytest.Item) -> bool:
    """Whether an item's id names its parameters. Ids of other objects, like `x0`, depend on their order."""
    callspec = getattr(item, "callspec", None)
    return callspec is None or all(isinstance(value, NAMED_TYPES) for value in callspec.params.values())


def is_warning_ignored(category: type[Warning]) -> bool:
    """Whether a warning filter ignores a category, or some warnings of it."""
    for action, message, kind, module, line in warnings.filters:
        if issubclass(category, kind):
            if action == "ignore":
                return True
            if not (message or module or line):
                return False
    return False


def summarize_unhandled(text: str) -> str:
    """Returns where an unhandled exception was raised, and the exception, without its traceback."""
    lines = [line for line in text.splitlines() if line and not line[0].isspace()]
    return ": ".join(lines[:1] + lines[2:3])[:300]


def find_line(report: pytest.TestReport) -> int | None:
    """Returns the line of the test function, from 1."""
    line = report.location[1] if report.location else None
    return None if line is None else line + 1


def describe_name_clash(text: str) -> str:
    """Returns what a collection error says of two test files of one module name, with the cure; empty for others."""
    lines = [line.strip() for line in text.splitlines()]
    if "import file mismatch:" not in lines:
        return ""
    imported, here = lines[lines.index("import file mismatch:") + 2 :: 2][:2]
    cure = "set addopts = --import-mode=importlib, rename one of them, or judge each component alone"
    return safe(f"{here} is a module of the same name as {imported}: {cure}", 600)


def extract_first_line(longrepr: Any) -> str:
    """Returns the first line of the error message in a failed report."""
    crash = getattr(longrepr, "reprcrash", None)
    text = getattr(crash, "message", None) or (longrepr[2] if isinstance(longrepr, tuple) else str(longrepr or ""))
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    marked = [line.removeprefix("E ").strip() for line in lines if line.startswith("E ")]  # in a traceback as text
    return safe(lines[0] if crash else (marked or lines[-1:])[0], 300) if lines else "failed"
