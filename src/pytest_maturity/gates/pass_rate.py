"""The gate `pass_rate`: the share of the tests that passed, in per cent."""

from __future__ import annotations

from fractions import Fraction

from ..model.evidence import Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import plural
from ..tools.processes import find_program

MOST_NAMED = 3  # tests in the command of a remedy


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns 100 x passed / (passed + failed + error); unknown where no test passed or failed."""
    counts = evidence.outcomes
    if evidence.idle_kinds:
        return Measurement(None, f"every test of the kind {', '.join(evidence.idle_kinds)} was skipped")
    ran = counts.passed + counts.failed + counts.error
    if not ran:
        return Measurement(None, "no test passed or failed" if counts.collected else "no test was collected")
    others = {
        "skipped": counts.skipped, "xfailed": counts.xfailed, "xpassed": counts.xpassed, "flaky": counts.flaky
    }  # fmt: skip
    note = ", ".join([plural(ran, "test"), *(f"{count} {outcome}" for outcome, count in others.items() if count)])
    return Measurement(Fraction(100 * counts.passed, ran), note, counts.failures)


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many tests failed; the command runs the first of them."""
    tests = list(dict.fromkeys(finding.test for finding in measurement.findings))
    return Remedy(f"fix {plural(len(tests), 'test')}", (find_program("pytest"), *tests[:MOST_NAMED]))


GATE = Gate("pass_rate", measure, better="higher", unit="%", remedy=suggest_remedy, by_kind=True)
