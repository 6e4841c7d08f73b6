"""`pytest-maturity request`: prints a promotion request that a report has filled."""

from __future__ import annotations

import argparse
import os
import sys

from ..model import exit_codes
from ..reports.formats import request
from ..reports.formats.links import find_links
from . import verify
from .parser import Parser


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "check a report like verify, and print a promotion request with a box for each requirement"
    parser = verbs.add_parser("request", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    verify.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the request; returns 0, 3 where the report cannot be trusted: then nothing is printed."""
    document = verify.read_trusted(options)
    if document is None:
        return exit_codes.INCONCLUSIVE
    document = verify.select_components(document, options.component)
    sys.stdout.write(request.render(document, find_links(os.environ, document["run"]["commit"])))
    return exit_codes.PROMOTED
