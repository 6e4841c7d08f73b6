"""What a person and other tools see of tests that needed more than one attempt."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from . import internals
from .attempts import ATTRIBUTE, LIMIT, attempts_of
from .ledger import Ledger
from .retry import Attempt, Retried
from .terminal import say, writer
from .text import safe

SHOWN = 20
# What Maven's Surefire calls an attempt that failed, in a test that passed in the end and in one that did not.
TAGS = {
    (True, "failed"): "flakyFailure", (True, "error"): "flakyError",
    (False, "failed"): "rerunFailure", (False, "error"): "rerunError",
}  # fmt: skip


class RetriedTests:
    """Marks flaky tests while they run and lists every attempt at the end; in the JUnit report, too, on request."""

    def __init__(self, config: pytest.Config, ledger: Ledger, junit: bool) -> None:
        self._config = config
        self._ledger = ledger
        self._junit = junit

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """A test that passed in a later attempt is neither passed nor failed for the eye."""
        if report.when != "call" or not report.passed or not hasattr(report, ATTRIBUTE):
            return None
        number, limit = len(attempts_of(report)), getattr(report, LIMIT)
        return "flaky", "R", (f"FLAKY {number}/{limit}", {"yellow": True})

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not self._junit or not hasattr(report, ATTRIBUTE):
            return
        reporter = internals.junit_reporter(self._config, report)
        if reporter is None:
            return
        *earlier, last = attempts_of(report)
        for attempt in earlier:
            reporter.append(element(attempt, passed=last.outcome == "passed"))

    def pytest_terminal_summary(self) -> None:
        """Every attempt of every retried test, with its exception, its time and the pause after it."""
        found = [
            Retried(test=nodeid, outcome=self._ledger.outcomes.get(nodeid, "unfinished"), attempts=attempts)
            for nodeid, attempts in self._ledger.attempts.items()
            if len(attempts) > 1
        ]
        if not found or self._config.get_verbosity() < 0:
            return
        writer(self._config).sep("=", "maturity: retried tests")
        for one in found[:SHOWN]:
            flaky = one.outcome == "passed"
            say(self._config, f"  {'FLAKY' if flaky else one.outcome.upper()} {safe(one.test, 200)}", yellow=flaky)
            for attempt in one.attempts:
                say(self._config, f"    {line(attempt)}")
        if len(found) > SHOWN:
            say(self._config, f"  and {len(found) - SHOWN} more; the report has them all")


def line(one: Attempt) -> str:
    """One attempt in words."""
    if not one.exception:
        return f"attempt {one.number}: {one.outcome} in {one.duration:.2f} s"
    pause = f", paused {one.delay:.2f} s" if one.delay is not None else f"; {one.decision}"
    what = f"{one.exception} in {one.phase} ({safe(one.message, 120)})"
    return f"attempt {one.number}: {what} after {one.duration:.2f} s{pause}"


def element(one: Attempt, passed: bool) -> ElementTree.Element:
    """An attempt as Surefire writes it."""
    found = ElementTree.Element(TAGS[passed, one.outcome], message=one.message, type=one.exception)
    ElementTree.SubElement(found, "stackTrace").text = f"{one.exception}: {one.message}"
    return found
