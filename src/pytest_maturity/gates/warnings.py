"""The gate `warnings`: the lines of the component that raise warnings during its tests, by category."""

from __future__ import annotations

from collections import Counter

from ..model.evidence import Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import first_few, plural, safe
from ..model.warning_categories import CATEGORIES

LINES = tuple(CATEGORIES)
IGNORED_BY_PYTHON = frozenset({"ImportWarning", "ResourceWarning"})  # without a filter of the project


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of lines and categories; unknown where pytest does not report all of them.

    A category that a filter ignores is unknown, and all of them together where every category is ignored.
    """
    counts = evidence.outcomes
    if counts.warnings is None:
        return Measurement(None, "pytest does not report warnings: its plugin warnings is off")
    if not counts.completed:
        return Measurement(None, "no test ran")
    if counts.completed < counts.collected:
        return Measurement(None, f"only {counts.completed} of {plural(counts.collected, 'test')} ran to the end")
    if unread := next((one.test for one in counts.failures if one.test and "::" not in one.test), None):
        return Measurement(None, f"{safe(unread, 200)} could not be imported")
    ignored = counts.ignored_warnings
    if ignored.issuperset({*LINES} - {"Warning"}):
        return Measurement(None, "a filter ignores every warning of the component")
    found = Counter(one.rule for one in counts.warnings)
    breakdown = {line: None if line in ignored else found[line] for line in LINES}
    by_category = ", ".join(f"{count} {name}" for name, count in sorted(found.items()))
    by_filter = sorted(ignored - IGNORED_BY_PYTHON)
    note = (by_category or "none") + (f"; filters ignore {first_few(by_filter)}" if by_filter else "")
    return Measurement(len(counts.warnings), note, counts.warnings, breakdown)


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many warnings to resolve."""
    found = [one for one in measurement.findings if requirement.line in ("", one.rule)]
    return Remedy(f"resolve {plural(len(found), 'warning')}")


GATE = Gate("warnings", measure, better="lower", remedy=suggest_remedy, lines=LINES)
