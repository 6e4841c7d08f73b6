"""`pytest-maturity audit verify`: checks the chain of the audit log."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ..config.following_files import DECISIONS
from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.text import safe
from ..records.audit import Entry, find_head, iterate_breaks
from ..records.database import RecordsError
from ..records.history import REF
from ..records.ref import parse_file
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project

SHORTEST, LONGEST = 12, 64  # digits of a hash
HEXADECIMAL = frozenset("0123456789abcdef")
BLIND = "not found by this check: a cut tail, and a log that was rewritten as a whole; --expect-head finds both"


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "check the audit log"
    parser = verbs.add_parser("audit", help=description, description=description, allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    verify = actions.add_parser("verify", help="check its chain: exit 1 where an entry was changed", allow_abbrev=False)
    verify.set_defaults(run=run)
    verify.add_argument(
        "--expect-head", metavar="HASH",
        help="the head that an earlier verdict printed (or at least 12 digits of it): the log must have it",
    )  # fmt: skip
    add_config_option(verify)


def run(options: argparse.Namespace) -> int:
    """Checks the chain; returns 1 where it is broken or lacks the expected head, 3 where it cannot be read."""
    expected: str | None = options.expect_head
    try:
        logs = read_logs(read_project(options))
        if expected is not None and not (SHORTEST <= len(expected) <= LONGEST and set(expected) <= HEXADECIMAL):
            raise MaturityError(f"--expect-head: {safe(expected, 80)!r} is no hash of {SHORTEST} to {LONGEST} digits")
    except MaturityError as error:
        return fail_usage(error)
    except RecordsError as error:
        return fail([str(error)])
    problems = [f"{name}: {problem}" for name, entries in logs.items() for problem in iterate_breaks(entries)]
    heads = [find_head([]), *(entry.hash for entries in logs.values() for entry in entries)]
    if expected is not None and not any(head.startswith(expected) for head in heads):
        problems.append(f"no entry has the hash {expected}: the log was cut off or rewritten since it was printed")
    if problems:
        return fail(problems, exit_codes.HELD)
    for name, entries in logs.items():
        noun = "entry" if len(entries) == 1 else "entries"
        print(f"{name}: the chain of {len(entries)} {noun} is whole; head {find_head(entries)}")
    if expected is None:
        print(BLIND)
    return exit_codes.PROMOTED


def read_logs(project: Project) -> dict[str, Sequence[Entry]]:
    """Returns the audit log of the store and, if it is used, that of the decisions file, by their names.

    The file is that of the git ref, without one that of the working tree. Raises RecordsError.
    """
    logs: dict[str, Sequence[Entry]] = {"records": project.store.list_entries()}
    if REF in project.config.records.trust:
        logs[DECISIONS] = parse_file(project.root, project.ref_files)
    return logs
