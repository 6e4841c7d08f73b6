"""Counts what retries cost, in files: several processes share one account without talking to each other."""

from __future__ import annotations

import hashlib
from os import O_CREAT, O_EXCL, O_WRONLY, close
from os import open as open_descriptor  # bound here, like close: a test may patch them
from pathlib import Path
from urllib.parse import quote


class Budget:
    """The account of one component. Every method raises OSError where the account cannot be kept."""

    def __init__(self, directory: Path, name: str) -> None:
        self._place = directory / f"of-{quote(name, safe='')}"

    def need(self, nodeid: str) -> int:
        """Note that a test needs a retry; returns how many tests did so far."""
        digest = hashlib.sha256(nodeid.encode("utf-8", "surrogatepass")).hexdigest()
        self._claim(f"test-{digest[:32]}")
        return sum(1 for _ in self._place.glob("test-*"))

    def take(self, limit: int) -> Path | None:
        """One of `limit` retries, or None where all are used."""
        names = (f"retry-{number}" for number in range(limit))
        return next((self._place / name for name in names if self._claim(name)), None)

    def spent(self) -> float:
        """The seconds that retries took so far; those under way are not counted."""
        return sum(float(path.read_text("ascii") or 0) for path in self._place.glob("retry-*"))

    def _claim(self, name: str) -> bool:
        """Make a file that nobody has made before."""
        self._place.mkdir(exist_ok=True)
        try:
            close(open_descriptor(self._place / name, O_CREAT | O_EXCL | O_WRONLY, 0o600))
        except FileExistsError:
            return False
        return True


def settle(retry: Path, seconds: float) -> None:
    """Write down what a retry took. Raises OSError."""
    retry.write_text(f"{seconds:.6f}", "ascii")
