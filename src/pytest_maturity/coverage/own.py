"""Coverage by a tracer that the plugin starts itself."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import coverage
from coverage.exceptions import CoverageException

from ..model.errors import ConfigError
from ..model.evidence import Component
from . import core
from .contexts import Scope
from .directory import change_directory
from .multiprocess import MultiprocessingPatch
from .recorder import Recorder, ignore_warnings

# Options of the project's own coverage configuration that the plugin decides instead.
OVERRIDDEN_OPTIONS: dict[str, Any] = {
    "source_pkgs": [],
    "source_dirs": [],
    "include": [],
    "context": None,
    "dynamic_context": None,
    "relative_files": False,
}


class OwnRecorder(Recorder):
    """Starts a tracer for the components' sources, with the project's settings."""

    def __init__(self, root: Path, components: Sequence[Component]) -> None:
        super().__init__(root, components)
        self._components = components
        self._owners = self._find_owners()
        self._traced_for: frozenset[str] | None = None  # the components whose files are traced; None: all
        self._data_file = ""  # of this process; subprocesses write others in the same directory
        self._scope: Scope | None = None
        self._was_written = False  # the data since the last switch
        self._stopped = False
        self._directory = Path(tempfile.mkdtemp(prefix="pytest-maturity-"))

    def _find_owners(self) -> dict[str, set[str]]:
        """Returns the components that each file counts for, also those of an installed copy."""
        owners: dict[str, set[str]] = {}
        for component in self._components:
            for path in component.files:
                owners.setdefault(self._find_measured_path(path), set()).add(component.name)
        return owners | {str(copy): owners[self._find_measured_path(path)] for copy, path in self._installed.items()}

    def start(self) -> None:
        """Starts to measure. Raises ConfigError where coverage.py's own configuration is wrong."""
        try:
            with change_directory(self._root), ignore_warnings():
                running = coverage.Coverage(
                    data_file=str(self._directory / "coverage"),
                    source=self._list_sources(self._components),
                    messages=False,
                )
                for name, value in OVERRIDDEN_OPTIONS.items():
                    with contextlib.suppress(CoverageException):  # an option that this version does not have
                        running.set_option(f"run:{name}", value)
                core.choose_core(running)
                self._multiprocessing = MultiprocessingPatch(running, self._directory)
                with self._multiprocessing.apply(), core.without_call_stack():
                    running.start()
                self._data_file = core.find_data_file(running)
        except (CoverageException, ImportError, ValueError) as error:
            raise ConfigError(f"coverage.py cannot start with its configuration: {error}") from error
        self._coverage = running
        self._tracer = core.find_tracer()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Removes the trace function, which doubles the time of all code it follows; sys.monitoring costs nothing."""
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            yield
        finally:
            sys.settrace(tracer)

    def switch(self, scope: Scope | None) -> None:
        with contextlib.suppress(CoverageException, OSError):  # a file that is not complete yet is taken later
            self._collect_subprocess_data()
        self._scope = scope
        super().switch(scope)
        self._was_written = False
        components = None if scope is None else scope.components
        if components != self._traced_for:
            self._traced_for = components
            self._trace_only(components)

    def _may_have_data(self) -> bool:
        return self._was_written or self._coverage is None or core.has_unwritten_data(self._coverage)

    def _trace_only(self, components: frozenset[str] | None) -> None:
        """Traces only files of these components, as long as the scope counts for no others."""
        if self._coverage is not None and not self._stopped:
            owners = self._owners
            with contextlib.suppress(Exception):  # it only saves time, and a test may have patched coverage.py
                core.trace_only(
                    self._coverage,
                    lambda path: components is None or not components.isdisjoint(owners.get(path, ())),
                )

    def _collect_subprocess_data(self) -> None:
        """Takes the data of subprocesses of the tests: they were executed in the scope that ends."""
        for path in sorted(self._directory.glob("coverage.*")):
            if str(path) != self._data_file and not path.name.endswith("-journal"):  # SQLite's, of a file in writing
                self._received.append(copy_with_context(read_data_file(path), str(self._scope or "")))
                path.unlink()

    def _tracer_is_lost(self) -> bool:
        return not self._stopped and core.find_tracer() != self._tracer

    def collect_data(self) -> list[coverage.CoverageData]:
        """Returns everything that was collected so far, also by subprocesses of the tests."""
        self._collect_subprocess_data()
        self._was_written = True
        return super().collect_data()

    def _merge_data(self, running: coverage.Coverage) -> coverage.Coverage:
        """Returns the running Coverage object where it has all data, by the names of the sources: it costs no copy."""
        is_whole = len(self.collect_data()) == 1 and not self._installed
        return running if is_whole else super()._merge_data(running)

    def stop(self) -> None:
        if self._coverage is not None and not self._stopped:
            try:
                self._tracer_was_lost |= self._tracer_is_lost()
                self._was_paused = core.has_later_tracer(self._coverage)
                with ignore_warnings():
                    if not self._was_paused:  # else coverage.py refuses to stop it
                        self._coverage.stop()
            finally:
                self._stopped = True
                self._multiprocessing.undo()

    def close(self) -> None:
        try:
            super().close()
            if self._coverage is not None:
                with ignore_warnings():
                    self._coverage.get_data().close(force=True)
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)


def read_data_file(path: Path) -> coverage.CoverageData:
    """Returns the data that a subprocess of the tests wrote. Raises CoverageException where it is not complete."""
    data = coverage.CoverageData(str(path))
    try:
        data.read()
    except CoverageException:
        data.close(force=True)
        raise
    return data


def copy_with_context(data: coverage.CoverageData, context: str) -> coverage.CoverageData:
    """Returns the same data in another context, in memory, and closes the given one."""
    found = coverage.CoverageData(no_disk=True)
    found.set_context(context)
    for name in data.measured_files():
        if data.has_arcs():
            found.add_arcs({name: data.arcs(name) or ()})
        else:
            found.add_lines({name: data.lines(name) or ()})
    data.close(force=True)
    return found
