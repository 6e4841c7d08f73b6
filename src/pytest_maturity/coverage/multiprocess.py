"""Coverage of processes that `multiprocessing` starts, where the project configures `concurrency = multiprocessing`.

coverage.py patches multiprocessing so that each new process measures itself, with the settings of a file: the
project's, which names another data file than the gate's tracer. So the processes get a file of their own, and their
data comes to the directory in which the data of all subprocesses is collected.
"""

from __future__ import annotations

import contextlib
import multiprocessing.process
import os
from collections.abc import Iterator, Mapping
from multiprocessing import spawn
from pathlib import Path
from typing import Any

import coverage
from coverage.multiproc import PATCHED_MARKER

from . import core

NAME = "multiprocessing"
VARIABLE = "COVERAGE_RCFILE"
# Options of the section `run` that decide what a process measures.
COPIED_OPTIONS = ("branch", "concurrency", "core", "disable_warnings", "omit", "plugins", "sigterm", "source", "timid")


class MultiprocessingPatch:
    """coverage.py's patch of multiprocessing, with settings that name the gate's data file, until `undo` is called."""

    def __init__(self, running: coverage.Coverage, directory: Path) -> None:
        """`directory` is where the processes write their data, beside the settings."""
        self._running = running
        self._settings = directory / "processes.ini"
        self._previous: dict[str, Any] = {}

    @contextlib.contextmanager
    def apply(self) -> Iterator[None]:
        """Starts `running` in the `with` block, so that it patches multiprocessing where the project wants it."""
        if NAME not in core.read_concurrency(self._running):
            yield
            return
        self._settings.write_text(make_settings(self._running, self._settings.parent / "coverage"), "utf-8")
        config = self._running.config
        self._previous = {
            "bootstrap": multiprocessing.process.BaseProcess._bootstrap,  # type: ignore[attr-defined]  # private
            "preparation": spawn.get_preparation_data,
            "marker": vars(multiprocessing).pop(PATCHED_MARKER, None),
            "variable": os.environ.get(VARIABLE),
        }
        project_file = config.config_file
        config.config_file = str(self._settings)
        try:
            yield
        finally:
            config.config_file = project_file

    def undo(self) -> None:
        """Restores multiprocessing: processes of a later run in this process must not look for these settings."""
        previous, self._previous = self._previous, {}
        if not previous:
            return
        multiprocessing.process.BaseProcess._bootstrap = previous["bootstrap"]  # type: ignore[attr-defined]  # as above
        spawn.get_preparation_data = previous["preparation"]
        vars(multiprocessing).pop(PATCHED_MARKER, None)
        if previous["marker"] is not None:
            setattr(multiprocessing, PATCHED_MARKER, previous["marker"])
        if previous["variable"] is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = previous["variable"]


def make_settings(running: coverage.Coverage, data_file: Path) -> str:
    """Returns a configuration file of coverage.py with the settings of a tracer, for other processes.

    Its format: https://coverage.readthedocs.io/en/latest/config.html. A dollar sign is doubled there, because
    coverage.py replaces environment variables.
    """
    sections: dict[str, dict[str, Any]] = {"run": {"data_file": data_file, "parallel": True, "relative_files": False}}
    for name in COPIED_OPTIONS:
        with contextlib.suppress(coverage.CoverageException):  # an option that this version does not have
            sections["run"][name] = running.get_option(f"run:{name}")
    for plugin in sections["run"]["plugins"] or ():
        sections[plugin] = dict(running.config.get_plugin_options(plugin))
    return "".join(f"[{name}]\n{format_options(options)}" for name, options in sections.items())


def format_options(options: Mapping[str, object]) -> str:
    """Returns the lines of options in the configuration file: a list has one value a line."""
    lines = ""
    for name, value in options.items():
        values = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
        if value is not None and values:
            lines += f"{name} = " + "\n    ".join(values) + "\n"
    return lines.replace("$", "$$")
