"""The files that a run may overwrite: those of earlier runs, and empty ones; never a file of the project."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from ..model.errors import MaturityError
from ..model.text import safe
from ..tools.files import DIRECTORY
from .files import write_file

# How a report and a shard's evidence begin.
BEGINNING = re.compile(rb'\s*\{\s*("schema":\s*\d+,\s*"verdict":|"evidence":\s*\d+,\s*"run":)')
BYTES_OF_A_BEGINNING = 200


def is_written_by_gate(path: Path) -> bool:
    """Returns whether a run wrote this file: any file in `.maturity`, else a report or evidence by its beginning."""
    if path.parent.name == DIRECTORY:
        return True
    with contextlib.suppress(OSError):
        if path.is_file():  # reading a pipe would block
            with path.open("rb") as file:
                return BEGINNING.match(file.read(BYTES_OF_A_BEGINNING)) is not None
    return False


def refuse_foreign_file(option: str, path: Path) -> None:
    """Raises MaturityError where an output file would replace something that no run wrote: a file, a device, a pipe.

    A directory is left to the function that writes, whose error is clearer.
    """
    with contextlib.suppress(OSError):
        if is_written_by_gate(path) or path.is_dir() or not path.exists():
            return
        if path.is_file() and not path.stat().st_size:
            return
        raise MaturityError(
            f"{option}: {safe(str(path), 300)} exists and was not written by pytest-maturity: name another PATH "
            "(was it forgotten?), or remove it"
        )


def prepare_output(option: str, path: Path) -> None:
    """Removes the file of an earlier run, and proves that a new one can be written. Raises MaturityError."""
    refuse_foreign_file(option, path)
    try:
        write_file(path, "")
        path.unlink()
    except OSError as error:
        raise MaturityError(f"{option}: {safe(str(path), 300)} cannot be written: {error.strerror}") from error
