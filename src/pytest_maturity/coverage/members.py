"""Settings of coverage.py that a member of a repository has for itself, and that a run of the whole cannot apply.

Coverage is measured for a process with one set of settings: those of pytest's root directory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import coverage
from coverage.exceptions import CoverageException
from coverage.files import GlobMatcher, prep_patterns

from ..model.evidence import Component
from ..tools.settings import find_coverage_settings, find_directory
from .directory import change_directory

# Options of `run` that change what is measured; the gate chooses the sources itself, and `omit` is compared by file.
DECISIVE_OPTIONS = ("branch", "concurrency", "plugins", "patch")


def find_member_settings(component: Component, root: Path) -> Path | None:
    """Returns the file below the root with coverage settings for the component's sources; None without one."""
    place = find_directory(component, root, lambda path: find_coverage_settings(path) is not None)
    return find_coverage_settings(root / place) if place else None


def find_unapplied_options(running: coverage.Coverage, file: Path, files: Iterable[Path]) -> list[str]:
    """Returns the options in a member's settings `file` with which the run does not measure the member's `files`.

    Raises CoverageException where coverage.py cannot read the file.
    """
    with change_directory(file.parent):
        own = coverage.Coverage(data_file=None, config_file=str(file), messages=False)
        omitted = set(list_omitted(own, files))
    default = coverage.Coverage(data_file=None, config_file=False, messages=False)
    found = [
        name
        for name in DECISIVE_OPTIONS
        if get_option(own, name) not in (get_option(default, name), get_option(running, name))
    ]
    return found + ["omit"] * (not omitted <= set(list_omitted(running, files)))


def get_option(settings: coverage.Coverage, name: str) -> Any:
    """Returns an option of `run`: a list as a set, None where this version of coverage.py does not have it."""
    try:
        value: Any = settings.get_option(f"run:{name}")
    except CoverageException:
        return None
    return frozenset(value) if isinstance(value, list) else value


def list_omitted(settings: coverage.Coverage, files: Iterable[Path]) -> Iterator[Path]:
    """Yields the files that the settings omit; relative patterns start at the working directory."""
    patterns: Any = settings.get_option("run:omit") or []
    omit = GlobMatcher(prep_patterns(patterns), "omit")
    return (path for path in files if omit.match(str(path)))
