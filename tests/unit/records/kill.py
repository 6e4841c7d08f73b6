"""A writer that is killed in the middle of its transaction."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from pathlib import Path


def kill_in_transaction(path: Path) -> None:
    """Kills a writer after it has changed pages of the database, and before it has committed: its journal is left."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA cache_size = 5")  # so that pages are written before the end
        connection.execute("BEGIN IMMEDIATE")
        for number in range(300):
            row = (f"killed{number}", "shop", "2026", "HOLD", "x" * 2000)
            connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", row)
        os.write(writer, b"x")
        time.sleep(60)
    os.read(reader, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reader)
    os.close(writer)
