"""ruff: the command that checks the components' files, and the parser of its findings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..model.evidence import Command, Finding, ToolResult
from .findings import NotMeasuredError, ParsedOutput, keep_positive, parse_json
from .processes import find_program

NAME = "ruff"
# --no-fix, --no-fix-only: a project may set them to true, and a measurement never edits. --no-cache and --verbose: only
# then ruff names every file that it checks, which proves that an empty list of findings is not that of no file.
OPTIONS = ("check", "--no-fix", "--no-fix-only", "--no-cache", "--verbose", "--output-format", "json")
CHECKED = re.compile(r"\[ruff::diagnostics\]\[DEBUG\] Checking: (.+)$", re.MULTILINE)


def make_command(paths: Sequence[str], timeout: float) -> Command:
    """Returns the run of ruff. Exit code 2 is wrong usage, a broken configuration or a crash."""
    return Command(
        argv=(find_program(NAME), *OPTIONS, *paths),
        install=("pip", "install", "ruff"),
        exit_codes=(0, 1),
        timeout=timeout,
    )


def parse(result: ToolResult) -> ParsedOutput:
    """Returns the findings in ruff's JSON (docs.astral.sh/ruff, "output-format"). Raises NotMeasuredError.

    Lines and columns count from 1.
    """
    try:
        findings = [
            Finding(
                path=one["filename"],
                message=one["message"],
                line=keep_positive(one["location"]["row"]),
                column=keep_positive(one["location"]["column"]),
                rule=one["code"] or "invalid-syntax",  # before 0.10 a syntax error had no code
            )
            for one in parse_json(result, NAME)
        ]
    except (KeyError, TypeError):
        raise NotMeasuredError("ruff printed JSON of another form; it may be older than 0.5") from None
    return ParsedOutput(tool=NAME, findings=findings, files=CHECKED.findall(result.stderr))
