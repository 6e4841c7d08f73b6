"""The gate `dependencies`: imports that the project does not declare, declared ones that nobody imports, test plugins.

deptry compares a whole project. What an import causes belongs to the component whose file has it; a dependency that
nothing imports belongs to the project, and so to each of its components.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..model.evidence import Command, Component, Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.paths import find_conftests
from ..model.text import safe
from ..tools import deptry, pytest_plugins
from ..tools.findings import (
    NotMeasuredError,
    ParsedOutput,
    count_findings,
    make_remedy,
    require_result,
    resolve_files,
)
from ..tools.settings import find_directory, find_key, group_by_directory, make_key

OF_PROJECT = "unused"
LINES = (*dict.fromkeys(deptry.LINES.values()), pytest_plugins.LINE)


def make_commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """Returns a run of deptry for each project that a component belongs to."""
    timeout = float(context.option("dependencies", "timeout", 600))
    return {
        make_key(deptry.NAME, directory): deptry.make_command(group, context.root, directory, timeout)
        for directory, group in group_by_directory(components, context.root, deptry.has_settings).items()
    }


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of findings, and that of each line; unknown for those that could not be counted."""
    breakdown: dict[str, int | None] = dict.fromkeys(LINES)
    findings: list[Finding] = []
    notes = []
    try:
        counted, note = measure_imports(evidence, context, findings)
        breakdown |= counted
        notes.append(note)
    except NotMeasuredError as error:
        notes.append(str(error))
    tests = sorted({claim.path for claim in evidence.component.tests})
    try:
        plugins = pytest_plugins.find_missing_plugins(tests, sorted(find_conftests(tests, context.root)), context)
        findings += plugins
        breakdown[pytest_plugins.LINE] = len(plugins)
    except NotMeasuredError as error:
        notes.append(str(error))
    total = None if None in breakdown.values() else len(findings)
    result = evidence.tools.get(find_key(deptry.NAME, evidence))
    if ignored := deptry.find_ignored_lines(result) if result else frozenset():
        breakdown |= dict.fromkeys(ignored)
    if ignored.issuperset(deptry.LINES.values()):
        return Measurement(None, "[tool.deptry] ignores every rule", findings, breakdown)
    return Measurement(total, "; ".join(notes), findings, breakdown)


def measure_imports(evidence: Evidence, context: Context, findings: list[Finding]) -> tuple[dict[str, int | None], str]:
    """Adds deptry's findings to `findings`; returns the number of each line, and the note. Raises NotMeasuredError."""
    key = make_key(deptry.NAME, find_directory(evidence.component, context.root, deptry.has_settings))
    output, skipped = deptry.parse(require_result(evidence, key, deptry.NAME))
    files = resolve_files(evidence, context)
    for one in skipped:
        if path := files.get(output.resolve(one, context)):
            raise NotMeasuredError(f"deptry skipped {safe(path)}")
    own = count_findings(output, evidence, context)
    unused = [locate(one, output, context) for one in output.findings if one.severity == OF_PROJECT]
    findings += [one for one in own.findings if one.severity != OF_PROJECT] + unused
    counts: dict[str, int | None] = {
        line: sum(one.severity == line for one in findings) for line in LINES if line != pytest_plugins.LINE
    }
    if not skipped:
        return counts, own.note
    # Such a file may import what seems to be unused.
    findings[:] = [one for one in findings if one.severity != OF_PROJECT]
    return {**counts, OF_PROJECT: None}, f"{own.note}; deptry skipped {safe(skipped[0], 120)}"


def locate(finding: Finding, output: ParsedOutput, context: Context) -> Finding:
    """Returns a finding about a file of the project, with its path from the root."""
    path = context.relative(Path(output.resolve(finding.path, context)))
    return Finding(path=path, message=finding.message, rule=finding.rule, severity=finding.severity)


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many findings to fix, and the command that lists those of deptry."""
    found = [one for one in measurement.findings if requirement.line in ("", one.severity)]
    remedy = make_remedy(evidence, measurement, requirement, find_key(deptry.NAME, evidence), "finding")
    is_of_tests = all(one.severity == pytest_plugins.LINE for one in found)
    return Remedy(remedy.text) if is_of_tests else remedy


GATE = Gate(
    "dependencies",
    measure,
    better="lower",
    commands=make_commands,
    remedy=suggest_remedy,
    lines=LINES,
    needs_tests=False,
    counts_findings=True,
    fits_new_code=False,
)
