"""The gate `coverage`: the share of the component's lines and branches that its own tests executed, in per cent."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..model.evidence import Evidence, FileCoverage, Finding
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import format_number, plural, safe
from ..tools.findings import group_lines

SHOWN_IN_NOTE = 2  # files


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns 100 x covered / all lines and branches; unknown where nothing was measured."""
    found, counts = evidence.coverage, evidence.outcomes
    percent = found.percent
    if found.problem:
        return Measurement(None, found.problem)
    if percent is None:
        omitted = len(evidence.component.files) - len(found.files)
        words = f"; its configuration omits {plural(omitted, 'other file')}" if omitted > 0 else ""
        return Measurement(None, f"the component has no statement to cover{words}")
    if not counts.ran:
        return Measurement(None, "every test was skipped" if counts.skipped else "no test ran")
    files = sort_by_missing(found.files)
    worst = ", ".join(f"{safe(file.path)} {format_number(file.percent)} %" for file in files[:SHOWN_IN_NOTE])
    note = "; ".join(filter(None, (worst, *found.notes)))
    return Measurement(percent, note, [find_missing(file) for file in files])


def sort_by_missing(files: Iterable[FileCoverage]) -> list[FileCoverage]:
    """Returns the files that are not fully covered, those that miss most lines and branches first."""
    return sorted(
        (file for file in files if file.covered < file.total),
        key=lambda file: (file.covered - file.total, file.path),
    )


def find_missing(file: FileCoverage) -> Finding:
    """Returns the finding about the lines and branches of a file that no test executed."""
    lines, branches = len(file.missing_lines), file.branches - file.covered_branches
    starts = file.missing_lines or [start for start, _ in file.missing_branches]
    missing = [f"{plural(lines, 'line')} not covered"] * (lines > 0)
    missing += [f"{plural(branches, 'branch')} not taken"] * (branches > 0)
    return Finding(
        path=file.path,
        message=", ".join(missing),
        line=starts[0] if starts else None,
        rule="missing",
        ranges=group_lines(file.missing_lines),
    )


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many more lines and branches the threshold needs."""
    found = evidence.coverage
    count = math.ceil(requirement.threshold * found.sum("total") / 100) - found.sum("covered")
    if found.branch:
        unit = "line or branch" if count == 1 else "lines or branches"
    else:
        unit = "line" if count == 1 else "lines"
    return Remedy(f"cover {count} more {unit}")


GATE = Gate(
    "coverage", measure, better="higher", unit="%", remedy=suggest_remedy, improves_with_tests=True, by_kind=True
)
