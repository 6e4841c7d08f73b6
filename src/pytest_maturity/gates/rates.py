"""How many tests were skipped, and how many passed only when tried again, in per cent."""

from __future__ import annotations

from fractions import Fraction

from ..model import Context, Evidence, Gate, Measurement
from ..text import plural, safe


def skipped(evidence: Evidence, context: Context) -> Measurement:
    """100 x skipped / collected; None where nothing was collected."""
    counts = evidence.outcomes
    if not counts.collected:
        return Measurement(None, "no test was collected")
    return Measurement(Fraction(100 * counts.skipped, counts.collected), plural(counts.skipped, "skipped test"))


def flaky(evidence: Evidence, context: Context) -> Measurement:
    """100 x tests that passed after a rerun / (passed + failed + errors); None where none passed or failed."""
    counts = evidence.outcomes
    ran = counts.passed + counts.failed + counts.errors
    if not ran:
        return Measurement(None, "no test passed or failed")
    return Measurement(Fraction(100 * counts.flaky, ran), ", ".join(safe(name, 120) for name in counts.flaky_tests[:3]))


SKIPPED = Gate("skipped_rate", skipped, better="lower", unit="%")
FLAKY = Gate("flaky_rate", flaky, better="lower", unit="%")
