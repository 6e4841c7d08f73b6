"""`pytest-maturity github`: shows a report in a step of GitHub Actions that follows the one of the tests.

The step of the tests cannot do it: tests can write the files of the runner, too.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.text import safe
from ..reports.formats import github
from . import verify
from .parser import Parser
from .project import fail_usage

SUMMARY, OUTPUT = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"  # the variables that name the runner's files


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "check a report like verify, and write annotations, the summary and the outputs of a step"
    parser = verbs.add_parser("github", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    verify.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Shows the report; returns 0, 3 where it cannot be trusted, 4 outside of a step of GitHub Actions.

    The outputs of a report that cannot be trusted have the verdict INCONCLUSIVE.
    """
    try:
        summary, output = find_file(SUMMARY), find_file(OUTPUT)
        document = verify.read_trusted(options)
        if document is None:
            write_outputs(output, {"verdict": "INCONCLUSIVE", "reached": "", "report": str(options.report)})
            return exit_codes.INCONCLUSIVE
        document = verify.select_components(document, options.component)
        append(summary, github.make_summary(document))
        write_outputs(output, github.make_outputs(document, str(options.report)))
    except MaturityError as error:
        return fail_usage(error)
    for line in github.list_annotations(document):
        print(line)
    return exit_codes.PROMOTED


def find_file(variable: str) -> Path:
    """Returns the file of the runner that a variable names. Raises MaturityError without one."""
    if path := os.environ.get(variable):
        return Path(path)
    raise MaturityError(f"{variable} is not set: this verb is for a step of GitHub Actions")


def write_outputs(path: Path, outputs: Mapping[str, str]) -> None:
    """Adds outputs of the step, each in a line of its own. Raises MaturityError where that cannot be done."""
    append(path, "".join(f"{name}={safe(value, 10_000)}\n" for name, value in outputs.items()))


def append(path: Path, text: str) -> None:
    """Adds a text to a file of the runner. Raises MaturityError where that cannot be done."""
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise MaturityError(f"{safe(str(path), 300)} cannot be written: {error.strerror}") from error
