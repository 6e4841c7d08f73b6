"""The security gate: secrets in the code (critical), and what bandit finds (high, medium, low).

What either tool prints holds the secrets themselves. Of that, a finding has only the place and the kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Context, Gate, Measurement, Requirement
from ..tools import bandit, detect_secrets
from ..tools.findings import advice, passed_paths

LINES = ("critical", "high", "medium", "low")


def commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """One run of each tool for all components."""
    paths = passed_paths(components, context)
    timeout = float(context.option("security", "timeout", 600))
    return {tool.NAME: tool.command(paths, context.root, timeout) for tool in (detect_secrets, bandit)}


def measure(evidence: Evidence, context: Context) -> Measurement:
    """The number of findings by severity; None where its tool proved nothing, and then for all."""
    secrets, issues = detect_secrets.leaks(evidence, context), bandit.issues(evidence, context)
    findings = (*secrets.findings, *issues.findings)
    breakdown = {
        line: None if source.value is None else sum(one.severity == line for one in findings)
        for line, source in zip(LINES, (secrets, issues, issues, issues), strict=True)
    }
    total = None if None in breakdown.values() else len(findings)
    return Measurement(total, f"{secrets.note}; {issues.note}", findings, breakdown)


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    """Which findings to fix first, and how to see those of the line that is asked for."""
    if (requirement.line or "critical") == "critical" and measurement.breakdown.get("critical") != 0:
        key, run = detect_secrets.NAME, "detect-secrets scan --all-files"
    else:
        key, run = bandit.NAME, "bandit -r"
    return advice(evidence, measurement, requirement, key=key, what="finding", run=run)


GATE = Gate("security", measure, better="lower", commands=commands, remedy=remedy, lines=LINES)
