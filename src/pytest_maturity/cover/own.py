"""A tracer of our own measures."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import coverage
from coverage.exceptions import CoverageException

from ..errors import ConfigError
from ..model import Component
from . import core
from .contexts import context_of
from .recorders import Recorder, inside, quiet

# What the project's own configuration may say, and what decides here instead.
OURS: dict[str, Any] = {
    "source_pkgs": [],
    "source_dirs": [],
    "include": [],
    "dynamic_context": None,
    "relative_files": False,
}


class OwnRecorder(Recorder):
    """A tracer of our own, with the components' sources as its scope and the project's settings."""

    def __init__(self, root: Path, components: Sequence[Component], groups: bool) -> None:
        super().__init__(root, components)
        self._components = components
        self._groups = groups
        self._owners = self._owners_of_files()
        self._one_each = False  # has each group a Coverage object of its own?
        self._stopped = False
        self._ended = coverage.CoverageData(no_disk=True)  # what the Coverage objects of earlier groups saw
        self._others.append(self._ended)
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
            self._begin(self._components)
            self._one_each = self._groups and core.is_monitored(self._coverage)
        except (CoverageException, ImportError, ValueError) as error:
            raise ConfigError(f"coverage.py cannot start with its configuration: {error}") from error

    def _begin(self, components: Iterable[Component], context: str = "") -> None:
        """Measure these components with a new Coverage object; with a context, all that it sees is of that context."""
        with inside(self._root), quiet():
            running = coverage.Coverage(
                data_file=None if context else str(self._directory / "coverage"),
                source=self._sources(components),
                messages=False,
            )
            for name, value in {**OURS, "context": context or None}.items():
                with contextlib.suppress(CoverageException):  # an option that this version does not have
                    running.set_option(f"run:{name}", value)
            core.choose(running, self._groups)
            running.start()
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

    def switch(self, group: Iterable[str]) -> None:
        """From now on, what is executed counts for these components only.

        sys.monitoring has no contexts to switch between, so there each group has a Coverage object of its own.
        """
        names = frozenset(group)
        if self._coverage is None or self._stopped or not self._one_each:
            super().switch(names)
            self._narrow(names)
            return
        try:
            self._end()
            with quiet():
                seen = self._coverage.get_data()  # warns where the group executed nothing of the components
                self._ended.update(seen)
                seen.close(force=True)
            core.forget(self._coverage)
            own = [one for one in self._components if one.name in names]
            self._begin(own or self._components, context_of(names))  # without a source it would look at everything
        except Exception:  # whatever a test patched: the run goes on, with less covered
            self._tracer_was_lost = True

    def _narrow(self, names: frozenset[str]) -> None:
        """Pass over what counts for none of these components: what is executed of it now counts for nobody."""
        if self._coverage is not None and not self._stopped:
            with contextlib.suppress(Exception):  # it only saves time, and a test may have patched coverage.py
                core.narrow(self._coverage, lambda path: not names.isdisjoint(self._owners.get(path, ())))

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
        left = [] if self._stopped else [load(path) for path in sorted(self._directory.glob("coverage.*"))]
        return super().data() + left

    def stop(self) -> None:
        if self._coverage is not None and not self._stopped:
            try:
                self._end()
            finally:
                self._stopped = True
            with quiet():
                self._others += [load(path) for path in sorted(self._directory.glob("coverage.*"))]

    def close(self) -> None:
        try:
            super().close()
            if self._coverage is not None:
                with quiet():
                    self._coverage.get_data().close(force=True)
        finally:
            shutil.rmtree(self._directory, ignore_errors=True)


def load(path: Path) -> coverage.CoverageData:
    """The data that a subprocess of the tests left."""
    data = coverage.CoverageData(str(path))
    data.read()
    return data
