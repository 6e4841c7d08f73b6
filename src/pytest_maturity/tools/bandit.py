"""bandit: the command with the project's configuration, and the parser of its findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..model.evidence import Command, Evidence, Finding, ToolResult
from ..model.gates import Context, Measurement
from ..model.text import safe
from .findings import (
    NotMeasuredError,
    ParsedOutput,
    count_findings,
    keep_positive,
    parse_json,
    require_result,
    resolve_files,
)
from .processes import find_program
from .settings import find_directory, make_key, name_files, read_ini, read_tool_tables

NAME = "bandit"
SEVERITIES = {"MEDIUM": "medium", "LOW": "low"}  # all others, UNDEFINED included, count as high
QUOTING_RULES = ("B105", "B106", "B107")  # their message ends in the password
REDACTED_MESSAGE = "Possible hardcoded password"


def make_command(paths: Sequence[str], root: Path, directory: str, timeout: float) -> Command:
    """Returns the run of bandit. It exits with 0 without findings, also where it read no file, and with 1 with some.

    It compares excludes with the spelling of a path, and every path below `.` starts with `./` where it gets that.
    """
    ini = read_bandit_ini(root / directory)
    options = ("--quiet", "--format", "json", *find_settings_options(root / directory), "--recursive")
    below = (path if Path(path).is_absolute() or path.startswith("./") else f"./{path}" for path in paths)
    return Command(
        argv=(find_program(NAME), *options, *below),
        install=("pip", "install", "bandit"),
        timeout=timeout,
        inputs=(*paths, "pyproject.toml", ".bandit", *(ini[key] for key in ("baseline", "configfile") if key in ini)),
        directory=directory,
        isolated=True,
        settings=name_files(find_settings_files(root / directory), root),
        problem="bandit would write to a file: remove `output` from .bandit" if "output" in ini else "",
    )


def has_settings(directory: Path) -> bool:
    """Whether a directory has settings of bandit."""
    return bool(find_settings_options(directory))


def find_settings_files(directory: Path) -> list[Path]:
    """Returns the files in a directory that configure bandit."""
    options = find_settings_options(directory)
    return [directory / name for name in ("pyproject.toml", ".bandit") if name in options]


def find_settings_options(directory: Path) -> tuple[str, ...]:
    """Returns the options that name the settings files in a directory; without them bandit reads none there."""
    options = ("--configfile", "pyproject.toml") if NAME in read_tool_tables(directory) else ()
    return (*options, "--ini", ".bandit") if read_ini(directory / ".bandit").has_section(NAME) else options


def read_bandit_ini(directory: Path) -> Mapping[str, str]:
    """Returns the options in `.bandit`; none of a file in YAML, which bandit itself does not read either."""
    ini = read_ini(directory / ".bandit")
    return dict(ini.items(NAME)) if ini.has_section(NAME) else {}


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of findings; unknown where bandit skipped one of the component's files or analysed none."""
    key = make_key(NAME, find_directory(evidence.component, context.root, has_settings))
    try:
        output, skipped = parse(require_result(evidence, key, NAME))
        files = resolve_files(evidence, context)
        for one in skipped:
            if path := files.get(output.resolve(one.path, context)):
                raise NotMeasuredError(f"bandit skipped {safe(path)}: {one.message}")
        return count_findings(output, evidence, context)
    except NotMeasuredError as error:
        return Measurement(None, str(error))


def parse(result: ToolResult) -> tuple[ParsedOutput, list[Finding]]:
    """Returns the findings in bandit's JSON (bandit.readthedocs.io, "formatters"), and the files that it skipped.

    bandit counts columns from 0. Raises NotMeasuredError.
    """
    answer = parse_json(result, NAME, quote=False)
    try:
        findings = [
            Finding(
                path=one["filename"],
                message=REDACTED_MESSAGE if one["test_id"] in QUOTING_RULES else one["issue_text"],
                line=keep_positive(one["line_number"]),
                column=keep_positive(one.get("col_offset", -1) + 1),
                rule=one["test_id"],
                severity=SEVERITIES.get(one["issue_severity"], "high"),
            )
            for one in answer["results"]
        ]
        skipped = [Finding(path=one["filename"], message=safe(one["reason"])) for one in answer["errors"]]
        files = answer["metrics"].keys() - {"_totals"}
        return ParsedOutput(tool=NAME, findings=findings, files=files, directory=result.directory), skipped
    except (KeyError, TypeError, AttributeError):
        raise NotMeasuredError("bandit printed JSON of another form") from None
