"""Counts the retries of a component's tests in files, so that all processes of a run share one budget."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from os import O_CREAT, O_EXCL, O_WRONLY, close
from os import open as open_descriptor  # bound here, like close: a test may patch them
from pathlib import Path


class Budget:
    """The retries that one component's tests have used. Its methods raise OSError where they cannot be counted."""

    def __init__(self, directory: Path, component: str) -> None:
        self._directory = directory / f"component-{make_digest(component)}"

    def record_need(self, nodeid: str) -> int:
        """Records that a test needs a retry; returns the number of tests that have needed one so far."""
        self._create(f"test-{make_digest(nodeid)}")
        return sum(1 for _ in self._directory.glob("test-*"))

    def claim_retry(self, limit: int) -> Path | None:
        """Takes one of `limit` retries; returns its file, or None where all are used."""
        names = (f"retry-{number}" for number in range(limit))
        return next((self._directory / name for name in names if self._create(name)), None)

    def sum_durations(self) -> float:
        """Returns the total duration of the retries so far, without those that are still running."""
        return sum(float(path.read_text("ascii") or 0) for path in self._directory.glob("retry-*"))

    def _create(self, name: str) -> bool:
        """Creates a file; returns False where any process has created it before."""
        self._directory.mkdir(exist_ok=True)
        try:
            close(open_descriptor(self._directory / name, O_CREAT | O_EXCL | O_WRONLY, 0o600))
        except FileExistsError:
            return False
        return True


def make_digest(text: str) -> str:
    """Returns a name that every file system takes, for any text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def record_duration(retry: Path, seconds: float) -> None:
    """Writes a retry's duration into its file. Raises OSError."""
    retry.write_text(f"{seconds:.6f}", "ascii")


def create_directory() -> Path:
    """Creates the directory of a run's budgets."""
    return Path(tempfile.mkdtemp(prefix="pytest-maturity-retries-"))


def remove_directory(directory: Path) -> None:
    """Removes the directory of a run's budgets, as far as that is possible."""
    shutil.rmtree(directory, ignore_errors=True)
