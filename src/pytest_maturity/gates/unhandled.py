"""The gate `unhandled`: the number of exceptions that nothing handled, raised in threads and in finalizers."""

from __future__ import annotations

from ..model.evidence import Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import plural

NOT_REPORTED = (
    "pytest does not report them: its plugin threadexception, unraisableexception or warnings is off, "
    "or a filter ignores their warnings"
)


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns how many pytest warned of during the component's tests; unknown where it does not warn."""
    found = evidence.outcomes.unhandled
    if found is None:
        return Measurement(None, NOT_REPORTED)
    if not evidence.outcomes.completed:
        return Measurement(None, "no test ran")
    return Measurement(len(found), plural(len(found), "unhandled exception"), found)


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many exceptions to handle."""
    return Remedy(f"handle {plural(len(measurement.findings), 'exception')} that nothing handles")


GATE = Gate(
    "unhandled",
    measure,
    better="lower",
    remedy=suggest_remedy,
    by_kind=True,
    counts_findings=True,
    fits_new_code=False,
)
