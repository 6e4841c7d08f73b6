"""The gate `flaky_rate`: the share of the passed tests that passed only after a rerun, in per cent."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..model.evidence import Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.retries import Attempt
from ..model.text import plural, safe

LONGEST_REASON = 200  # characters


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns 100 x flaky / passed; unknown where no test passed. Failed tests are not counted."""
    counts = evidence.outcomes
    if not counts.passed:
        return Measurement(
            None, "no test passed" + "; mend those that failed first" * bool(counts.failed + counts.error)
        )
    attempts = {one.test: one.attempts for one in counts.retried}
    findings = [
        Finding(path=test.partition("::")[0], rule="flaky", message=describe(attempts.get(test, ())), test=test)
        for test in counts.flaky_tests
    ]
    return Measurement(Fraction(100 * counts.flaky, counts.passed), plural(counts.flaky, "flaky test"), findings)


def describe(attempts: Sequence[Attempt]) -> str:
    """Returns how a flaky test failed before it passed; another plugin's reruns leave no attempts."""
    if not attempts:
        return "passed when another plugin ran it again"
    failed = [one for one in attempts if one.exception]
    failures = ", ".join(f"{one.exception} in {one.phase}" for one in failed)
    why = f": {safe(failed[-1].message, LONGEST_REASON)}" if failed and failed[-1].message else ""
    return f"passed in attempt {len(attempts)}, after {failures}{why}"


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many tests to stabilize."""
    return Remedy(f"stabilize {plural(len(measurement.findings), 'flaky test')}")


GATE = Gate("flaky_rate", measure, better="lower", unit="%", remedy=suggest_remedy, by_kind=True)
