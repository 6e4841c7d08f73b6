"""A filter for detect-secrets (its option --filter) that leaves nothing out: it makes every worker log what it reads.

The workers of detect-secrets do not inherit the log level that --verbose sets where they are started instead of forked:
on Windows, macOS, and everywhere since Python 3.14. Each of them imports its filters before it reads a file.

It runs in the interpreter of detect-secrets, and imports nothing but the standard library.
"""

from __future__ import annotations

import logging

logging.getLogger("detect-secrets").setLevel(logging.INFO)


def exclude_nothing(filename: str) -> bool:  # noqa: ARG001 - detect-secrets chooses file filters by this name
    """Returns False: every file is scanned."""
    return False
