"""The paths of a run's reports, and how they are written: each file whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..model.names import file_name
from ..model.report import Report, Reporter
from ..tools.files import DIRECTORY, keep_out_of_git, replace_file
from . import json

BUILTIN: tuple[Reporter, ...] = (json.REPORTER,)


def default_path(root: Path, names: Iterable[str]) -> Path:
    """Returns the path of a report: `.maturity/<component>.json` of one component, `.maturity/report.json` of several.

    It is the same on every system, so a name that is a device on Windows gets an underscore everywhere.
    """
    components = list(names)
    name = components[0] if len(components) == 1 else "report"
    return root / DIRECTORY / f"{file_name(name)}.json"


def write_report(report: Report, reporters: Iterable[Reporter], path: Path) -> dict[Path, str]:
    """Writes a report in every format and returns the files with their texts, see `paths_of_formats`.

    Nothing is written unless every format can be rendered. The first format, which machines read, is written last: if
    another one fails, it does not state what this run did not finish. Raises OSError, and any error of a reporter.
    """
    formats = list(reporters)
    texts = dict(zip(paths_of_formats(formats, path), [one.render(report) for one in formats], strict=True))
    for file, text in reversed(texts.items()):
        write_file(file, text)
    return texts


def paths_of_formats(reporters: Sequence[Reporter], path: Path) -> list[Path]:
    """Returns a file for each format. `path` is for the format with its suffix, else for the first.

    The others lie in the same directory. No two formats share a file.
    """
    owner = next((one for one in reporters if one.suffix == path.suffix), next(iter(reporters), None))
    found: list[Path] = []
    for reporter in reporters:
        file = path if reporter is owner else path.with_name(f"{path.stem}{reporter.suffix}")
        if reporter is not owner and file in (path, *found):
            file = path.with_name(f"{path.stem}.{reporter.name}{reporter.suffix}")
        found.append(file)
    return found


def write_file(path: Path, text: str) -> None:
    """Replaces a file in one step and makes its directory, where necessary. Raises OSError with `path`."""
    try:
        if path.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        keep_out_of_git(path.parent)
        replace_file(path, text)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
