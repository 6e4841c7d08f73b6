"""What everyone who measures has in common: data of this process and of others, and a component's numbers in it."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import coverage
from coverage.exceptions import CoverageException, CoverageWarning

from ..model.evidence import Component, Coverage
from ..model.text import plural, safe
from . import core
from .analysis import analyse
from .contexts import Scope, also, foreign, own, pattern
from .installed import directory, imported_files, installed_copies
from .reachable import Reach


class Recorder:
    """Collects coverage data of this process and of others, and reads a component's numbers from it."""

    measured_by = "pytest-maturity"
    sends = True  # does a worker send its data home itself?

    def __init__(self, root: Path, components: Sequence[Component]) -> None:
        self._root = root
        self._began_in = Path.cwd()
        self._installed = installed_copies(components)
        self._imported_before = imported_files(components)
        self._others: list[coverage.CoverageData] = []
        self._tracer_was_lost = False
        self._analyst: coverage.Coverage | None = None
        self._reach: Reach | None = None
        self.asked: dict[str, set[str]] = {}  # whose tests asked for a fixture that several may share, see contexts
        self._divided = False  # was anybody told for whom something was executed?
        self._coverage: coverage.Coverage | None = None

    @property
    def copies(self) -> Mapping[Path, Path]:
        """The components' files as installed elsewhere, with the source that each is a copy of."""
        return self._installed

    def _sources(self, components: Iterable[Component]) -> list[str]:
        """The directories to look at for these components: their own, and those of their installed copies."""
        known = list(components)
        files = {path for one in known for path in one.files}
        copies = {str(directory(copy)) for copy, file in self._installed.items() if file in files}
        return [*sorted({str(directory(source)) for one in known for source in one.sources}), *sorted(copies)]

    def running(self) -> coverage.Coverage | None:
        """The Coverage object that measures, None where there is none (any more)."""
        return self._coverage

    def start(self) -> None:
        """Begin to measure."""

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """While the gate itself works, and no code of a component, see nothing."""
        yield

    def switch(self, scope: Scope | None) -> None:
        """From now on, what is executed is of this scope; without one, it counts for all."""
        self._divided = True
        running = self.running()
        if running is not None:
            # Where it was stopped there is nothing to attribute.
            with quiet(), contextlib.suppress(CoverageException):
                seen = self._has_seen()
                running.switch_context(str(scope or ""))
                if seen:
                    core.tell_again()

    def _has_seen(self) -> bool:
        """Was anything executed since the last switch? Yes, where that cannot be told."""
        return True

    def stop(self) -> None:
        """Stop measuring; the data stays."""

    def close(self) -> None:
        """Close what was opened, and remove what was left on disk."""
        for data in [*self._others, *([self._analyst.get_data()] if self._analyst else [])]:
            data.close(force=True)

    def data(self) -> list[coverage.CoverageData]:
        """Everything collected so far."""
        running = self.running()
        with quiet():
            own = [running.get_data()] if running is not None else []
        return own + self._others

    def dump(self) -> bytes:
        """The data as bytes for another process, see `absorb`."""
        merged = coverage.CoverageData(no_disk=True)
        try:
            for data in self.data():
                merged.update(data, map_path=lambda name: str(self._absolute(name)))
            return merged.dumps()
        finally:
            merged.close(force=True)

    def absorb(self, dumped: bytes, moved: Mapping[str, str] = MappingProxyType({})) -> None:
        """Add what another process measured, whose directories have other names here: `moved`."""
        data = coverage.CoverageData(no_disk=True)
        data.loads(dumped)
        if moved:
            here = coverage.CoverageData(no_disk=True)
            here.update(data, map_path=lambda name: relocated(name, moved))
            data.close(force=True)
            data = here
        self._others.append(data)

    def hear(self, asked: Mapping[str, Iterable[str]]) -> None:
        """Whose tests asked for which fixture, here or in another process."""
        for key, names in asked.items():
            self.asked.setdefault(key, set()).update(names)

    def export(self, components: Iterable[Component]) -> dict[str, Any]:
        """Everything that was measured, as plain data for a MergedRecorder on another machine."""
        problems = {one.name: self.measure(one).problem for one in components}
        return {**self.state(), "problems": problems, **({"data": ""} if all(problems.values()) else {})}

    def state(self) -> dict[str, Any]:
        """What was measured so far, as plain data; see `take`."""
        running = self.running()
        return {
            "measured_by": self.measured_by,
            "branch": running is not None and bool(running.get_option("run:branch")),
            "tracer_was_lost": self._tracer_was_lost or self._tracer_is_lost(),
            "settings": self.settings(),
            "imported_before": sorted(os.path.relpath(path, self._root) for path in self._imported_before),
            "problems": {},
            "asked": {key: sorted(names) for key, names in self.asked.items()},
            "data": self.dump().hex(),
        }

    def settings(self) -> str:
        """The file that coverage.py is configured by, empty where there is none."""
        running = self.running()
        found = running.config.config_file if running is not None else None
        return os.path.relpath(found, self._root) if found else ""

    def take(self, exported: Mapping[str, Any], moved: Mapping[str, str] = MappingProxyType({})) -> None:
        """Add what `state` or `export` told elsewhere. Raises KeyError, TypeError and ValueError for anything else."""
        self._tracer_was_lost |= bool(exported["tracer_was_lost"])
        self._imported_before |= {self._root / str(path) for path in exported["imported_before"]}
        self.hear(exported["asked"])
        data = str(exported["data"])
        if data:
            self.absorb(bytes.fromhex(data), moved)

    def measure(self, component: Component) -> Coverage:
        """The component's coverage; a module that nobody imported counts as not covered."""
        running = self.running()
        if running is None:
            return self._failed("nothing measured coverage")
        try:
            with quiet(), inside(self._root):
                old = self._outdated_copy()
                if old is not None:
                    return self._failed(
                        f"the tests imported an outdated copy of the component, {old}: install it again"
                    )
                return self._measure(running, component)
        except Exception as error:  # whatever it is: a test may have patched sqlite3, or filled the disk
            return self._failed(f"coverage could not be told: {error}")

    def _failed(self, problem: str) -> Coverage:
        return Coverage(problem=problem, measured_by=self.measured_by)

    def _outdated_copy(self) -> Path | None:
        """An installed file that was executed and is not what the component is today."""
        executed = {self._absolute(name) for data in self.data() for name in data.measured_files()}
        copies = (path for path in self._installed if path in executed)
        return next((path for path in copies if path.read_bytes() != self._installed[path].read_bytes()), None)

    def _absolute(self, name: str) -> Path:
        return self._began_in / name

    def _measure(self, running: coverage.Coverage, component: Component) -> Coverage:
        if self._analyst is None:
            self._analyst = self._merged(running)
        data = self._analyst.get_data()
        contexts, static = data.measured_contexts(), str(running.get_option("run:context") or "")
        if self._divided or any(map(Scope.read, contexts)):
            if strange := foreign(contexts, static):
                return self._failed(
                    f"somebody else names contexts ({safe(strange[0], 120)}), so what was executed for whom cannot be "
                    "told: measure without --cov-context and dynamic_context, or one component at a time"
                )
            data.set_query_contexts(None)
            data.set_query_contexts([self._pattern(component, data)])
        return self._read(self._analyst, data, component)

    def _pattern(self, component: Component, data: coverage.CoverageData) -> str:
        """The contexts in which code of the component was executed, and that count for it."""
        if self._reach is None:
            scopes = filter(None, map(Scope.read, data.measured_contexts()))
            self._reach = Reach(self._root, {module for scope in scopes for module in scope.modules})
        reach = self._reach
        by_file = {path: data.contexts_by_lineno(str(path)) for path in component.files}
        contexts = {one for by_line in by_file.values() for found in by_line.values() for one in found}
        count = own(component, contexts, self._root, self.asked)

        def executed(path: Path, line: int) -> bool:
            return path not in by_file or not count.isdisjoint(by_file[path].get(line, ()))

        return pattern(count | also(contexts - count, lambda: reach.of(component, executed)))

    def _merged(self, running: coverage.Coverage) -> coverage.Coverage:
        """All data in one place, in memory, with the settings of the one that measured."""
        config, branch = running.config.config_file or False, bool(running.get_option("run:branch"))
        analyst = coverage.Coverage(data_file=None, config_file=config, branch=branch)
        analyst.set_option("run:relative_files", False)
        for part in self.data():
            analyst.get_data().update(part, map_path=self._map)
        return analyst

    def _read(self, analyst: coverage.Coverage, data: coverage.CoverageData, component: Component) -> Coverage:
        measured = data.measured_files()
        files = tuple(analyse(analyst, component.files, self._root))
        if not files:
            return self._failed("the coverage configuration omits every file of the component")
        if not self._sees_everything() and not any(str(path) in measured for path in component.files):
            return self._failed(f"{self.measured_by} did not look at the component: measure its sources, too")
        return Coverage(
            files=files,
            branch=bool(data.has_arcs()),
            measured_by=self.measured_by,
            notes=tuple(self._notes(component, measured)),
        )

    def _tracer_is_lost(self) -> bool:
        """Has somebody taken the tracer away?"""
        return False

    def _sees_everything(self) -> bool:
        """Was every file of the components sure to be looked at?"""
        return True

    def _map(self, path: str) -> str:
        absolute = self._absolute(path)
        return str(self._installed.get(absolute, absolute))

    def _notes(self, component: Component, measured: set[str]) -> Iterator[str]:
        if not any(str(path) in measured for path in component.files):
            yield "no module of the component was imported"
        if self._tracer_was_lost:
            yield "a test took the tracer away: what was executed after that is missing"
        early = [path for path in component.files if path in self._imported_before]
        if early:
            yield (
                f"{plural(len(early), 'module')} were imported before measurement began ({early[0].name}): "
                "their import-time lines are missing; run `coverage run -m pytest`"
            )


def relocated(name: str, moved: Mapping[str, str]) -> str:
    """A file's name where its directory is called otherwise; the longest directory that fits counts."""
    for before in sorted(moved, key=len, reverse=True):
        if name.startswith(before.rstrip(os.sep) + os.sep):
            return moved[before] + name[len(before.rstrip(os.sep)) :]
    return name


@contextlib.contextmanager
def inside(path: Path) -> Iterator[None]:
    """Work in a directory: coverage.py looks for its configuration there, and resolves patterns against it."""
    try:
        before = os.getcwd()  # noqa: PTH109  # a string, to go back to
    except FileNotFoundError:  # a test removed it
        before = str(path)
    os.chdir(path)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.chdir(before)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let no warning of coverage.py become an error of the tests: what matters is told in the notes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)
        yield
