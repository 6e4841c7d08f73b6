"""`pytest-maturity VERB`: one file for each verb. Nothing here measures: a verb reads files or starts pytest."""

from __future__ import annotations

from collections.abc import Sequence

from . import (
    approve,
    attest,
    audit,
    baseline,
    comment,
    dashboard,
    demote,
    github,
    history,
    judge,
    log,
    merge,
    pending,
    record,
    records,
    request,
    revoke,
    status,
    verify,
    waive,
)
from .parser import Parser

VERBS = (
    verify, merge, judge, record, demote, attest, approve, revoke, pending, status, history, dashboard, log, audit,
    records, baseline, waive, github, comment, request,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb and returns its exit code. Raises SystemExit (4) for wrong usage."""
    parser = Parser(
        prog="pytest-maturity",
        description="Works on what pytest runs with a maturity gate have left: reports, shards, records, baselines.",
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for verb in VERBS:
        verb.add_to(verbs)
    options = parser.parse_args(arguments)
    exit_code: int = options.run(options)
    return exit_code
