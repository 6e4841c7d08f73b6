"""A tracer of our own measures."""

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
from .recorder import Recorder, inside, quiet

# What the project's own configuration may say, and what decides here instead.
OURS: dict[str, Any] = {
    "source_pkgs": [],
    "source_dirs": [],
    "include": [],
    "context": None,
    "dynamic_context": None,
    "relative_files": False,
}


class OwnRecorder(Recorder):
    """A tracer of our own, with the components' sources as its scope and the project's settings."""

    def __init__(self, root: Path, components: Sequence[Component]) -> None:
        super().__init__(root, components)
        self._components = components
        self._owners = self._owners_of_files()
        self._narrowed_to: frozenset[str] | None = None
        self._own = ""  # where this process's data is
        self._scope: Scope | None = None
        self._was_written = False  # what was executed since the last switch?
        self._stopped = False
        self._directory = Path(tempfile.mkdtemp(prefix="pytest-maturity-"))

    def _owners_of_files(self) -> dict[str, set[str]]:
        """The components that a file counts for, also that of an installed copy."""
        owners: dict[str, set[str]] = {}
        for component in self._components:
            for path in component.files:
                owners.setdefault(str(path), set()).add(component.name)
        return owners | {str(copy): owners[str(path)] for copy, path in self._installed.items()}

    def start(self) -> None:
        """Begin to measure. Raises ConfigError where coverage.py's own configuration is wrong."""
        try:
            with inside(self._root), quiet():
                running = coverage.Coverage(
                    data_file=str(self._directory / "coverage"), source=self._sources(self._components), messages=False
                )
                for name, value in OURS.items():
                    with contextlib.suppress(CoverageException):  # an option that this version does not have
                        running.set_option(f"run:{name}", value)
                core.choose(running)
                running.start()
                self._own = core.data_file(running)
        except (CoverageException, ImportError, ValueError) as error:
            raise ConfigError(f"coverage.py cannot start with its configuration: {error}") from error
        self._coverage = running
        self._tracer = core.tracer()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Take away the trace function, which doubles the time of all that it sees; sys.monitoring costs nothing."""
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            yield
        finally:
            sys.settrace(tracer)

    def switch(self, scope: Scope | None) -> None:
        with contextlib.suppress(CoverageException, OSError):  # one that is not finished is taken later
            self._take_children()
        self._scope = scope
        super().switch(scope)
        self._was_written = False
        names = None if scope is None else scope.components
        if names != self._narrowed_to:
            self._narrowed_to = names
            self._narrow(names)

    def _has_seen(self) -> bool:
        return self._was_written or self._coverage is None or core.holds_data(self._coverage)

    def _narrow(self, names: frozenset[str] | None) -> None:
        """Pass over what counts for none of these components: what is executed of it now counts for nobody."""
        if self._coverage is not None and not self._stopped:
            with contextlib.suppress(Exception):  # it only saves time, and a test may have patched coverage.py
                owners = self._owners
                core.narrow(self._coverage, lambda path: names is None or not names.isdisjoint(owners.get(path, ())))

    def _take_children(self) -> None:
        """What subprocesses have left was executed in the scope that ends."""
        for path in sorted(self._directory.glob("coverage.*")):
            if str(path) != self._own:
                self._others.append(labelled(load(path), str(self._scope or "")))
                path.unlink()

    def _end(self) -> None:
        """Stop the Coverage object that measures."""
        assert self._coverage is not None
        self._tracer_was_lost |= self._tracer_is_lost()
        with quiet():
            self._coverage.stop()

    def _tracer_is_lost(self) -> bool:
        return not self._stopped and core.tracer() != self._tracer

    def data(self) -> list[coverage.CoverageData]:
        """Everything collected so far, by subprocesses of the tests, too."""
        self._take_children()
        self._was_written = True
        return super().data()

    def stop(self) -> None:
        if self._coverage is not None and not self._stopped:
            try:
                self._end()
            finally:
                self._stopped = True

    def close(self) -> None:
        try:
            super().close()
            if self._coverage is not None:
                with quiet():
                    self._coverage.get_data().close(force=True)
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)


def load(path: Path) -> coverage.CoverageData:
    """The data that a subprocess of the tests left. Raises CoverageException where it is not whole."""
    data = coverage.CoverageData(str(path))
    try:
        data.read()
    except CoverageException:
        data.close(force=True)
        raise
    return data


def labelled(data: coverage.CoverageData, context: str) -> coverage.CoverageData:
    """The same data in another context, in memory."""
    found = coverage.CoverageData(no_disk=True)
    found.set_context(context)
    for name in data.measured_files():
        if data.has_arcs():
            found.add_arcs({name: data.arcs(name) or ()})
        else:
            found.add_lines({name: data.lines(name) or ()})
    data.close(force=True)
    return found
