"""The gate `lint`: the number of findings that ruff reports in the component's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..tools import ruff
from ..tools.findings import NotMeasuredError, count_findings, make_remedy, require_result
from ..tools.settings import find_directory, find_key, group_by_directory, make_key


def make_commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """Returns a run of ruff for all components with the same settings."""
    timeout = float(context.option("lint", "timeout", 600))
    return {
        make_key(ruff.NAME, directory): ruff.make_command(group, context, directory, timeout)
        for directory, group in group_by_directory(components, context.root, ruff.has_settings).items()
    }


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of findings, syntax errors included; unknown without proof that ruff read the files."""
    key = make_key(ruff.NAME, find_directory(evidence.component, context.root, ruff.has_settings))
    try:
        return count_findings(ruff.parse(require_result(evidence, key, ruff.NAME)), evidence, context)
    except NotMeasuredError as error:
        return Measurement(None, str(error))


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns which findings to fix, and the command that lists them."""
    return make_remedy(evidence, measurement, requirement, find_key(ruff.NAME, evidence), "finding")


GATE = Gate(
    "lint",
    measure,
    better="lower",
    commands=make_commands,
    remedy=suggest_remedy,
    needs_tests=False,
    counts_findings=True,
)
