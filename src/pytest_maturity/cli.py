"""`pytest-maturity`: what can be told from a report, without running a test. It never measures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NoReturn

from . import sealed
from .errors import MaturityError
from .report import Verdict, worst
from .text import safe

WRONG_USAGE = 4
NOT_TRUSTED = 3
LONGEST = 100 * 366 * 24  # hours


class Parser(argparse.ArgumentParser):
    """Wrong usage is exit 4, as in pytest; argparse's 2 is pytest's "interrupted"."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"ERROR: {safe(message)}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = Parser(prog="pytest-maturity", description=__doc__, allow_abbrev=False)
    add_verify(parser.add_subparsers(dest="command", required=True, parser_class=Parser))
    options = parser.parse_args(arguments)
    return verify(options)


def add_verify(commands: argparse._SubParsersAction[Parser]) -> None:
    words = "check a report for the next step: exit 0 only for a whole, recent PROMOTE of what is asked for"
    verify = commands.add_parser("verify", help=words, description=words, allow_abbrev=False)
    verify.add_argument("report", type=Path, metavar="REPORT", help="the JSON report of a run")
    verify.add_argument(
        "--component", action="append", default=[], metavar="NAME",
        help="it must judge this component, whose verdict counts (repeatable; default: all that it judges)",
    )  # fmt: skip
    verify.add_argument("--target", metavar="STAGE", help="it must have been judged for this stage")
    verify.add_argument("--commit", metavar="SHA", help="it must be of this commit, with nothing changed in the tree")
    verify.add_argument("--run-id", metavar="ID", help="it must be of this run")
    verify.add_argument(
        "--max-age", type=hours, default=timedelta(hours=24), metavar="HOURS",
        help="its run must have begun in the last HOURS (default: 24)",
    )  # fmt: skip


def hours(text: str) -> timedelta:
    """A time in hours, of at most a century. Raises ValueError, which argparse tells."""
    found = float(text)
    if not 0 < found <= LONGEST:
        raise ValueError(text)
    return timedelta(hours=found)


def verify(options: argparse.Namespace) -> int:
    """Check a report; returns the exit code of what counts of it, 3 where it cannot be trusted."""
    try:
        document = sealed.read(options.report)
        problems = sealed.flaws(document)
    except (OSError, MaturityError) as error:
        problems = [str(error)]
    if not problems:
        problems = sealed.mismatches(
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
        return NOT_TRUSTED
    found = counted(document, options.component)
    print(f"{found.value}  {safe(str(options.report))}: {', '.join(told(document, options.component))}")
    return sealed.exit_code(found.value)


def counted(document: Mapping[str, Any], names: Sequence[str]) -> Verdict:
    """The verdict of the components that are asked for, of the whole report where none is."""
    if not names:
        return Verdict(document["verdict"])
    return worst(Verdict(one["verdict"]) for one in sealed.components(document) if one["name"] in names)


def told(document: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Each component with its verdict, in words."""
    chosen = [one for one in sealed.components(document) if not names or one["name"] in names]
    target = safe(str(document["target"]), 60)
    return [f"{safe(one['name'], 60)} {one['verdict']} for {target}" for one in chosen] or ["no component was judged"]


if __name__ == "__main__":
    sys.exit(main())
