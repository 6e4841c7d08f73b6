"""`pytest-maturity comment`: prints the body of the comment on a pull request."""

from __future__ import annotations

import argparse
import os
import sys

from ..model import exit_codes
from ..reports.formats import comment
from ..reports.formats.links import find_links
from . import verify
from .parser import Parser


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "check a report like verify, and print the body of a comment on its pull request"
    parser = verbs.add_parser("comment", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    verify.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the body; returns 0, 3 where the report cannot be trusted: then nothing is printed."""
    document = verify.read_trusted(options)
    if document is None:
        return exit_codes.INCONCLUSIVE
    document = verify.select_components(document, options.component)
    sys.stdout.write(comment.render(document, find_links(os.environ, document["run"]["commit"])))
    return exit_codes.PROMOTED
