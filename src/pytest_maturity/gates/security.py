"""The gate `security`: secrets in the component's files (critical), and what bandit finds (high, medium, low).

What either tool prints holds the secrets themselves. A finding keeps only the place and the type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..tools import bandit, detect_secrets
from ..tools.findings import list_source_paths, make_remedy
from ..tools.settings import find_key, group_by_directory, make_key

LINES = ("critical", "high", "medium", "low")


def make_commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """Returns a run of each tool for all components with the same settings."""
    timeout = float(context.option("security", "timeout", 600))
    return {
        make_key(tool.NAME, directory): tool.make_command(
            list_source_paths(group, context, directory), context.root, directory, timeout
        )
        for tool in (detect_secrets, bandit)
        for directory, group in group_by_directory(components, context.root, tool.has_settings).items()
    }


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of findings, and that of each severity; unknown for those whose tool proved nothing."""
    secrets, issues = detect_secrets.measure(evidence, context), bandit.measure(evidence, context)
    findings = (*secrets.findings, *issues.findings)
    sources = dict(zip(LINES, (secrets, issues, issues, issues), strict=True))
    breakdown = {
        line: None if source.value is None else sum(one.severity == line for one in findings)
        for line, source in sources.items()
    }
    total = None if None in breakdown.values() else len(findings)
    notes = {line: source.note for line, source in sources.items()}
    return Measurement(total, f"{secrets.note}; {issues.note}", findings, breakdown, notes)


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns which findings to fix, and the command that lists those of the required line: secrets first."""
    has_secrets = requirement.line in ("", "critical") and measurement.breakdown.get("critical") != 0
    key = find_key(detect_secrets.NAME if has_secrets else bandit.NAME, evidence)
    remedy = make_remedy(evidence, measurement, requirement, key, "finding")
    secrets = [one for one in measurement.findings if one.severity == "critical"] if has_secrets else []
    if not secrets or key not in evidence.tools:
        return remedy
    advice = detect_secrets.advise_on_false_alarms(secrets, evidence.tools[key])
    return replace(remedy, text=f"{remedy.text}; {advice}")


GATE = Gate(
    "security",
    measure,
    better="lower",
    commands=make_commands,
    remedy=suggest_remedy,
    lines=LINES,
    needs_tests=False,
    counts_findings=True,
)
