"""A writer that is killed in the middle of its transaction."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# A small cache, so that pages are written before the end of the transaction.
WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 5")
connection.execute("BEGIN IMMEDIATE")
for number in range(300):
    row = (f"killed{number}", "shop", "2026", "HOLD", "x" * 2000)
    connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", row)
print("written", flush=True)
sys.stdin.read()
"""


def kill_in_transaction(path: Path) -> None:
    """Kills a writer after it has changed pages of the database, and before it has committed: its journal is left."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        writer.kill()
