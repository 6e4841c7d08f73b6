"""The gate `uncommitted`: the number of files that differ from the commit that is checked out."""

from __future__ import annotations

from ..model.evidence import Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import plural, safe

SHOWN_COMMIT = 12  # digits


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of files that differed before the tests; unknown without git, or without a commit.

    They are those that make a report's `dirty` true. A detached head and a shallow clone are no reason to hold: the
    note names them.
    """
    found = evidence.checked_out
    if found.problem:
        return Measurement(None, found.problem)
    head = f"branch {safe(found.branch, 120)}" if found.branch else "detached head"
    shallow = ", shallow clone" if found.is_shallow else ""
    findings = [Finding(path=path, message="not in the commit") for path in found.uncommitted]
    return Measurement(len(findings), f"commit {found.commit[:SHOWN_COMMIT]}, {head}{shallow}", findings)


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns the command that lists the files."""
    return Remedy(f"commit {plural(len(measurement.findings), 'file')}", ("git", "status", "--short"))


GATE = Gate("uncommitted", measure, better="lower", remedy=suggest_remedy, needs_tests=False, measures_change=True)
