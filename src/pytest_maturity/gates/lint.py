"""The gate `lint`: the number of findings that ruff reports in the component's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..tools import ruff
from ..tools.findings import NotMeasuredError, count_findings, make_remedy, paths_of, require_result


def commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """Returns one run of ruff for all components."""
    timeout = float(context.option("lint", "timeout", 600))
    return {ruff.NAME: ruff.command(paths_of(components, context), timeout)}


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of findings, syntax errors included; unknown without proof that ruff read the files."""
    try:
        return count_findings(ruff.parse(require_result(evidence, ruff.NAME, ruff.NAME)), evidence, context)
    except NotMeasuredError as error:
        return Measurement(None, str(error))


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns which findings to fix, and the command that lists them."""
    return make_remedy(evidence, measurement, requirement, ruff.NAME, "finding")


GATE = Gate("lint", measure, better="lower", commands=commands, remedy=remedy)
