"""`pytest-maturity VERB`: one file for each verb. Nothing here measures."""

from __future__ import annotations

from collections.abc import Sequence

from . import merge, verify
from .parser import Parser

VERBS = (verify, merge)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb and returns its exit code."""
    parser = Parser(prog="pytest-maturity", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    for verb in VERBS:
        verb.add(commands)
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code
