"""Runs `detect-secrets scan` with a copy of the project's baseline, and prints what the baseline knows as well.

`scan --baseline` takes plugins, limits and filters from the baseline, and then overwrites it. It gets a copy, so that
the project's file stays as it is.

Usage: python scan_with_baseline.py BASELINE PROGRAM ARGUMENT ... It imports nothing but the standard library.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def scan(baseline: str, command: Sequence[str]) -> int:
    """Prints the new baseline as JSON, with the results of the project's own under `known`; returns the exit code."""
    with tempfile.TemporaryDirectory() as directory:
        copy = shutil.copy(baseline, directory)
        code = subprocess.call([*command, "--baseline", copy])
        if code == 0:
            known, now = (json.loads(Path(path).read_text("utf-8")) for path in (baseline, copy))
            print(json.dumps({**now, "known": known["results"]}))
    return code


if __name__ == "__main__":
    sys.exit(scan(sys.argv[1], sys.argv[2:]))
