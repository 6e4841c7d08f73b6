"""What a person and other tools see of tests that needed more than one attempt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from ...evidence.outcomes import Ledger
from ...model.retries import Attempt
from ...model.text import LONGEST_LINE, plural, safe
from .. import pytest_internals
from ..terminal import say, writer
from .attempts import ATTRIBUTE, LIMIT, attempts_of

SHOWN = 20
SHOWN_REASONS = 5
LONGEST_MESSAGE = 80
WORDS = {"passed": "FLAKY", "error": "ERROR"}
# What Maven's Surefire calls an attempt that failed, in a test that passed in the end and in one that did not.
TAGS = {
    (True, "failed"): "flakyFailure", (True, "error"): "flakyError",
    (False, "failed"): "rerunFailure", (False, "error"): "rerunError",
}  # fmt: skip


class RetriedTests:
    """Lists every attempt of retried tests at the end."""

    def __init__(self, config: pytest.Config, ledger: Ledger) -> None:
        self._config = config
        self._ledger = ledger

    def pytest_terminal_summary(self) -> None:
        """Every attempt of every retried test; and why others, which failed for a passing reason, were not retried."""
        tried = self._ledger.attempts
        if not tried or self._config.get_verbosity() < 0:
            return
        writer(self._config).sep("=", "maturity: retried tests")
        retried = [nodeid for nodeid, attempts in tried.items() if len(attempts) > 1]
        for nodeid in retried[:SHOWN]:
            self._show(nodeid, tried[nodeid])
        if len(retried) > SHOWN:
            say(self._config, f"  and {len(retried) - SHOWN} more; the report has them all")
        refused = Counter(attempts[0].decision for attempts in tried.values() if len(attempts) == 1)
        for decision, count in refused.most_common(SHOWN_REASONS):
            say(self._config, f"  {plural(count, 'test')} not tried again: {decision.removeprefix('final: ')}")

    def _show(self, nodeid: str, attempts: Sequence[Attempt]) -> None:
        outcome = self._ledger.outcomes.get(nodeid, "unfinished")
        word = WORDS.get(outcome, outcome.upper())
        say(self._config, f"  {word} {safe(nodeid, 200)}", **{"yellow" if word == "FLAKY" else "red": True})
        for attempt in attempts:
            say(self._config, f"    {line(attempt)}")


class FlakyStatus:
    """Marks flaky tests while they run; registered when the first test was retried."""

    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """A test that passed in a later attempt is neither passed nor failed for the eye."""
        if report.when != "call" or not report.passed or not hasattr(report, ATTRIBUTE):
            return None
        *_, last = attempts_of(report)
        if last.outcome != "passed":  # a subtest failed
            return None
        number, limit = last.number, getattr(report, LIMIT)
        return "flaky", "R", (f"FLAKY {number}/{limit}", {"yellow": True})


class JunitAttempts:
    """Writes failed attempts into the JUnit report; registered on request only."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not hasattr(report, ATTRIBUTE):
            return
        reporter = pytest_internals.junit_reporter(self._config, report)
        if reporter is None:
            return
        *earlier, last = attempts_of(report)
        for attempt in earlier:
            reporter.append(element(attempt, passed=last.outcome == "passed"))


def line(one: Attempt) -> str:
    """One attempt in words; what it raised stands last, because it may be long."""
    if not one.exception:
        return f"attempt {one.number}: {one.outcome} after {one.duration:.2f} s"
    then = one.decision if one.delay is None else f"paused {one.delay:.2f} s"
    what = f"attempt {one.number}: {one.exception} in {one.phase} after {one.duration:.2f} s ({then})"
    return f"{what}: {safe(one.message, LONGEST_MESSAGE)}" if one.message else what


def element(one: Attempt, passed: bool) -> ElementTree.Element:
    """An attempt as Surefire writes it."""
    message, kind = safe(one.message, LONGEST_LINE), safe(one.exception)
    found = ElementTree.Element(TAGS[passed, one.outcome], message=message, type=kind)
    ElementTree.SubElement(found, "stackTrace").text = safe(f"{kind}: {message}", LONGEST_LINE)
    return found
