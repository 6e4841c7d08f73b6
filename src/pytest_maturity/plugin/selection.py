"""Hands pytest the components' test files, and knows which test belongs to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ..discovery.components import DOCTEST_RULE, MARKER_RULE
from ..discovery.imports import MARKER
from ..model.evidence import Component, Gap
from ..model.names import identity
from ..model.text import plural, safe
from . import deselection

# Options that let a run leave out tests without anybody deselecting them.
SILENT_OPTIONS = {"lf": "--last-failed", "stepwise": "--stepwise", "stepwise_skip": "--stepwise-skip"}


# Settings of which another value collects other tests.
COLLECTING = ("python_files", "python_classes", "python_functions", "norecursedirs", "testpaths", "addopts")


class Selection:
    """Which test files belong to which component. `given_paths` are the paths that the user asked for.

    pytest is handed the few top directories of the claimed files and ignores
    everything else in them: handing it every file would take time that grows with
    the square of their number.
    """

    def __init__(
        self, config: pytest.Config, root: Path, components: Sequence[Component], is_test_name: Callable[[str], bool]
    ) -> None:
        self._config = config
        self._root = root
        self._components = components
        self._is_test_name = is_test_name
        self._owners: dict[str, frozenset[str]] = {}
        self._marked: dict[str, frozenset[str]] = {}
        self._keys: dict[str, list[str]] = {}  # a component's test files
        self._doctested: set[str] = set()
        self._above: dict[pytest.Collector | None, frozenset[str] | None] = {None: None}
        for component in components:
            keys = self._keys[component.name] = []
            for claim in component.tests:
                key = claim.path.relative_to(root).as_posix()
                keys.append(key)
                own = frozenset() if claim.rule == MARKER_RULE else frozenset({component.name})
                self._owners[key] = self._owners.get(key, frozenset()) | own
                if claim.rule == DOCTEST_RULE:
                    self._doctested.add(key)
        arguments = [str(argument) for argument in config.invocation_params.args]
        by_user = config.args_source is pytest.Config.ArgsSource.ARGS
        self.given_paths = [path for path in config.args if by_user and path in arguments]
        files = [config.rootpath / key for key in self._owners]
        self._wanted = {str(path) for file in files for path in (file, *file.parents)}

    @property
    def paths(self) -> list[str]:
        """The top directories of the claimed files, and the files that only a path makes test files."""
        return list(dict.fromkeys(map(self._argument, self._owners)))

    def _argument(self, key: str) -> str:
        top, below, _ = key.partition("/")
        if not self._is_test_name(key.rpartition("/")[2]) and key not in self._doctested:
            return str(self._config.rootpath / key)
        return str(self._config.rootpath / top) if below else str(self._config.rootpath)

    def apply(self) -> None:
        """Make pytest collect the components' test files and nothing else, unless the user gave paths."""
        if not self.given_paths:
            self._config.args = self.paths
            self._config.args_source = pytest.Config.ArgsSource.ARGS

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Pass over what is not claimed; whether the rest is ignored, the project decides."""
        return None if self.given_paths or str(collection_path) in self._wanted else True

    def assign(self, item: pytest.Item) -> bool:
        """Does a test belong to a judged component? Remembers whose it is, where a marker says so.

        The marker is its own, or that of its class or module.
        """
        names = self._named_by(item) if item.own_markers else None
        if names is None:
            parent = item.parent
            names = self._above[parent] if parent in self._above else self._named_above(parent)
        if names is None:
            return bool(self.owners(item.nodeid))
        self._marked[item.nodeid] = names
        return bool(names)

    def _named_above(self, node: Any) -> frozenset[str] | None:
        """The components that the closest marker of a collector names; remembered, because its tests all ask."""
        if node not in self._above:
            own = self._named_by(node)
            self._above[node] = self._named_above(node.parent) if own is None else own
        return self._above[node]

    def _named_by(self, node: pytest.Item | pytest.Collector) -> frozenset[str] | None:
        """The components that a node's own marker names, None where it has none."""
        marker = next((marker for marker in node.own_markers if marker.name == MARKER), None)
        if marker is None:
            return None
        wanted = {identity(str(name)) for name in marker.args}
        return frozenset(one.name for one in self._components if identity(one.name) in wanted)

    @property
    def marked_tests(self) -> dict[str, list[str]]:
        """The tests that a marker gives to components, as plain data; see `merge_marked_tests`."""
        return {nodeid: sorted(names) for nodeid, names in self._marked.items()}

    def merge_marked_tests(self, marked: dict[str, list[str]]) -> None:
        """Add what a worker knows about markers."""
        self._marked.update({nodeid: frozenset(names) for nodeid, names in marked.items()})

    def owners(self, nodeid: str) -> frozenset[str]:
        """The names of the judged components that a test belongs to."""
        if nodeid in self._marked:
            return self._marked[nodeid]
        return self._owners.get(nodeid.partition("::")[0], frozenset())

    def group_by_component(self, nodeids: Iterable[str]) -> Callable[[str], set[str]]:
        """What tells the tests of one judged component, as `owners` has them: all at once would be a lot of memory."""
        files: defaultdict[str, list[str]] = defaultdict(list)
        marked: defaultdict[str, list[str]] = defaultdict(list)
        for nodeid in nodeids:
            if nodeid not in self._marked:
                files[nodeid.partition("::")[0]].append(nodeid)
            for name in self._marked.get(nodeid, ()):
                marked[name].append(nodeid)

        def tests_of(name: str) -> set[str]:
            own = (key for key in self._keys[name] if name in self._owners[key])
            return {*marked[name], *(nodeid for key in own for nodeid in files.get(key, ()))}

        return tests_of

    def find_uncollected_files(self, seen: set[str]) -> list[str]:
        """Claimed test files that pytest did not collect."""
        return [path for path in self._owners if path not in seen]

    def find_gaps(self, component: Component, unseen: set[str]) -> list[Gap]:
        """What was left out of this component's tests before any test was collected."""
        own = self._keys[component.name]
        lost = [path for path in own if path in unseen]
        found = []
        if not own or self._doctested.issuperset(own):
            found.append(Gap(cause="no-tests", message=f"no test file belongs to {component.name}"))
        if self.given_paths:
            paths = ", ".join(safe(path, 120) for path in self.given_paths[:3])
            words = f"only what the command line names was run: {paths}"
            found.append(Gap(cause="partial", message=words))
        for name, option in SILENT_OPTIONS.items():
            if getattr(self._config.option, name, False):
                found.append(Gap(cause="partial", message=f"{option} may leave tests out"))
        for override in self._config.option.override_ini or ():
            if override.partition("=")[0].strip() in COLLECTING:
                found.append(Gap(cause="partial", message=f"-o {safe(override, 120)} may leave tests out"))
        return [*found, *self._ignored(lost)] if not self.given_paths else found

    def _ignored(self, lost: Iterable[str]) -> Iterator[Gap]:
        """Claimed test files that were not collected, by what kept them out."""
        ignored: dict[str, list[str]] = {}
        for path in lost:
            ignored.setdefault(deselection.ignored_by(self._config, self._root / path), []).append(path)
        for by_whom, paths in ignored.items():
            words = f"{plural(len(paths), 'test file')} ignored by {by_whom}: {', '.join(paths[:3])}"
            yield Gap(cause="ignored", message=words)

    def stopped_by(self, failures: int, uncollectable: list[str]) -> str:
        """What ended the run after so many failures, or because of what could not be collected; empty: nothing did."""
        return deselection.stopped_by(self._config, failures, uncollectable)
