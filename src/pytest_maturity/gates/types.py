"""The gate `types`: the number of errors that the project's type checker reports in the component's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import did_you_mean
from ..tools.findings import (
    NotMeasuredError,
    ParsedOutput,
    count_findings,
    describe_none_analysed,
    list_source_paths,
    make_remedy,
    require_result,
    resolve_files,
    walk_python_files,
)
from ..tools.type_checkers import CHECKERS, find_configured

KEY = "types"


def make_commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """Returns one run of the type checker for all components; none for a checker that does not exist."""
    checker = CHECKERS.get(choose_checker(context))
    if checker is None:
        return {}
    timeout = float(context.option("types", "timeout", 600))
    return {KEY: checker.make_command(list_source_paths(components, context), timeout)}


def choose_checker(context: Context) -> str:
    """Returns the checker's name: the configured `tool`, else the first that the project configures, else mypy."""
    tool = context.option("types", "tool")
    return find_configured(context.root) if tool is None else tool


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of errors; unknown without proof that the checker analysed the component."""
    result = evidence.tools.get(KEY)
    name = Path(result.argv[0]).stem if result else choose_checker(context)
    checker = CHECKERS.get(name)
    if checker is None:
        return Measurement(None, f"there is no type checker {name!r}{did_you_mean(name, CHECKERS)}")
    try:
        output = checker.parse(require_result(evidence, KEY, name))
        measurement = count_findings(output, evidence, context)
        if output.files is None and not measurement.findings:
            require_enough_files(output, evidence, context)
    except NotMeasuredError as error:
        return Measurement(None, str(error))
    return measurement


def require_enough_files(output: ParsedOutput, evidence: Evidence, context: Context) -> None:
    """Raises NotMeasuredError where a checker that only counts files may have analysed none of the component's.

    If it skipped fewer files than the component has, it analysed at least one of the component's files.
    """
    paths = CHECKERS[output.tool].select_paths(evidence.tools[KEY].argv)
    given = set(walk_python_files(context.root, paths))
    own = resolve_files(evidence, context)
    if output.file_count == 0:
        raise NotMeasuredError(describe_none_analysed(output.tool, len(own)))
    if len(given) - output.file_count >= len(own):
        raise NotMeasuredError(
            f"{output.tool} analysed {output.file_count} of {len(given)} files and does not name them: "
            "judge the component alone"
        )


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns which errors to fix, and the command that lists them."""
    return make_remedy(evidence, measurement, requirement, KEY, "type error")


GATE = Gate("types", measure, better="lower", commands=make_commands, remedy=suggest_remedy)
