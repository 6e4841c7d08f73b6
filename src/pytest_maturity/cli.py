"""`pytest-maturity`: checks a report for the next step of a job, and has the shards of a run judged."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NoReturn

from . import sealed
from .errors import MaturityError
from .report import Verdict, worst
from .text import safe
from .toolbox import attached

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
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    add_verify(commands)
    add_merge(commands)
    options = parser.parse_args(arguments)
    return verify(options) if options.command == "verify" else merge(options)


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


def add_merge(commands: argparse._SubParsersAction[Parser]) -> None:
    words = (
        "judge what the shards of one run observed (pytest --maturity-evidence=PATH): no test runs, all are collected"
    )
    merge = commands.add_parser("merge", help=words, description=words, allow_abbrev=False)
    merge.add_argument("evidence", type=Path, nargs="+", metavar="EVIDENCE", help="what a shard wrote")
    merge.add_argument(
        "--pytest", action="append", default=[], metavar="ARGUMENT",
        help="one more argument for pytest, in one word: --pytest=--maturity-report=merged.json (repeatable)",
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
    except OSError as error:
        problems = [error.strerror or str(error)]
    except MaturityError as error:
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


def merge(options: argparse.Namespace) -> int:
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
            return [str(one) for one in sealed.evidence(path)["asked"]["arguments"]], problems
        except MaturityError as error:
            problem = str(error)
        except (KeyError, TypeError):
            problem = sealed.OTHER_FORM
        problems.append(f"{safe(str(path))}: {problem}")
    return None, problems


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
