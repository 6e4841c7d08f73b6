"""How many tests were skipped, and how many passed only when tried again, in per cent."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..model.evidence import Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Requirement
from ..model.retries import Attempt
from ..model.text import plural, safe


def skipped(evidence: Evidence, context: Context) -> Measurement:
    """100 x skipped / (skipped + passed); None where no test was either. Failures do not dilute it."""
    counts = evidence.outcomes
    ran = counts.skipped + counts.passed
    if not ran:
        return Measurement(None, "no test passed or was skipped")
    return Measurement(Fraction(100 * counts.skipped, ran), plural(counts.skipped, "skipped test"))


def flaky(evidence: Evidence, context: Context) -> Measurement:
    """100 x passed after a rerun / passed; None where no test passed. Failures do not dilute it."""
    counts = evidence.outcomes
    if not counts.passed:
        return Measurement(None, "no test passed")
    tried = {one.test: one.attempts for one in counts.retried}
    findings = [
        Finding(path=name.partition("::")[0], rule="flaky", message=f"{name}: {story(tried.get(name, ()))}")
        for name in counts.flaky_tests
    ]
    note = plural(counts.flaky, "flaky test")
    return Measurement(Fraction(100 * counts.flaky, counts.passed), note, findings)


def story(attempts: Sequence[Attempt]) -> str:
    """How a test came to pass in the end."""
    if not attempts:
        return "passed when another plugin ran it again"
    failures = ", ".join(f"{one.exception} in {one.phase}" for one in attempts if one.exception)
    return f"passed in attempt {len(attempts)}, after {failures}"


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    """Which tests to make steady."""
    first = "; ".join(safe(finding.message, 200) for finding in measurement.findings[:3])
    more = f"; and {len(measurement.findings) - 3} more" if len(measurement.findings) > 3 else ""
    return f"make {plural(len(measurement.findings), 'flaky test')} steady: {first}{more}"


SKIPPED = Gate("skipped_rate", skipped, better="lower", unit="%")
FLAKY = Gate("flaky_rate", flaky, better="lower", unit="%", remedy=remedy)
