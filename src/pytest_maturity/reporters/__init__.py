"""Writes a report in every format that was asked for, each file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..report import Report, Reporter
from . import json

BUILTIN: tuple[Reporter, ...] = (json.REPORTER,)
DIRECTORY = ".maturity"
_replace = os.replace  # bound here: a test may patch it


def default_path(root: Path, names: Iterable[str]) -> Path:
    """Where the report goes: `.maturity/<component>.json` for one component, `.maturity/report.json` for several."""
    only = list(names)
    return root / DIRECTORY / (f"{only[0]}.json" if len(only) == 1 else "report.json")


def write(report: Report, reporters: Iterable[Reporter], path: Path) -> list[Path]:
    """Write `report` beside `path` in every format and return the files. Raises OSError."""
    written = []
    for reporter in reporters:
        file = path if path.suffix == reporter.suffix else path.with_suffix(reporter.suffix)
        write_file(file, reporter.render(report))
        written.append(file)
    return written


def write_file(path: Path, text: str) -> None:
    """Replace the file in one step: a full disk or a kill leaves the old one as it was. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.parent.name == DIRECTORY:
        keep_out_of_git(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~current_umask())
        _replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def keep_out_of_git(directory: Path) -> None:
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# Created by pytest-maturity.\n*\n", encoding="utf-8")


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
