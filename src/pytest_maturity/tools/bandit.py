"""bandit: the command with the project's configuration, and the parser of its findings."""

from __future__ import annotations

import configparser
import re
from collections.abc import Sequence
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
    read_text,
    require_result,
    resolve_files,
    resolve_path,
)
from .processes import find_program

NAME = "bandit"
SEVERITIES = {"MEDIUM": "medium", "LOW": "low"}  # all others, UNDEFINED included, count as high
QUOTING_RULES = ("B105", "B106", "B107")  # their message ends in the password
REDACTED_MESSAGE = "Possible hardcoded password"


def make_command(paths: Sequence[str], root: Path, timeout: float) -> Command:
    """Returns the run of bandit. It exits with 0 without findings, also where it read no file, and with 1 with some."""
    options = ("--quiet", "--format", "json", *find_configuration_options(root), "--recursive")
    return Command(
        argv=(find_program(NAME), *options, *paths),
        install=("pip", "install", "bandit"),
        timeout=timeout,
        inputs=(*paths, "pyproject.toml", ".bandit"),
    )


def find_configuration_options(root: Path) -> tuple[str, ...]:
    """Returns the options that name the project's configuration files; without them bandit reads none in `root`."""
    options: tuple[str, ...] = ()
    if re.search(r"^\[tool\.bandit\b", read_text(root / "pyproject.toml"), re.MULTILINE):
        options += ("--configfile", "pyproject.toml")
    ini = configparser.ConfigParser(interpolation=None)
    try:
        ini.read_string(read_text(root / ".bandit"))
    except configparser.Error:
        return options  # some projects have YAML in a file of this name; bandit itself does not read that either
    return (*options, "--ini", ".bandit") if ini.has_section("bandit") else options


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of findings; unknown where bandit skipped one of the component's files or analysed none."""
    try:
        output, skipped = parse(require_result(evidence, NAME, NAME))
        files = resolve_files(evidence, context)
        for one in skipped:
            if resolve_path(context.root, one.path) in files:
                raise NotMeasuredError(f"bandit skipped {safe(one.path)}: {one.message}")
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
        return ParsedOutput(tool=NAME, findings=findings, files=answer["metrics"].keys() - {"_totals"}), skipped
    except (KeyError, TypeError, AttributeError):
        raise NotMeasuredError("bandit printed JSON of another form") from None
