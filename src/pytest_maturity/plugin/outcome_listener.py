"""Listens to pytest and writes what it says into the ledger, in the process where it is said."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Generator, Set
from typing import Any

import pytest

from ..evidence.outcomes import Ledger
from ..model.text import safe
from . import pytest_internals
from .deselection import find_deselect_reason
from .missing_modules import find_missing_module
from .retries.attempts import ATTRIBUTE, attempts_of
from .selection import Selection

RERUN_OUTCOMES = ("rerun", "retried")  # pytest-rerunfailures, pytest-retry
# How pytest tells of exceptions that nobody handled, and its plugins without which it does not.
UNHANDLED: dict[type[Warning], str] = {
    pytest.PytestUnhandledThreadExceptionWarning: "thread",
    pytest.PytestUnraisableExceptionWarning: "unraisable",
}
TELLING = (str, int, float, complex, bytes, type, type(None))  # what pytest spells out in an id
WATCHING = ("threadexception", "unraisableexception", "warnings")


class Accounts:
    """Collected, deselected and finished tests of this process, and of the workers that report to it."""

    def __init__(self, selection: Selection, on_retried: Callable[[], object]) -> None:
        """`on_retried` is called once, before anybody else sees the first report of a test that was retried."""
        self.ledger = Ledger()
        self.seen: set[str] = set()
        self.done: Set[str] = frozenset()  # tests that passed in a run that did not end
        self.resumed: list[str] = []  # those of them that were collected again, and will not run
        self.shared: list[tuple[str, str, str]] = []  # see `share`
        self._announced: set[str] = set()
        self._selection = selection
        self._on_retried = on_retried

    def listen(self, config: pytest.Config) -> None:
        """Begin. Of each test it is told before any plugin is, which costs a third of being one that is asked."""
        config.pluginmanager.register(self, "maturity_accounts")
        pytest_internals.add_listener(config.hook.pytest_runtest_logstart, "nodeid", self.ledger.start)
        pytest_internals.add_listener(config.hook.pytest_runtest_logreport, "report", self._hear)

    def count(self, name: str) -> int:
        """How many of the collected tests belong to a component; under an empty name, to none."""
        owned = (self._selection.owners(nodeid) for nodeid in self.ledger.collected)
        return sum(name in owners if name else not owners for owners in owned)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Take out what belongs to others; whatever disappears after that was deselected, announced or not."""
        own = list(filter(self._selection.assign, items))
        if len(own) < len(items) and not self._selection.given_paths:
            kept_items = set(own)
            config.hook.pytest_deselected(items=[item for item in items if item not in kept_items])
            items[:] = own
        before = items[:]
        result = yield
        if items != before:
            kept = set(items)
            dropped = [item.nodeid for item in before if item not in kept]
            self.ledger.drop(
                {nodeid: find_deselect_reason(config, nodeid, nodeid in self._announced) for nodeid in dropped}
            )
        if self.done:
            self._pass_over(items)
        return result

    def _pass_over(self, items: list[pytest.Item]) -> None:
        """Pass over the test files of which every test has passed: their tests may need each other."""
        count = Counter(item.nodeid for item in items)
        files: dict[str, bool] = {}
        for item in items:
            file = item.nodeid.partition("::")[0]
            known = item.nodeid in self.done and count[item.nodeid] == 1 and is_named_by_its_parameters(item)
            files[file] = files.get(file, True) and known
        self.resumed = [item.nodeid for item in items if files[item.nodeid.partition("::")[0]]]
        items[:] = [item for item in items if not files[item.nodeid.partition("::")[0]]]
        self.ledger.pass_over(self.resumed)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self._announced.update(item.nodeid for item in items)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, object, object]:
        """Would pytest tell of an exception that nobody handles? Asked here, where its warning filters are in force."""
        on = all(map(session.config.pluginmanager.has_plugin, WATCHING))
        self.ledger.watched = on and not any(map(is_ignored, UNHANDLED))
        return (yield)

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage, nodeid: str) -> None:
        kind = next((kind for one, kind in UNHANDLED.items() if issubclass(warning_message.category, one)), None)
        if kind is not None:
            self.ledger.overlook(nodeid, kind, raised(str(warning_message.message)))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.ledger.collect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self.ledger.collect(ids)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.seen.add(report.nodeid.partition("::")[0])
        if report.passed or report.nodeid in self.ledger.outcomes:
            return
        if report.failed:
            self.ledger.fail(report.nodeid, "error", None, first_line(report.longrepr))
        else:
            self.ledger.record(report.nodeid, "skipped")
        self.ledger.whole_file(report.nodeid)

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        module = find_missing_module(call.excinfo.value if call.excinfo else None)
        if module:
            self.ledger.lack(module, node.nodeid)

    def share(self, nodeid: str, kind: str, message: str) -> None:
        """What a fixture did in another component's test counts for this test, too: it is one of Ledger.share."""
        self.shared.append((nodeid, kind, message))
        self.ledger.share(nodeid, kind, message)

    def _hear(self, report: pytest.TestReport) -> None:
        when = report.when
        if report.outcome != "passed":
            self._not_passed(report)
        elif when == "setup":  # nothing is known yet
            return
        elif when == "call":
            if hasattr(report, ATTRIBUTE):
                self._retried(report)
            self.ledger.record(report.nodeid, "xpassed" if hasattr(report, "wasxfail") else "passed")
        if when == "teardown":
            self.ledger.complete(report.nodeid)

    def _retried(self, report: pytest.TestReport) -> None:
        if not self.ledger.attempts:
            self._on_retried()
        self.ledger.tried(report.nodeid, attempts_of(report))

    def _not_passed(self, report: pytest.TestReport) -> None:
        if hasattr(report, ATTRIBUTE):
            self._retried(report)
        outcome = str(report.outcome)
        if outcome == "failed":
            kind = "error" if report.when in ("setup", "teardown") else "failed"
            self.ledger.fail(report.nodeid, kind, line_of(report), first_line(report.longrepr))
        elif outcome == "skipped":
            if not hasattr(report, "context"):  # a skipped subtest: its test goes on
                self.ledger.record(report.nodeid, "xfailed" if hasattr(report, "wasxfail") else "skipped")
        elif outcome in RERUN_OUTCOMES:
            self.ledger.rerun.add(report.nodeid)


def is_named_by_its_parameters(item: pytest.Item) -> bool:
    """Does an item's id tell its parameters? Those of other types are numbered, in whatever order they come."""
    callspec = getattr(item, "callspec", None)
    return callspec is None or all(isinstance(one, TELLING) for one in callspec.params.values())


def is_ignored(category: type[Warning]) -> bool:
    """Does a filter ignore warnings of a category? One that is about some of them counts when it ignores those."""
    for action, message, kind, module, line in warnings.filters:
        if issubclass(category, kind):
            if action == "ignore":
                return True
            if not (message or module or line):
                return False
    return False


def raised(text: str) -> str:
    """What pytest says of an exception that nobody handled, without the traceback: where it was, and the exception."""
    lines = [line for line in text.splitlines() if line and not line[0].isspace()]
    return ": ".join(lines[:1] + lines[2:3])[:300]


def line_of(report: pytest.TestReport) -> int | None:
    """The line of the test function, from 1."""
    line = report.location[1] if report.location else None
    return None if line is None else line + 1


def first_line(longrepr: Any) -> str:
    """Returns the first line of the error message in a failed report."""
    crash = getattr(longrepr, "reprcrash", None)
    text = getattr(crash, "message", None) or (longrepr[2] if isinstance(longrepr, tuple) else str(longrepr or ""))
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    marked = [line.removeprefix("E ").strip() for line in lines if line.startswith("E ")]  # in a traceback as text
    return safe(lines[0] if crash else (marked or lines[-1:])[0], 300) if lines else "failed"
