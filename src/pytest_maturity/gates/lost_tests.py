"""The gate `lost_tests`: how many tests the component has lost since its last promotion."""

from __future__ import annotations

from ..model.evidence import Evidence
from ..model.gates import Context, Gate, Measurement
from ..model.text import plural

NAME = "lost_tests"


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns by how many tests this run has fewer than that of the last promotion; unknown without a promotion."""
    standing, now = evidence.standing, evidence.outcomes.collected
    if standing is None or standing.promoted_tests is None:
        return Measurement(None, standing.problem if standing is not None else "no records were read")
    before = standing.promoted_tests
    return Measurement(max(0, before - now), f"{plural(now, 'test')}, {before} at the last promotion")


def make_gate() -> Gate:
    """Returns the gate."""
    return Gate(NAME, measure, better="lower")
