"""`pytest-maturity merge`: has the shards of one run judged."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..model.errors import MaturityError
from ..model.exit_codes import WRONG_USAGE
from ..model.text import safe
from ..reports import verify as reading
from ..tools.processes import attached
from .parser import Parser


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    words = (
        "judge what the shards of one run observed (pytest --maturity-evidence=PATH): no test runs, all are collected"
    )
    parser = commands.add_parser("merge", help=words, description=words, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("evidence", type=Path, nargs="+", metavar="EVIDENCE", help="what a shard wrote")
    parser.add_argument(
        "--pytest", action="append", default=[], metavar="ARGUMENT",
        help="one more argument for pytest, in one word: --pytest=--maturity-report=merged.json (repeatable)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Have pytest ask of all shards what the first that can be read was asked; returns its exit code.

    pytest refuses those that cannot be read, and takes back the report that they would have been in.
    """
    asked, problems = question(options.evidence)
    if asked is None:
        for problem in (*problems, "no evidence can be read, so which report was meant is not known: none was changed"):
            print(f"ERROR: {problem}", file=sys.stderr)
        return WRONG_USAGE
    evidence = [f"--maturity-merge={path}" for path in options.evidence]
    return attached([sys.executable, "-m", "pytest", *asked, *evidence, *options.pytest], os.environ, None)


def question(paths: Sequence[Path]) -> tuple[list[str] | None, list[str]]:
    """The arguments of the first shard that can be read, None where there is none; and why others cannot."""
    problems: list[str] = []
    for path in paths:
        try:
            return [str(one) for one in reading.evidence(path)["asked"]["arguments"]], problems
        except MaturityError as error:
            problem = str(error)
        except (KeyError, TypeError):
            problem = reading.OTHER_FORM
        problems.append(f"{safe(str(path))}: {problem}")
    return None, problems
