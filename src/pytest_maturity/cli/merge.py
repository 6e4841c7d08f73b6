"""`pytest-maturity merge`: judges the evidence of all shards of a run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..model.errors import MaturityError
from ..model.exit_codes import WRONG_USAGE
from ..model.text import safe
from ..reports.verify import MALFORMED_EVIDENCE, read_document, read_evidence
from ..tools.processes import run_attached, run_program
from .parser import Parser

PYTEST = Path(__file__).parents[1] / "plugin" / "program.py"  # not `-m pytest`, which a pytest.py here would replace
TIMEOUT = 3600.0  # seconds: no test runs, but tools may


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "judge the evidence of all shards of a run (pytest --maturity-evidence=PATH); no test runs"
    parser = verbs.add_parser("merge", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("evidence", type=Path, nargs="+", metavar="EVIDENCE", help="a file that a shard wrote")
    parser.add_argument(
        "--pytest", action="append", default=[], metavar="ARGUMENT",
        help="one more argument for pytest, in one word: --pytest=--maturity-report=merged.json (repeatable)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Starts pytest with the plugin's options of the shards and their evidence; returns its exit code.

    The options are those of the first shard that can be read. pytest refuses the shards that cannot be read, and marks
    the report that they belong to as incomplete: so it starts even then.
    """
    arguments, problems = read_arguments(options.evidence)
    if arguments is None:
        for problem in (
            *problems,
            "no evidence can be read, so which report it belongs to is unknown: none was changed",
        ):
            print(f"ERROR: {problem}", file=sys.stderr)
        return WRONG_USAGE
    return run_attached([*make_command(arguments, options.evidence), *options.pytest], os.environ, None)


def make_command(arguments: Sequence[str], evidence: Iterable[Path]) -> list[str]:
    """Returns the command that judges evidence, with the shards' own arguments."""
    return [sys.executable, str(PYTEST), *arguments, *(f"--maturity-merge={path}" for path in evidence)]


def make_report(evidence: Sequence[Path]) -> dict[str, Any]:
    """Returns the report that a merge of the evidence gives, as plain data; it changes no report and no record.

    Raises MaturityError where the evidence cannot be read, or not be judged together.
    """
    problems = [problem for path in evidence for problem in read_arguments([path])[1]]
    arguments, _ = read_arguments(evidence)
    if arguments is None or problems:
        raise MaturityError(problems)
    with TemporaryDirectory(prefix="maturity-") as folder:
        path = Path(folder, "report.json")
        command = (*make_command(arguments, evidence), "--maturity-trial", f"--maturity-report={path}")
        result = run_program(command, Path.cwd(), timeout=TIMEOUT, environment=os.environ)
        try:
            return read_document(path)
        except OSError as error:
            lines = [line.removeprefix("ERROR: ") for line in result.stderr.splitlines() if line.strip()]
            raise MaturityError([safe(line, 300) for line in lines] or [safe(result.problem, 300)]) from error


def read_arguments(paths: Sequence[Path]) -> tuple[list[str] | None, list[str]]:
    """Returns the plugin's options of the first shard that can be read, None without one; and why others cannot."""
    problems: list[str] = []
    for path in paths:
        try:
            return [str(one) for one in read_evidence(path)["arguments"]], problems
        except MaturityError as error:
            problem = str(error)
        except (KeyError, TypeError):
            problem = MALFORMED_EVIDENCE
        problems.append(f"{safe(str(path))}: {problem}")
    return None, problems
