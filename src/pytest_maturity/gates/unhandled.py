"""How many exceptions nobody handled: in threads, and in finalizers, where Python cannot raise them."""

from __future__ import annotations

from ..model.evidence import Evidence
from ..model.gates import Context, Gate, Measurement, Requirement
from ..model.text import plural, safe

UNWATCHED = (
    "pytest does not tell: its plugin threadexception, unraisableexception or warnings is off, "
    "or a filter ignores their warnings"
)


def measure(evidence: Evidence, context: Context) -> Measurement:
    """The number of those that pytest warned of during the component's tests; None where it does not warn."""
    found = evidence.outcomes.unhandled
    if found is None:
        return Measurement(None, UNWATCHED)
    if not evidence.outcomes.completed:
        return Measurement(None, "no test ran")
    return Measurement(len(found), plural(len(found), "unhandled exception"), found)


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    """What was raised, and during which test."""
    first = "; ".join(safe(finding.message, 200) for finding in measurement.findings[:3])
    return f"handle {plural(len(measurement.findings), 'exception')} where nobody does: {first}"


GATE = Gate("unhandled", measure, better="lower", remedy=remedy)
