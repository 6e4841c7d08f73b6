"""The gate `format`: the number of the component's files that the project's formatter would change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import did_you_mean, plural, safe
from ..tools import ruff
from ..tools.findings import NotMeasuredError, count_findings, require_result, resolve_files
from ..tools.formatters import FORMATTERS, find_configured
from ..tools.settings import (
    choose_tool,
    find_directory,
    find_key,
    group_by_directory,
    make_key,
    make_settings_test,
)  # fmt: skip

KEY = "format"
LONGEST_LIST = 50  # files in a remedy's command


def make_commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """Returns a run of the formatter for all components with the same settings; none for an unknown formatter."""
    groups = group_by_directory(components, context.root, find_settings_test(context))
    chosen = {directory: FORMATTERS.get(choose_formatter(context, directory)) for directory in groups}
    return {
        make_key(KEY, directory): formatter.make_command(groups[directory], context, directory)
        for directory, formatter in chosen.items()
        if formatter is not None
    }


def find_settings_test(context: Context) -> Callable[[Path], bool]:
    """Returns the function that says whether a directory has settings for the component's formatter."""
    return make_settings_test(context, KEY, FORMATTERS, find_configured)


def choose_formatter(context: Context, directory: str) -> str:
    """Returns the formatter's name: the configured `tool`, else that which the directory configures, else ruff."""
    return choose_tool(context, KEY, directory, find_configured, ruff.NAME)


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of files; unknown without proof that the formatter read them, or where it could not format."""
    directory = find_directory(evidence.component, context.root, find_settings_test(context))
    key, name = make_key(KEY, directory), choose_formatter(context, directory)
    formatter = FORMATTERS.get(name)
    if formatter is None:
        return Measurement(None, f"there is no formatter {name!r}{did_you_mean(name, FORMATTERS)}")
    try:
        found = formatter.parse(require_result(evidence, key, name))
        files = resolve_files(evidence, context)
        for one in found.failed:
            if path := files.get(found.output.resolve(one, context)):
                raise NotMeasuredError(f"{name} could not format {safe(path)}")
        return count_findings(found.output, evidence, context)
    except NotMeasuredError as error:
        return Measurement(None, str(error))


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many files to format, and the command that formats them."""
    paths = [one.path for one in measurement.findings]
    text = f"format {plural(len(paths), 'file')}"
    result = evidence.tools.get(find_key(KEY, evidence))
    formatter = FORMATTERS.get(Path(result.argv[0]).stem) if result else None
    if result is None or formatter is None or len(paths) > LONGEST_LIST:
        return Remedy(text, result.argv if result else ())
    start = f"{result.directory}/" if result.directory else ""
    command = formatter.make_format_command(result, [path.removeprefix(start) for path in paths])
    return Remedy(f"{text} (in {safe(result.directory, 120)})" if start else text, command)


GATE = Gate(
    "format",
    measure,
    better="lower",
    commands=make_commands,
    remedy=suggest_remedy,
    needs_tests=False,
    counts_findings=True,
)
