"""`pytest-maturity verify`: checks a report for the next step of a job."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.report import Verdict, worst_verdict
from ..model.text import safe
from ..reports import verify as reading
from .parser import Parser

LONGEST = 100 * 366 * 24  # hours


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    words = "check a report for the next step: exit 0 only for a whole, recent PROMOTE of what is asked for"
    parser = commands.add_parser("verify", help=words, description=words, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("report", type=Path, metavar="REPORT", help="the JSON report of a run")
    parser.add_argument(
        "--component", action="append", default=[], metavar="NAME",
        help="it must judge this component, whose verdict counts (repeatable; default: all that it judges)",
    )  # fmt: skip
    parser.add_argument("--target", metavar="STAGE", help="it must have been judged for this stage")
    parser.add_argument("--commit", metavar="SHA", help="it must be of this commit, with nothing changed in the tree")
    parser.add_argument("--run-id", metavar="ID", help="it must be of this run")
    parser.add_argument(
        "--max-age", type=hours, default=timedelta(hours=24), metavar="HOURS",
        help="its run must have begun in the last HOURS (default: 24)",
    )  # fmt: skip


def hours(text: str) -> timedelta:
    """A time in hours, of at most a century. Raises ValueError, which argparse tells."""
    found = float(text)
    if not 0 < found <= LONGEST:
        raise ValueError(text)
    return timedelta(hours=found)


def run(options: argparse.Namespace) -> int:
    """Check a report; returns the exit code of what counts of it, 3 where it cannot be trusted."""
    try:
        document = reading.read(options.report)
        problems = reading.flaws(document)
    except OSError as error:
        problems = [error.strerror or str(error)]
    except MaturityError as error:
        problems = [str(error)]
    if not problems:
        problems = reading.mismatches(
            document,
            judging=options.component,
            target=options.target,
            commit=options.commit,
            run_id=options.run_id,
            oldest=datetime.now(timezone.utc) - options.max_age,
        )
    for problem in problems:
        print(f"INCONCLUSIVE  {safe(str(options.report))}: {problem}", file=sys.stderr)
    if problems:
        return exit_codes.INCONCLUSIVE
    found = counted(document, options.component)
    print(f"{found.value}  {safe(str(options.report))}: {', '.join(told(document, options.component))}")
    return exit_codes.exit_code_of(found)


def counted(document: Mapping[str, Any], names: Sequence[str]) -> Verdict:
    """The verdict of the components that are asked for, of the whole report where none is."""
    if not names:
        return Verdict(document["verdict"])
    return worst_verdict(Verdict(one["verdict"]) for one in reading.components(document) if one["name"] in names)


def told(document: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Each component with its verdict, in words."""
    chosen = [one for one in reading.components(document) if not names or one["name"] in names]
    target = safe(str(document["target"]), 60)
    return [f"{safe(one['name'], 60)} {one['verdict']} for {target}" for one in chosen] or ["no component was judged"]
