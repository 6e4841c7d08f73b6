"""What a run writes over: what a run of the gate left there, and what is empty; never the work of somebody else."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from ..model.errors import MaturityError
from ..model.text import safe
from . import files

BEGINNING = re.compile(rb'\s*\{\s*("schema":\s*\d+,\s*"verdict":|"evidence":\s*\d+,\s*"run":)')
LONG_ENOUGH = 200  # bytes, for a beginning


def is_ours(path: Path) -> bool:
    """Did a run write this file? Reports and evidence tell by how they begin, and all in `.maturity` is the gate's."""
    if path.parent.name == files.DIRECTORY:
        return True
    with contextlib.suppress(OSError):
        if path.is_file():  # a pipe would let us wait
            with path.open("rb") as file:
                return BEGINNING.match(file.read(LONG_ENOUGH)) is not None
    return False


def refuse_strangers(option: str, path: Path) -> None:
    """Raise MaturityError where an output file would replace what no run wrote, a device, for instance."""
    with contextlib.suppress(OSError):
        if is_ours(path) or path.is_dir() or not path.exists():  # of a directory, who writes says what is wrong
            return
        if path.is_file() and not path.stat().st_size:
            return
        raise MaturityError(
            f"{option}: {safe(str(path), 300)} is there and was not written by the gate: name another PATH "
            "(was it forgotten?), or remove what is there"
        )


def make_room(option: str, path: Path) -> None:
    """Remove what an earlier run left, and prove that a file can be written there. Raises MaturityError."""
    refuse_strangers(option, path)
    try:
        files.write_file(path, "")
        path.unlink()
    except OSError as error:
        raise MaturityError(f"{option}: {safe(str(path), 300)} cannot be written: {error.strerror}") from error
