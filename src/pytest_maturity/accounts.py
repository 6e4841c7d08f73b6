"""Listens to pytest and writes what it says into the ledger, in the process where it is said."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from .attempts import ATTRIBUTE, attempts_of
from .classify import missing_module
from .cover import Recorder
from .ledger import Ledger
from .selection import Selection

RERUN_OUTCOMES = ("rerun", "retried")  # pytest-rerunfailures, pytest-retry


class Accounts:
    """Collected, deselected and finished tests of this process, and of the workers that report to it."""

    def __init__(self, selection: Selection) -> None:
        self.ledger = Ledger()
        self.seen: set[str] = set()
        self._selection = selection

    def count(self, name: str) -> int:
        """How many of the collected tests belong to a component; under an empty name, to none."""
        owned = (self._selection.owners(nodeid) for nodeid in self.ledger.collected)
        return sum(name in owners if name else not owners for owners in owned)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Take out what belongs to others; whatever disappears after that was deselected, announced or not."""
        for item in items:
            self._selection.mark(item)
        own = [item for item in items if self._selection.owners(item.nodeid)]
        if len(own) < len(items) and not self._selection.given:
            kept_items = set(own)
            config.hook.pytest_deselected(items=[item for item in items if item not in kept_items])
            items[:] = own
        before = [item.nodeid for item in items]
        result = yield
        kept = {item.nodeid for item in items}
        self.ledger.drop(nodeid for nodeid in before if nodeid not in kept)
        return result

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
            self.ledger.fail(report.nodeid, "errors", None, first_line(report.longrepr))
        else:
            self.ledger.record(report.nodeid, "skipped")
        self.ledger.whole_file(report.nodeid)

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        module = missing_module(call.excinfo.value if call.excinfo else None)
        if module:
            self.ledger.lack(module, node.nodeid)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.ledger.start(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        ledger, nodeid, outcome = self.ledger, report.nodeid, str(report.outcome)
        if hasattr(report, ATTRIBUTE):
            ledger.tried(nodeid, attempts_of(report))
        if outcome == "passed":
            if report.when == "setup":
                return  # the most frequent of all, and it says nothing
            if report.when == "call":
                ledger.record(nodeid, "xpassed" if hasattr(report, "wasxfail") else "passed")
        elif outcome == "failed":
            self._fail(report)
        elif outcome == "skipped":
            if not hasattr(report, "context"):  # a skipped subtest: its test goes on
                ledger.record(nodeid, "xfailed" if hasattr(report, "wasxfail") else "skipped")
        elif outcome in RERUN_OUTCOMES:
            ledger.rerun.add(nodeid)
        if report.when == "teardown":
            ledger.complete(nodeid)

    def _fail(self, report: pytest.TestReport) -> None:
        kind = "errors" if report.when in ("setup", "teardown") else "failed"
        self.ledger.fail(report.nodeid, kind, line_of(report), first_line(report.longrepr))


class Groups:
    """Tells the recorder whose test comes next; registered only where tests of several owners run."""

    def __init__(self, selection: Selection, recorder: Recorder) -> None:
        self._selection = selection
        self._recorder = recorder
        self._current: frozenset[str] | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        owners = self._selection.owners(item.nodeid)
        if owners != self._current:
            self._current = owners
            self._recorder.switch(owners)


def line_of(report: pytest.TestReport) -> int | None:
    """The line of the test function, from 1."""
    line = report.location[1] if report.location else None
    return None if line is None else line + 1


def first_line(longrepr: Any) -> str:
    """What went wrong, in one line."""
    crash = getattr(longrepr, "reprcrash", None)
    text = getattr(crash, "message", None) or (longrepr[2] if isinstance(longrepr, tuple) else str(longrepr or ""))
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    return (lines[0] if crash else lines[-1])[:300] if lines else "failed"
