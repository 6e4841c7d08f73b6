"""The gate `soak`: for how many days the component has been on record at a stage, or above, without a demotion."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..model.evidence import Evidence
from ..model.gates import Context, Gate, Measurement

NAME = "soak"


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the days at each stage up to the recorded one, 0 above it; unknown without a recorded stage."""
    standing = evidence.standing
    if standing is None or standing.problem or standing.days is None:
        return Measurement(None, standing.problem if standing is not None else "no records were read")
    days = {stage: standing.days.get(stage, Fraction(0)) for stage in standing.ladder}
    return Measurement(days[standing.ladder[0]], f"on record at {standing.stage}", breakdown=days)


def make_gate(ladder: Sequence[str]) -> Gate:
    """Returns the gate, with the stages as its lines."""
    return Gate(NAME, measure, better="higher", unit="days", lines=tuple(ladder), needs_tests=False)
