"""How many tests were skipped, and how many passed only when tried again, in per cent."""

from __future__ import annotations

from fractions import Fraction

from ..model import Context, Evidence, Gate, Measurement
from ..text import plural, safe


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
    return Measurement(
        Fraction(100 * counts.flaky, counts.passed), ", ".join(safe(name, 120) for name in counts.flaky_tests[:3])
    )


SKIPPED = Gate("skipped_rate", skipped, better="lower", unit="%")
FLAKY = Gate("flaky_rate", flaky, better="lower", unit="%")
