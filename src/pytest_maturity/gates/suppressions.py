"""The gate `suppressions`: how many comments, marks and settings of the component silence a tool or a test.

The total is unknown as soon as one kind is (a file that does not parse, coverage that was not measured): the sum of
the others is a lower bound, and would pass where the true number may not. The other kinds keep their numbers, so a
stage that requires only `nosec` needs no coverage.
"""

from __future__ import annotations

import math

from ..model.evidence import Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.suppressions import KINDS
from ..model.text import plural


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of suppressions, and that of each kind; unknown where it could not be counted."""
    suppressions = evidence.suppressions
    findings = [Finding(path=one.path, line=one.line, rule=one.kind, message=one.text) for one in suppressions.found]
    note = "; ".join(filter(None, (*suppressions.problems, suppressions.summary))) or "none"
    return Measurement(suppressions.total, note, findings, suppressions.counts)


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many to remove."""
    found = [one for one in measurement.findings if requirement.line in ("", one.rule)]
    excess = math.ceil(len(found) - requirement.threshold)
    suppressions = plural(len(found), "suppression")
    return Remedy(f"remove {suppressions if excess >= len(found) else f'{excess} of {suppressions}'}")


GATE = Gate(
    "suppressions",
    measure,
    better="lower",
    remedy=suggest_remedy,
    lines=KINDS,
    counts_findings=True,
    fits_new_code=False,
)
