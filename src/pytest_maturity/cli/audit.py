"""`pytest-maturity audit verify`: checks the chain of the audit log."""

from __future__ import annotations

import argparse

from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.text import safe
from ..records.audit import find_head, iterate_breaks
from ..records.database import RecordsError
from .parser import Parser
from .project import add_config_option, fail, fail_usage, read_project

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
        entries = read_project(options).store.list_entries()
        if expected is not None and not (SHORTEST <= len(expected) <= LONGEST and set(expected) <= HEXADECIMAL):
            raise MaturityError(f"--expect-head: {safe(expected, 80)!r} is no hash of {SHORTEST} to {LONGEST} digits")
    except MaturityError as error:
        return fail_usage(error)
    except RecordsError as error:
        return fail([str(error)])
    problems = list(iterate_breaks(entries))
    heads = [find_head([]), *(entry.hash for entry in entries)]
    if expected is not None and not any(head.startswith(expected) for head in heads):
        problems.append(f"no entry has the hash {expected}: the log was cut off or rewritten since it was printed")
    if problems:
        return fail(problems, exit_codes.HELD)
    noun = "entry" if len(entries) == 1 else "entries"
    print(f"the chain of {len(entries)} {noun} is whole; head {find_head(entries)}")
    if expected is None:
        print(BLIND)
    return exit_codes.PROMOTED
