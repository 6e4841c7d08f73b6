"""Writes a report in every format that was asked for, each file whole or not at all."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..model.report import Report, Reporter
from ..tools.files import replace_file
from . import json

BUILTIN: tuple[Reporter, ...] = (json.REPORTER,)
DIRECTORY = ".maturity"
DEVICE = re.compile(r"^(con|prn|aux|nul|(com|lpt)[0-9])(?=\.|$)", re.IGNORECASE)  # on Windows, whatever follows


def default_path(root: Path, names: Iterable[str]) -> Path:
    """Where the report goes: `.maturity/<component>.json` for one component, `.maturity/report.json` for several.

    On every system the same: after a name that is a device on Windows stands an underscore.
    """
    only = list(names)
    name = only[0] if len(only) == 1 else "report"
    return root / DIRECTORY / (DEVICE.sub(r"\g<0>_", name) + ".json")


def write(report: Report, reporters: Iterable[Reporter], path: Path) -> list[Path]:
    """Write `report` beside `path` in every format and return the files; nothing is written unless all can be told.

    The first format, which is what machines read, is written last: if another one
    fails, it does not claim what this run did not finish. Raises OSError, and what a
    reporter raises.
    """
    wanted = list(reporters)
    texts = dict(zip(files(wanted, path), [reporter.render(report) for reporter in wanted], strict=True))
    for file, text in reversed(texts.items()):
        write_file(file, text)
    return list(texts)


def files(reporters: Sequence[Reporter], path: Path) -> list[Path]:
    """Where each format goes: `path` is for the one with its suffix, else for the first; no two share a file."""
    owner = next((one for one in reporters if one.suffix == path.suffix), next(iter(reporters), None))
    found: list[Path] = []
    for reporter in reporters:
        file = path if reporter is owner else path.with_name(f"{path.stem}{reporter.suffix}")
        if reporter is not owner and file in (path, *found):
            file = path.with_name(f"{path.stem}.{reporter.name}{reporter.suffix}")
        found.append(file)
    return found


def write_file(path: Path, text: str) -> None:
    """Replace the file in one step: a full disk or a kill leaves the old one as it was. Raises OSError with `path`."""
    try:
        if path.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.parent.name == DIRECTORY:
            keep_out_of_git(path.parent)
        replace_file(path, text)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def keep_out_of_git(directory: Path) -> None:
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# Created by pytest-maturity.\n*\n", encoding="utf-8")
