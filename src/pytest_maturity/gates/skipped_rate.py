"""The gate `skipped_rate`: the share of the tests that were skipped, in per cent."""

from __future__ import annotations

from fractions import Fraction

from ..model.evidence import Evidence
from ..model.gates import Context, Gate, Measurement
from ..model.text import plural


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns 100 x skipped / (skipped + passed); unknown where no test was either. Failed tests are not counted."""
    counts = evidence.outcomes
    total = counts.skipped + counts.passed
    if not total:
        return Measurement(None, "no test passed or was skipped")
    return Measurement(Fraction(100 * counts.skipped, total), plural(counts.skipped, "skipped test"))


GATE = Gate("skipped_rate", measure, better="lower", unit="%", by_kind=True)
