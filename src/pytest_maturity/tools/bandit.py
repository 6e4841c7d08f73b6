"""bandit: how to run it with the project's configuration, and what it found in a component's files."""

from __future__ import annotations

import configparser
import re
from collections.abc import Sequence
from pathlib import Path

from ..model.evidence import Command, Evidence, Finding, ToolResult
from ..model.gates import Context, Measurement
from ..model.text import safe
from .findings import Said, UnclearError, from_one, heard, json_of, own_files, own_measurement, place, text_of
from .processes import find_program

NAME = "bandit"
SEVERITIES = {"MEDIUM": "medium", "LOW": "low"}  # anything else, UNDEFINED included, is taken as high
QUOTING = ("B105", "B106", "B107")  # their own message ends in the password
PASSWORD = "Possible hardcoded password"


def command(paths: Sequence[str], root: Path, timeout: float) -> Command:
    """Exit code 0 is no finding, also where nothing was read; 1 is findings."""
    options = ("--quiet", "--format", "json", *configuration(root), "--recursive")
    return Command(
        argv=(find_program(NAME), *options, *paths),
        install="pip install bandit",
        timeout=timeout,
        reads=(*paths, "pyproject.toml", ".bandit"),
    )


def configuration(root: Path) -> tuple[str, ...]:
    """The options that name the project's configuration: by itself bandit reads neither file in `root`."""
    options: tuple[str, ...] = ()
    if re.search(r"^\[tool\.bandit\b", text_of(root / "pyproject.toml"), re.MULTILINE):
        options += ("--configfile", "pyproject.toml")
    ini = configparser.ConfigParser(interpolation=None)
    try:
        ini.read_string(text_of(root / ".bandit"))
    except configparser.Error:
        return options  # YAML goes by the same name, and bandit itself does not look for it
    return (*options, "--ini", ".bandit") if ini.has_section("bandit") else options


def issues(evidence: Evidence, context: Context) -> Measurement:
    """The findings; None where bandit skipped one of the component's files or saw none."""
    try:
        said, skipped = parse(heard(evidence, NAME, NAME))
        files = own_files(evidence, context)
        for one in skipped:
            if place(context.root, one.path) in files:
                raise UnclearError(f"bandit skipped {safe(one.path)}: {one.message}")
        return own_measurement(said, evidence, context)
    except UnclearError as unclear:
        return Measurement(None, str(unclear))


def parse(result: ToolResult) -> tuple[Said, list[Finding]]:
    """bandit's JSON (bandit.readthedocs.io, "formatters"; columns from 0), and what it could not read."""
    answer = json_of(result, NAME, quote=False)
    try:
        findings = [
            Finding(
                path=one["filename"],
                message=PASSWORD if one["test_id"] in QUOTING else one["issue_text"],
                line=from_one(one["line_number"]),
                column=from_one(one.get("col_offset", -1) + 1),
                rule=one["test_id"],
                severity=SEVERITIES.get(one["issue_severity"], "high"),
            )
            for one in answer["results"]
        ]
        skipped = [Finding(path=one["filename"], message=safe(one["reason"])) for one in answer["errors"]]
        return Said(tool=NAME, findings=findings, seen=answer["metrics"].keys() - {"_totals"}), skipped
    except (KeyError, TypeError, AttributeError):
        raise UnclearError("bandit printed JSON of another form") from None
