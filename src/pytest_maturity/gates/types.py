"""The gate `types`: the number of errors that the project's type checker reports in the component's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.paths import path_from_root
from ..model.text import did_you_mean, plural
from ..tools import mypy
from ..tools.findings import (
    NotMeasuredError,
    ParsedOutput,
    count_findings,
    describe_none_analysed,
    make_remedy,
    require_result,
    resolve_files,
    resolve_path,
    walk_python_files,
)
from ..tools.settings import (
    choose_tool,
    find_directory,
    find_key,
    group_by_directory,
    make_key,
    make_settings_test,
)  # fmt: skip
from ..tools.type_checkers import CHECKERS, find_configured

KEY, HIDDEN_KEY = "types", "types of hidden modules"
NOT_COUNTED = "against inferred types not counted"


def make_commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """Returns a run of the type checker for all components with the same settings; none for an unknown checker.

    Modules that a stub hides from mypy are checked in a run of their own, without their stubs.
    """
    commands: dict[str, Command] = {}
    for directory, group in group_by_directory(components, context.root, find_settings_test(context)).items():
        checker = CHECKERS.get(choose_checker(context, directory))
        if checker is None:
            continue
        commands[make_key(KEY, directory)] = checker.make_command(group, context, directory)
        hidden = mypy.list_hidden_modules(group) if checker.name == mypy.NAME else []
        if hidden:
            paths = [path_from_root(path, context.root / directory) for path in hidden]
            command = checker.make_command(group, context, directory, paths=paths, options=mypy.HIDDEN_OPTIONS)
            commands[make_key(HIDDEN_KEY, directory)] = command
    return commands


def find_settings_test(context: Context) -> Callable[[Path], bool]:
    """Returns the function that says whether a directory has settings for the component's checker."""
    return make_settings_test(context, KEY, CHECKERS, find_configured)


def choose_checker(context: Context, directory: str) -> str:
    """Returns the checker's name: the configured `tool`, else that which the directory configures, else mypy."""
    return choose_tool(context, KEY, directory, find_configured, mypy.NAME)


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of errors; unknown without proof that the checker analysed the component."""
    directory = find_directory(evidence.component, context.root, find_settings_test(context))
    key = make_key(KEY, directory)
    result = evidence.tools.get(key)
    name = Path(result.argv[0]).stem if result else choose_checker(context, directory)
    checker = CHECKERS.get(name)
    if checker is None:
        return Measurement(None, f"there is no type checker {name!r}{did_you_mean(name, CHECKERS)}")
    try:
        printed = output = replace(checker.parse(require_result(evidence, key, name)), directory=directory)
        if name == mypy.NAME:
            if set(mypy.DEFAULT_OPTIONS) <= set(evidence.tools[key].argv):
                output = mypy.drop_errors_of_inference(output, context)
            dropped = count_dropped(printed, output, evidence, context)
            output = add_hidden_modules(replace(output, note=dropped), evidence, context)
        measurement = count_findings(output, evidence, context)
        if output.files is None and not measurement.findings:
            require_enough_files(output, evidence, context)
    except NotMeasuredError as error:
        return Measurement(None, str(error))
    return measurement


def count_dropped(printed: ParsedOutput, kept: ParsedOutput, evidence: Evidence, context: Context) -> str:
    """Returns a remark on the component's errors that do not count, because the command prints them; else nothing."""
    if len(printed.findings) == len(kept.findings):
        return ""
    before, after = (len(count_findings(one, evidence, context).findings) for one in (printed, kept))
    return f"{plural(before - after, 'error')} {NOT_COUNTED}" if before > after else ""


def add_hidden_modules(output: ParsedOutput, evidence: Evidence, context: Context) -> ParsedOutput:
    """Returns mypy's output with that of its second run, for the component's modules that a stub hides in the first.

    Raises NotMeasuredError where the second run proved nothing.
    """
    known = {output.resolve(path, context) for path in output.files or ()}
    modules = {resolve_path(context.root, path) for path in mypy.list_hidden_modules([evidence.component])} - known
    modules = {path for path in modules if not output.excludes(path, context)}
    if not modules:
        return output
    key = make_key(HIDDEN_KEY, output.directory)
    more = replace(mypy.parse(require_result(evidence, key, mypy.NAME)), directory=output.directory)
    files = [path for path in more.files or () if more.resolve(path, context) in modules]
    findings = [
        finding
        for finding in more.findings
        if more.resolve(finding.path, context) in modules and finding.rule not in mypy.MISSING_ANNOTATIONS
    ]
    hidden = f"{plural(len(modules), 'module')} behind stubs checked without them"
    return replace(
        output,
        findings=(*output.findings, *findings),
        files={*(output.files or ()), *files},
        note=", ".join(filter(None, (output.note, hidden))),
    )


def require_enough_files(output: ParsedOutput, evidence: Evidence, context: Context) -> None:
    """Raises NotMeasuredError where a checker that only counts files may have analysed none of the component's.

    If it skipped fewer files than the component has, it analysed at least one of the component's files.
    """
    paths = CHECKERS[output.tool].select_paths(evidence.tools[make_key(KEY, output.directory)].argv)
    given = set(walk_python_files(context.root / output.directory, paths))
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
    hidden_key = find_key(HIDDEN_KEY, evidence)
    hidden = evidence.tools[hidden_key].argv if hidden_key in evidence.tools else ()
    is_hidden = all(finding.path.endswith(hidden) for finding in measurement.findings)
    key = hidden_key if hidden and is_hidden else find_key(KEY, evidence)
    remedy = make_remedy(evidence, measurement, requirement, key, "type error")
    dropped = next((part for part in measurement.note.split(", ") if part.endswith(NOT_COUNTED)), "")
    return replace(remedy, text=f"{remedy.text}; {dropped}") if dropped else remedy


GATE = Gate(
    "types",
    measure,
    better="lower",
    commands=make_commands,
    remedy=suggest_remedy,
    needs_tests=False,
    counts_findings=True,
)
