"""How much of the component its own tests executed, in per cent of its lines and branches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from ..model.evidence import Evidence, FileCoverage, Finding
from ..model.gates import Context, Gate, Measurement, Requirement
from ..model.text import format_number, plural, safe

SHOWN_FILES = 3


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Covered lines and branches of all of them; None where nothing could be measured or the run broke off."""
    found, counts = evidence.coverage, evidence.outcomes
    percent = found.percent
    if found.problem:
        return Measurement(None, found.problem)
    if percent is None:
        omitted = len(evidence.component.files) - len(found.files)
        words = f"; its configuration omits {plural(omitted, 'other file')}" if omitted > 0 else ""
        return Measurement(None, f"the component has no statement to cover{words}")
    if not counts.collected:
        return Measurement(None, "no test ran")
    if counts.completed < counts.collected:
        return Measurement(None, f"{format_number(percent)} % when the run broke off: a lower bound")
    worst = least_covered(found.files)
    note = "; ".join(
        [", ".join(f"{safe(file.path)} {format_number(file.percent)} %" for file in worst[:2]), *found.notes]
    )
    return Measurement(percent, note.removeprefix("; "), [missing(file) for file in worst])


def least_covered(files: Iterable[FileCoverage]) -> list[FileCoverage]:
    """The files that are not fully covered, those with most to gain first."""
    return sorted(
        (file for file in files if file.covered < file.total),
        key=lambda file: (file.covered - file.total, file.path),
    )


def missing(file: FileCoverage) -> Finding:
    lines = ranges(file.missing_lines)
    branches = file.branches - file.covered_branches
    words = [f"line{'s' * (len(file.missing_lines) > 1)} {lines} not covered"] * bool(lines) + [
        f"{plural(branches, 'branch')} not taken"
    ] * bool(branches)
    return Finding(
        path=file.path,
        line=file.missing_lines[0] if file.missing_lines else None,
        rule="missing",
        message="; ".join(words),
    )


def ranges(lines: Sequence[int]) -> str:
    """`3-5, 8` for 3, 4, 5 and 8."""
    groups: list[list[int]] = []
    for line in lines:
        if groups and line == groups[-1][1] + 1:
            groups[-1][1] = line
        else:
            groups.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in groups)


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    """How many more lines and branches the threshold needs, and where they are."""
    found = evidence.coverage
    short = math.ceil(requirement.threshold * found.sum("total") / 100) - found.sum("covered")
    points = format_number(requirement.threshold - Fraction(measurement.value or 0), "lower")
    what = "line or branch" if found.branch else "line"
    unit = what if short == 1 else "lines or branches" if found.branch else "lines"
    places = [f"{safe(one.path)} ({one.message})" for one in measurement.findings[:SHOWN_FILES]]
    return f"+{points} points: cover {short} more {unit}: {'; '.join(short_enough(place) for place in places)}"


def short_enough(text: str, limit: int = 100) -> str:
    return text if len(text) <= limit else text[: limit - 4] + "...)"


GATE = Gate("coverage", measure, better="higher", unit="%", remedy=remedy)
