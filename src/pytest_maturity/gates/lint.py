"""The lint gate: how many findings ruff reports in the component's files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..model.evidence import Command, Component, Evidence, Finding, ToolResult
from ..model.gates import Context, Gate, Measurement, Requirement
from ..tools.findings import Said, UnclearError, advice, from_one, heard, json_of, own_measurement, passed_paths
from ..tools.processes import find_program

# --no-fix, --no-fix-only: a project may set them to true, and a gate never edits. --no-cache and --verbose: ruff
# then names every file that it checks: the only proof that a clean answer is not an empty one.
OPTIONS = ("check", "--no-fix", "--no-fix-only", "--no-cache", "--verbose", "--output-format", "json")
CHECKED = re.compile(r"\[ruff::diagnostics\]\[DEBUG\] Checking: (.+)$", re.MULTILINE)


def commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """One run of ruff for all components."""
    return {
        "ruff": Command(
            argv=(find_program("ruff"), *OPTIONS, *passed_paths(components, context)),
            install="pip install ruff",
            documented=(0, 1),  # 2 is wrong usage, a broken configuration or a crash
            timeout=float(context.option("lint", "timeout", 600)),
        )
    }


def measure(evidence: Evidence, context: Context) -> Measurement:
    """The number of findings, a syntax error being one; None without proof that ruff read the files."""
    try:
        return own_measurement(parse(heard(evidence, "ruff", "ruff")), evidence, context)
    except UnclearError as unclear:
        return Measurement(None, str(unclear))


def parse(result: ToolResult) -> Said:
    """ruff's JSON (docs.astral.sh/ruff, "output-format"): lines and columns count from 1."""
    try:
        findings = [
            Finding(
                path=one["filename"],
                message=one["message"],
                line=from_one(one["location"]["row"]),
                column=from_one(one["location"]["column"]),
                rule=one["code"] or "invalid-syntax",  # before 0.10 a syntax error had no code
            )
            for one in json_of(result, "ruff")
        ]
    except (KeyError, TypeError):
        raise UnclearError("ruff printed JSON of another form: is it older than 0.5?") from None
    return Said(tool="ruff", findings=findings, seen=CHECKED.findall(result.stderr))


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    """Which findings to fix first, and how to see them all."""
    return advice(evidence, measurement, requirement, key="ruff", what="finding", run="ruff check")


GATE = Gate("lint", measure, better="lower", commands=commands, remedy=remedy)
