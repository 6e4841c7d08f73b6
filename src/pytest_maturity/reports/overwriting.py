"""The files that a run may overwrite: those of earlier runs, and empty ones; never a file of the project."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from ..model.errors import MaturityError
from ..model.text import safe
from ..tools.files import DIRECTORY
from .files import prove_writable

# How a report and a shard's evidence begin.
BEGINNING = re.compile(rb'\s*\{\s*("schema":\s*\d+,\s*"verdict":|"evidence":\s*\d+,\s*"run":)')
BYTES_OF_A_BEGINNING = 200


def is_written_by_gate(path: Path, beginning: str = "") -> bool:
    """Returns whether a run wrote this file: any file in `.maturity`, else a report or evidence by its beginning.

    `beginning` is how the files of its format begin, where it is neither.
    """
    if path.parent.name == DIRECTORY:
        return True
    with contextlib.suppress(OSError):
        if path.is_file():  # reading a pipe would block
            with path.open("rb") as file:
                start = file.read(BYTES_OF_A_BEGINNING)
            return BEGINNING.match(start) is not None or (beginning != "" and start.startswith(beginning.encode()))
    return False


def refuse_foreign_file(option: str, path: Path, beginning: str = "") -> None:
    """Raises MaturityError where an output file would replace something that no run wrote: a file, a device, a pipe.

    A directory is left to the function that writes, whose error is clearer. `beginning`: see `is_written_by_gate`.
    """
    with contextlib.suppress(OSError):
        if is_written_by_gate(path, beginning) or path.is_dir() or not path.exists():
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
        prove_writable(path)
    except OSError as error:
        raise MaturityError(f"{option}: {safe(str(path), 300)} cannot be written: {error.strerror}") from error
