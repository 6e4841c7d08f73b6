"""Writes files whole or not at all, and keeps directories of written files small."""

from __future__ import annotations

import contextlib
import os
import shutil
from os import fdopen, fsync  # bound here, like the others: a test may patch them
from pathlib import Path
from tempfile import mkstemp

DIRECTORY = ".maturity"  # what the plugin writes in a project: reports and records
_replace = os.replace


def replace_file(path: Path, text: str, *, private: bool = False, durable: bool = True) -> None:
    """Replaces a file in one step: a full disk or a kill leaves the old one as it was. Raises OSError.

    The directory must exist. Only this user can read a `private` file; another one gets the permissions of any new
    file. A file that is not `durable` may be lost when the machine stops, and costs no wait for the disk.
    """
    handle, temporary = mkstemp(dir=path.parent, prefix=".maturity.")  # no longer than the file's own name may be
    try:
        with fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            if durable:
                file.flush()
                fsync(file.fileno())
        if not private:
            Path(temporary).chmod(0o666 & ~read_umask())
        _replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def keep_out_of_git(directory: Path) -> None:
    """Writes a .gitignore for all files of DIRECTORY, unless it has one. Raises OSError."""
    ignore = directory / ".gitignore"
    if directory.name == DIRECTORY and not ignore.exists():
        ignore.write_text("# Created by pytest-maturity.\n*\n", encoding="utf-8")


def read_umask() -> int:
    """Returns the permissions that new files of this process do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def remove_oldest(directory: Path, keep: int) -> None:
    """Removes all but the `keep` entries of a directory that were modified last. Errors are ignored."""
    with contextlib.suppress(OSError):
        entries = sorted(directory.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in entries[keep:]:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
