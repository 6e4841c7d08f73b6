"""The working directory in which coverage.py reads its settings."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def change_directory(path: Path) -> Iterator[None]:
    """Changes the working directory: coverage.py reads its configuration there, and resolves patterns against it."""
    try:
        previous = os.getcwd()  # noqa: PTH109  # a string, to go back to
    except FileNotFoundError:  # a test removed it
        previous = str(path)
    os.chdir(path)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.chdir(previous)
