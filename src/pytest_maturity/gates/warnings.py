"""The gate `warnings`: the lines of the component that raise warnings during its tests, by category."""

from __future__ import annotations

from collections import Counter

from ..model.evidence import Evidence, Outcomes
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import first_few, plural, safe
from ..model.warning_categories import CATEGORIES

LINES = tuple(CATEGORIES)


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of lines and categories; unknown where the run does not report what the project shows.

    A category that the project's filters ignore is unknown, and all together where they ignore every category.
    """
    counts = evidence.outcomes
    problem = find_problem(counts)
    if counts.warnings is None or problem:
        return Measurement(None, problem)
    ignored = counts.ignored_warnings
    found = Counter(one.rule for one in counts.warnings)
    breakdown = {line: None if line in ignored else found[line] for line in LINES}
    by_category = ", ".join(f"{count} {name}" for name, count in sorted(found.items()))
    own = first_few(counts.own_filters)
    note = (by_category or "none") + (f"; not counted, by the project's filters: {own}" if own else "")
    return Measurement(len(counts.warnings), note, counts.warnings, breakdown)


def find_problem(counts: Outcomes) -> str:
    """Returns why not all warnings are known that the project shows, else nothing."""
    if counts.warnings is None:
        return "pytest does not report warnings: its plugin warnings is off"
    if not counts.completed:
        return "no test ran"
    if counts.completed < counts.collected:
        return f"only {counts.completed} of {plural(counts.collected, 'test')} ran to the end"
    if unread := next((one.test for one in counts.failures if one.test and "::" not in one.test), None):
        return f"{safe(unread, 200)} could not be imported"
    if counts.foreign_filters:
        return f"warnings are silenced by {first_few(counts.foreign_filters)}: run without it"
    has_none = counts.ignored_warnings.issuperset({*LINES} - {"Warning"})
    return "every warning is ignored by filters, or taken by fixtures" if has_none else ""


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many warnings to resolve."""
    found = [one for one in measurement.findings if requirement.line in ("", one.rule)]
    return Remedy(f"resolve {plural(len(found), 'warning')}")


GATE = Gate(
    "warnings",
    measure,
    better="lower",
    remedy=suggest_remedy,
    lines=LINES,
    by_kind=True,
    counts_findings=True,
    fits_new_code=False,
)
