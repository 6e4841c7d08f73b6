"""The base class of all recorders: coverage data of this process and of others, and a component's coverage in it."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import coverage
from coverage.exceptions import CoverageException, CoverageWarning

from ..model.evidence import Claim, Component, Coverage
from ..model.paths import path_from_root
from ..model.text import first_few, safe
from . import core
from .analysis import analyse_files
from .contexts import (
    Scope,
    find_foreign_contexts,
    make_pattern,
    name_kind,
    select_import_contexts,
    select_own_contexts,
)
from .directory import change_directory
from .imported import ImportedModules
from .installed import (
    GENERATED,
    find_directory,
    find_imported_files,
    find_installed_copies,
    find_link_targets,
    is_same_code,
)
from .members import find_member_settings, find_unapplied_options
from .reachable import ReachableModules


class Recorder:
    """Collects coverage data of this process and of others, and computes a component's coverage from it."""

    measured_by = "pytest-maturity"
    sends_data = True  # a worker sends its data to the controller

    def __init__(self, root: Path, components: Sequence[Component]) -> None:
        self._root = root
        self._start_directory = Path.cwd()  # measured file names may be relative to it
        self._installed = find_installed_copies(components)
        self._targets = find_link_targets(components)
        self._imported = ImportedModules(components, self._installed)
        self._imported_before = find_imported_files(components)
        self._received: list[coverage.CoverageData] = []  # from other processes
        self._same: dict[Path, bool] = {}  # installed copies that were compared with their source
        self._tracer_was_lost = False
        self._was_paused = False  # by a tracer of coverage.py that a plugin started later
        self._merged: coverage.Coverage | None = None  # all data, once a component was measured
        self._reachable: ReachableModules | None = None
        self.requesters: dict[str, set[str]] = {}  # components whose tests request a shared fixture, by key
        self._has_scopes = False  # code was assigned to scopes
        self._coverage: coverage.Coverage | None = None

    @property
    def copies(self) -> Mapping[Path, Path]:
        """The installed files that are copies of the components' files, each with its source file."""
        return self._installed

    def _list_sources(self, components: Iterable[Component]) -> list[str]:
        """Returns the directories to measure for these components.

        Their own, those of their installed copies, and those that files lie in to which links of theirs lead.
        """
        known = list(components)
        files = {path for one in known for path in one.files}
        own = {str(find_directory(source)) for one in known for source in one.sources}
        copies = {str(find_directory(copy)) for copy, file in self._installed.items() if file in files}
        targets = {str(target.parent) for file, target in self._targets.items() if file in files}
        targets.discard(Path(self._root.anchor).as_posix())  # coverage.py refuses to measure a whole file system
        return [*sorted(own), *sorted(copies), *sorted(targets - own)]

    def find_running(self) -> coverage.Coverage | None:
        """Returns the Coverage object that measures; None before the start, and where its owner has none any more."""
        return self._coverage

    def start(self) -> None:
        """Starts to measure."""

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Measures nothing in the `with` block, where the plugin itself works and no code of a component."""
        yield

    def switch(self, scope: Scope | None) -> None:
        """Assigns what is executed from now on to a scope; None: it counts for every component."""
        self._has_scopes = True
        running = self.find_running()
        if running is not None:
            with ignore_warnings(), contextlib.suppress(CoverageException):  # it raises where it was stopped
                may_have_data = self._may_have_data()
                running.switch_context(str(scope or ""))
                if may_have_data:
                    core.restart_events()

    def _may_have_data(self) -> bool:
        """Whether measured code was executed since the last switch; True where that is unknown."""
        return True

    def stop(self) -> None:
        """Stops to measure; the data stays."""

    def close(self) -> None:
        """Closes all data and removes its files."""
        for data in [*self._received, *([self._merged.get_data()] if self._merged else [])]:
            data.close(force=True)

    def collect_data(self) -> list[coverage.CoverageData]:
        """Returns everything that was collected so far."""
        running = self.find_running()
        with ignore_warnings():
            own = [running.get_data()] if running is not None else []
        return own + self._received

    # ── data for and from other processes ────────────────────────────────────

    def to_dict(self, components: Iterable[Component] = (), *, with_data: bool = True) -> dict[str, Any]:
        """Returns what was measured so far, as plain data for `merge` in another process or on another machine.

        It has the problems with which the coverage of `components` is unknown here. Without data it has only what
        coverage.py does not store.
        """
        running = self.find_running()
        self._imported.record()
        problems = {component.name: self.compute_coverage(component).problem for component in components}
        has_data = with_data and not (problems and all(problems.values()))
        return {
            "measured_by": self.measured_by,
            "branch": running is not None and bool(running.get_option("run:branch")),
            "tracer_was_lost": self._tracer_was_lost or self._tracer_is_lost(),
            "was_paused": self._was_paused,
            "settings": self._find_configuration_file(),
            "imported_before": sorted(os.path.relpath(path, self._root) for path in self._imported_before),
            "imported": self._imported.to_dict(),
            "problems": problems,
            "requesters": {key: sorted(names) for key, names in self.requesters.items()},
            "data": self._dump_data().hex() if has_data else "",
        }

    def merge(self, data: Mapping[str, Any], moved: Mapping[str, str] = MappingProxyType({})) -> None:
        """Adds the result of another process's `to_dict`. Raises KeyError, TypeError and ValueError for anything else.

        `moved` maps directories of the other machine to the same directories on this one.
        """
        self._tracer_was_lost |= bool(data["tracer_was_lost"])
        self._was_paused |= bool(data["was_paused"])
        self._imported_before |= {self._root / str(path) for path in data["imported_before"]}
        self._imported.merge(
            {name: [relocate(path, moved) for path in paths] for name, paths in data["imported"].items()}
        )
        for key, names in data["requesters"].items():
            self.add_requesters(key, names)
        if dumped := str(data["data"]):
            self._load_data(bytes.fromhex(dumped), moved)

    def add_requesters(self, key: str, components: Iterable[str]) -> None:
        """Adds the names of components whose tests requested a shared fixture."""
        self.requesters.setdefault(key, set()).update(components)

    def _find_configuration_file(self) -> str:
        """Returns the path of coverage.py's configuration file from the root, empty without one."""
        running = self.find_running()
        found = running.config.config_file if running is not None else None
        return os.path.relpath(found, self._root) if found else ""

    def _dump_data(self) -> bytes:
        """Returns all data with absolute file names, in the format of CoverageData.dumps."""
        merged = coverage.CoverageData(no_disk=True)
        try:
            for data in self.collect_data():
                merged.update(data, map_path=lambda name: str(self._make_absolute(name)))
            return merged.dumps()
        finally:
            merged.close(force=True)

    def _load_data(self, dumped: bytes, moved: Mapping[str, str]) -> None:
        """Adds what `_dump_data` returned, with file names of this machine. Raises CoverageException."""
        data = coverage.CoverageData(no_disk=True)
        data.loads(dumped)
        if moved:
            relocated = coverage.CoverageData(no_disk=True)
            relocated.update(data, map_path=lambda name: relocate(name, moved))
            data.close(force=True)
            data = relocated
        self._received.append(data)

    # ── the coverage of a component ──────────────────────────────────────────

    def compute_coverage(self, component: Component) -> Coverage:
        """Returns the component's coverage; a module that no test imported counts as not covered."""
        return self._compute_for(component, component)

    def compute_coverage_of_kind(self, component: Component, kind: str, tests: Iterable[Claim]) -> Coverage:
        """Returns the coverage by a component's tests of one kind, as if they had run alone.

        `tests` are the test files that have some. It is recorded only where the tests ran in scopes with their kinds.
        """
        user = replace(component, name=name_kind(component.name, kind), tests=tuple(tests))
        return self._compute_for(component, user)

    def _compute_for(self, component: Component, user: Component) -> Coverage:
        """Returns the component's coverage by the code that counts for `user`: itself, or a kind of its tests."""
        running = self.find_running()
        if running is None:
            return self._make_unknown("nothing measured coverage")
        if self._was_paused:
            return self._make_unknown("a plugin, such as pytest-testmon, measured in its place: run without it")
        try:
            with ignore_warnings(), change_directory(self._root):
                if problem := self.find_other_code(component) or self._find_unapplied_settings(running, component):
                    return self._make_unknown(problem)
                return self._compute(running, user)
        except Exception as error:  # of any type: a test may have patched sqlite3, or filled the disk
            return self._make_unknown(f"coverage could not be measured: {error}")

    def _find_unapplied_settings(self, running: coverage.Coverage, component: Component) -> str:
        """Returns which settings of the component's own project this run does not apply, else ""."""
        file = find_member_settings(component, self._root)
        options = file and find_unapplied_options(running, file, component.files)
        if not file or not options:
            return ""
        name, place = (safe(path_from_root(path, self._root), 200) for path in (file, file.parent))
        applied = safe(self._find_configuration_file(), 200) or "no file"
        return (
            f"{name} sets {', '.join(options)} of coverage.py, and this run has the settings of {applied}: "
            f"judge it in a session of its own, with --rootdir={place}"
        )

    def find_other_code(self, component: Component) -> str:
        """Returns from where the tests imported other code than the component's sources, else ""."""
        self._imported.record()
        with contextlib.suppress(Exception):  # a test may have patched sqlite3: then coverage is unknown anyway
            if copy := self._find_outdated_copy(component):
                return f"the tests imported an outdated installed copy of the component, {copy}: install it again"
        foreign = self._imported.find_foreign(component)
        for name, (path, own) in sorted(foreign.items()):
            shown, expected = (safe(path_from_root(Path(one), self._root), 300) for one in (path, own))
            more = f", and {len(foreign) - 1} more" * (len(foreign) > 1)
            return f"the tests imported {safe(name, 120)} from {shown}, not from {expected}{more}"
        return ""

    def find_files_below(self, component: Component) -> set[Path]:
        """Returns the files below the component's sources that were executed: Python files and byte code."""
        found = self._imported.find_files_below(component)
        if self._merged is not None:
            sources = tuple(f"{source}{os.sep}" for source in component.sources)
            known = {*map(str, component.files), *map(str, self.find_link_targets(component))}
            with contextlib.suppress(Exception):  # as in find_other_code
                data = self._merged.get_data()
                data.set_query_contexts(None)
                names = (name for name in data.measured_files() if name.startswith(sources) and name.endswith(".py"))
                new = (name for name in names if name not in known and data.lines(name))
                found.update(path for path in map(Path, new) if path.exists())  # byte code names a source that is gone
        return found

    def find_link_targets(self, component: Component) -> set[Path]:
        """Returns the files to which files of the component lead that are links."""
        return {self._targets[path] for path in component.files if path in self._targets}

    def _make_unknown(self, problem: str) -> Coverage:
        """Returns unknown coverage."""
        return Coverage(problem=problem, measured_by=self.measured_by)

    def _find_outdated_copy(self, component: Component) -> Path | None:
        """Returns an installed file that was executed and differs from its source file."""
        own = set(component.files)
        copies = {path for path, file in self._installed.items() if file in own and not self._is_same(path)}
        if not copies:
            return None
        executed = {Path(path) for path in self._imported.list_files()}
        for data in self.collect_data():
            named = ((self._make_absolute(name), name) for name in data.measured_files())
            executed.update(path for path, name in named if path in copies and data.lines(name))
        return next((path for path in sorted(copies & executed) if path.name != GENERATED), None)

    def _is_same(self, copy: Path) -> bool:
        """Whether an installed copy is the same code as its source."""
        if copy not in self._same:
            self._same[copy] = is_same_code(copy, self._installed[copy])
        return self._same[copy]

    def _make_absolute(self, name: str) -> Path:
        """Returns the absolute path of a measured file."""
        return self._start_directory / name

    def _compute(self, running: coverage.Coverage, component: Component) -> Coverage:
        """Merges all data, selects the contexts that count for the component, and reads its coverage."""
        if self._merged is None:
            self._merged = self._merge_data(running)
        data = self._merged.get_data()
        contexts, static = data.measured_contexts(), str(running.get_option("run:context") or "")
        if self._has_scopes or any(map(Scope.parse, contexts)):
            if foreign := find_foreign_contexts(contexts, static):
                return self._make_unknown(
                    f"there are contexts of another plugin ({safe(foreign[0], 120)}), so code cannot be assigned to "
                    "components: measure without --cov-context and dynamic_context, or one component at a time"
                )
            data.set_query_contexts(None)
            data.set_query_contexts([self._make_pattern(component, data)])
        return self._read(self._merged, data, component)

    def _make_pattern(self, component: Component, data: coverage.CoverageData) -> str:
        """Returns a regular expression for the contexts that count for the component and have executed code of it."""
        if self._reachable is None:
            scopes = filter(None, map(Scope.parse, data.measured_contexts()))
            self._reachable = ReachableModules(self._root, {module for scope in scopes for module in scope.modules})
        reachable = self._reachable
        by_file = {path: data.contexts_by_lineno(self._find_measured_path(path)) for path in component.files}
        contexts = {one for by_line in by_file.values() for found in by_line.values() for one in found}
        counted = select_own_contexts(component, contexts, self._root, self.requesters)

        def was_executed(path: Path, line: int) -> bool:
            return path not in by_file or not counted.isdisjoint(by_file[path].get(line, ()))

        imports = select_import_contexts(contexts - counted, lambda: reachable.find(component, was_executed))
        return make_pattern(counted | imports)

    def _merge_data(self, running: coverage.Coverage) -> coverage.Coverage:
        """Returns a Coverage object with all data, in memory, and the settings of the one that measured."""
        config, branch = running.config.config_file or False, bool(running.get_option("run:branch"))
        merged = coverage.Coverage(data_file=None, config_file=config, branch=branch)
        merged.set_option("run:relative_files", False)
        for part in self.collect_data():
            merged.get_data().update(part, map_path=self._find_source_path)
        return merged

    def _read(self, merged: coverage.Coverage, data: coverage.CoverageData, component: Component) -> Coverage:
        """Returns the component's coverage in merged data; unknown where none of its files was measured."""
        measured = data.measured_files()
        files = tuple(analyse_files(merged, component.files, self._root))
        if not files:
            return self._make_unknown("the coverage configuration omits every file of the component")
        if not self._measures_all_files() and not self._was_measured(component, measured):
            return self._make_unknown(f"{self.measured_by} did not measure the component: measure its sources, too")
        return Coverage(
            files=files,
            branch=bool(data.has_arcs()),
            measured_by=self.measured_by,
            notes=tuple(self._list_notes(component, measured)),
        )

    def _tracer_is_lost(self) -> bool:
        """Whether something removed the tracer."""
        return False

    def _measures_all_files(self) -> bool:
        """Whether the tracer was started for all files of the components."""
        return True

    def _find_source_path(self, path: str) -> str:
        """Returns the path of a measured file; of an installed copy that of its source file."""
        absolute = self._make_absolute(path)
        source = self._installed.get(absolute)
        return str(absolute) if source is None or not self._is_same(absolute) else self._find_measured_path(source)

    def _find_measured_path(self, path: Path) -> str:
        """Returns the path by which coverage.py knows a file of a component: of a link that of its target."""
        return str(self._targets.get(path, path))

    def _was_measured(self, component: Component, measured: set[str]) -> bool:
        """Whether the data has a file of the component."""
        return any(self._find_measured_path(path) in measured for path in component.files)

    def _list_notes(self, component: Component, measured: set[str]) -> Iterator[str]:
        """Yields what may be missing in the numbers."""
        if not self._was_measured(component, measured):
            yield "no module of the component was imported"
        if self._tracer_was_lost:
            yield "a test removed the tracer: what was executed after that is missing"
        early = [path for path in component.files if path in self._imported_before]
        if early:
            yield (
                "imported before the measurement started, so that import-time lines are missing: "
                f"{first_few([path.name for path in early])}; run `coverage run -m pytest`"
            )


def relocate(name: str, moved: Mapping[str, str]) -> str:
    """Returns the path of a file whose directory was moved; the longest of the directories that it lies in counts."""
    for directory in sorted(moved, key=len, reverse=True):
        if name.startswith(directory.rstrip(os.sep) + os.sep):
            return moved[directory] + name[len(directory.rstrip(os.sep)) :]
    return name


@contextlib.contextmanager
def ignore_warnings() -> Iterator[None]:
    """Keeps warnings of coverage.py from becoming errors of the tests: the notes of the result say what matters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)
        yield
