"""The output about rerun tests: a section of the terminal, the status of a flaky test, entries of the JUnit report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from ...evidence.outcomes import OutcomeLog
from ...model.retries import Attempt
from ...model.text import LONGEST_LINE, plural, safe
from .. import pytest_internals
from ..terminal import get_terminal_writer, print_line
from .attempts import ATTRIBUTE, LIMIT, read_attempts

MAX_TESTS = 20
MAX_REASONS = 5
LONGEST_MESSAGE = 80
LABELS = {"passed": "FLAKY", "error": "ERROR"}
# The elements of Maven's Surefire for an attempt that failed, by whether the test passed at last.
SUREFIRE_TAGS = {
    (True, "failed"): "flakyFailure", (True, "error"): "flakyError",
    (False, "failed"): "rerunFailure", (False, "error"): "rerunError",
}  # fmt: skip


class RerunSummary:
    """The terminal's section "maturity: rerun tests"."""

    def __init__(self, config: pytest.Config, log: OutcomeLog) -> None:
        self._config = config
        self._log = log

    def pytest_terminal_summary(self) -> None:
        """Prints every attempt of each rerun test, and why tests with a transient failure were not rerun."""
        attempts_by_test = self._log.attempts
        if not attempts_by_test or self._config.get_verbosity() < 0:
            return
        get_terminal_writer(self._config).sep("=", "maturity: rerun tests")
        rerun = [nodeid for nodeid, attempts in attempts_by_test.items() if len(attempts) > 1]
        for nodeid in rerun[:MAX_TESTS]:
            self._print_test(nodeid, attempts_by_test[nodeid])
        if len(rerun) > MAX_TESTS:
            print_line(self._config, f"  and {len(rerun) - MAX_TESTS} more; the report has them all")
        refused = Counter(attempts[0].decision for attempts in attempts_by_test.values() if len(attempts) == 1)
        for decision, count in refused.most_common(MAX_REASONS):
            print_line(self._config, f"  {plural(count, 'test')} not rerun: {decision.removeprefix('final: ')}")

    def _print_test(self, nodeid: str, attempts: Sequence[Attempt]) -> None:
        outcome = self._log.outcomes.get(nodeid, "unfinished")
        label = LABELS.get(outcome, outcome.upper())
        print_line(self._config, f"  {label} {safe(nodeid, 200)}", **{"yellow" if label == "FLAKY" else "red": True})
        for attempt in attempts:
            print_line(self._config, f"    {format_attempt(attempt)}")


class FlakyStatus:
    """Shows a flaky test as R, or FLAKY with -v, while the tests run; registered when the first test was rerun."""

    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """Returns the category "flaky" for a test that passed in a later attempt."""
        if report.when != "call" or not report.passed or not hasattr(report, ATTRIBUTE):
            return None
        *_, last = read_attempts(report)
        if last.outcome != "passed":  # a subtest failed
            return None
        number, limit = last.number, getattr(report, LIMIT)
        return "flaky", "R", (f"FLAKY {number}/{limit}", {"yellow": True})


class JunitAttempts:
    """Writes the attempts of rerun tests into pytest's JUnit report, so that it stays valid against `junit-10.xsd`.

    That schema of Jenkins is the one that pytest's `xunit2` follows. It allows no properties of a test.
    """

    def __init__(self, config: pytest.Config, has_surefire_elements: bool) -> None:
        self._config = config
        self._has_surefire_elements = has_surefire_elements

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Adds the attempts of a test to its entry: its failed ones as elements, or all as text."""
        if not hasattr(report, ATTRIBUTE):
            return
        entry = pytest_internals.find_junit_reporter(self._config, report)
        if entry is None:
            return
        attempts = read_attempts(report)
        if self._has_surefire_elements:
            *failed, last = attempts
            for attempt in failed:
                entry.append(build_surefire_element(attempt, passed=last.outcome == "passed"))
        else:
            entry.append(build_output_element(attempts))


def format_attempt(attempt: Attempt) -> str:
    """Returns an attempt in one line; the exception's message comes last, because it may be long."""
    if not attempt.exception:
        reason = f" ({attempt.decision})" if attempt.decision else ""
        return f"attempt {attempt.number}: {attempt.outcome} after {attempt.duration_s:.2f} s{reason}"
    next_step = attempt.decision if attempt.delay_s is None else f"waited {attempt.delay_s:.2f} s"
    failure = f"{attempt.exception} in {attempt.phase} after {attempt.duration_s:.2f} s ({next_step})"
    message = f": {safe(attempt.message, LONGEST_MESSAGE)}" if attempt.message else ""
    return f"attempt {attempt.number}: {failure}{message}"


def build_output_element(attempts: Sequence[Attempt]) -> ElementTree.Element:
    """Returns the attempts as the text of an element in which a JUnit report has the output of a test."""
    element = ElementTree.Element("system-out")
    element.text = "\n".join(safe(format_attempt(attempt), LONGEST_LINE) for attempt in attempts)
    return element


def build_surefire_element(attempt: Attempt, passed: bool) -> ElementTree.Element:
    """Returns a failed attempt as Surefire writes it; `passed`: the test passed at last."""
    message, exception = safe(attempt.message, LONGEST_LINE), safe(attempt.exception)
    element = ElementTree.Element(SUREFIRE_TAGS[passed, attempt.outcome], message=message, type=exception)
    ElementTree.SubElement(element, "stackTrace").text = safe(f"{exception}: {message}", LONGEST_LINE)
    return element
