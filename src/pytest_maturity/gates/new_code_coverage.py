"""The gate `new_code_coverage`: the share of the changed statements that the tests executed, in per cent."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from ..model.evidence import Evidence, FileCoverage, Finding, NewCode
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import first_few, plural, safe
from ..tools.findings import group_lines

PYTHON = ".py"


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns 100 x covered / all statements in changed lines; not applicable where no statement changed."""
    found, new, counts = evidence.coverage, evidence.new_code, evidence.outcomes
    if problem := new.problem or found.problem:
        return Measurement(None, problem)
    covered, total = count_statements(evidence)
    notes = [f"since {safe(new.branch, 60)}", *list_omitted(evidence)]
    if not total:
        changed = f"no executable line changed {notes[0]}"
        return Measurement(None, "; ".join((changed, *notes[1:])), is_applicable=False)
    if not counts.ran:
        return Measurement(None, "every test was skipped" if counts.skipped else "no test ran")
    note = "; ".join((f"{covered} of {plural(total, 'changed statement')} {notes[0]}", *notes[1:]))
    return Measurement(Fraction(100 * covered, total), note, list(find_missing(found.files, new)))


def count_statements(evidence: Evidence) -> tuple[int, int]:
    """Returns how many changed statements were executed, and how many there are."""
    files = evidence.coverage.files
    total = sum(len(select_changed(file.statement_lines, file, evidence.new_code)) for file in files)
    missing = sum(len(select_changed(file.missing_lines, file, evidence.new_code)) for file in files)
    return total - missing, total


def select_changed(lines: tuple[int, ...], file: FileCoverage, new: NewCode) -> list[int]:
    """Returns those of the lines of a file that the change touches."""
    changed = new.lines.get(file.path, frozenset())
    return [line for line in lines if line in changed]


def list_omitted(evidence: Evidence) -> Iterator[str]:
    """Yields a remark on changed Python files of the component that the configuration of coverage.py omits."""
    measured = {file.path for file in evidence.coverage.files}
    names = [name for name in evidence.new_code.lines if name.endswith(PYTHON) and name not in measured]
    if names:
        yield f"its configuration omits {first_few(sorted(names))}"


def find_missing(files: tuple[FileCoverage, ...], new: NewCode) -> Iterator[Finding]:
    """Yields the changed lines of each file that no test executed, of the most first."""
    missing = [(file.path, lines) for file in files if (lines := select_changed(file.missing_lines, file, new))]
    for path, lines in sorted(missing, key=lambda pair: (-len(pair[1]), pair[0])):
        message = f"{plural(len(lines), 'changed line')} not covered"
        yield Finding(path=path, message=message, line=lines[0], rule="missing", ranges=group_lines(lines))


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many more changed lines the threshold needs."""
    covered, total = count_statements(evidence)
    return Remedy(f"cover {plural(math.ceil(requirement.threshold * total / 100) - covered, 'more changed line')}")


GATE = Gate(
    "new_code_coverage", measure, better="higher", unit="%", remedy=suggest_remedy, improves_with_tests=True,
    by_kind=True, measures_change=True,
)  # fmt: skip
