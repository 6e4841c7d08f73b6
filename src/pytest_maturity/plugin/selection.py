"""Selects the test files that pytest collects, and finds the components that a test belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from ..coverage import name_kind
from ..discovery.components import DOCTEST_RULE, MARKER_RULE
from ..discovery.imports import MARKER, defines_anything, find_importer
from ..discovery.project import ProjectLayout
from ..evidence.outcomes import OutcomeLog
from ..model.evidence import Claim, Component, Gap, GapCause
from ..model.kinds import UNIT, KindRule, find_kind, find_kinds_of_path
from ..model.names import component_table, identity, normalize
from ..model.paths import find_conftests
from ..model.text import first_few, plural, safe
from . import deselection

# Options that may skip whole files, of which pytest deselects nothing; they may deselect tests as well.
# The last is pytest-picked's.
SILENT_OPTIONS = {
    "lf": "--last-failed", "stepwise": "--stepwise", "stepwise_skip": "--stepwise-skip", "picked": "--picked"
}  # fmt: skip


class Selection:
    """The test files of the judged components, and the owners of each test: the components that it belongs to.

    pytest gets the few top directories of these files as its arguments and ignores everything else in them: with every
    file as an argument, its start takes time that grows with the square of their number.
    `given_paths` are the paths on the command line; with any, pytest collects those instead.
    """

    def __init__(
        self,
        config: pytest.Config,
        root: Path,
        components: Sequence[Component],
        layout: ProjectLayout,
        log: OutcomeLog,
        kinds: Sequence[KindRule] = (),
        *,
        holds_untested: bool = False,
    ) -> None:
        """`log` keeps the owners and the kinds of tests by their markers, also those of other processes.

        `kinds` are the rules of the kinds of tests; without any, nothing is recorded of them. `holds_untested`: a
        component without tests is held, because all components were asked for, and not those that have some.
        """
        self._cause_of_no_tests: GapCause = "untested" if holds_untested else "no-tests"
        self._config = config
        self._root = root
        self._components = components
        self._layout = layout
        # A file is known by its path from the root, as in node ids.
        self._owners: dict[str, frozenset[str]] = {}
        self._files: dict[str, list[str]] = {}  # by component
        self._partial_claims: dict[str, dict[str, Claim]] = {}  # by file and component
        self._doctest_files: set[str] = set()
        self._log = log
        self._kinds = kinds
        self._kind_markers = frozenset(marker for rule in kinds for marker in rule.markers)
        self._add_kind = cache(add_kind)
        self._find_kind = cache(partial(find_kind, kinds))
        self.list_kinds_of_file = cache(partial(find_kinds_of_path, kinds))
        self._marked_nodes: dict[pytest.Collector | None, frozenset[str] | None] = {None: None}
        for component in components:
            files = self._files[component.name] = []
            for claim in component.tests:
                file = claim.path.relative_to(root).as_posix()
                files.append(file)
                own = frozenset() if claim.rule == MARKER_RULE else frozenset({component.name})
                self._owners[file] = self._owners.get(file, frozenset()) | own
                if claim.nodes:
                    self._partial_claims.setdefault(file, {})[component.name] = claim
                if claim.rule == DOCTEST_RULE:
                    self._doctest_files.add(file)
        arguments = [str(argument) for argument in config.invocation_params.args]
        by_user = config.args_source is pytest.Config.ArgsSource.ARGS
        self.given_paths = [path for path in config.args if by_user and path in arguments]
        here = config.invocation_params.dir
        places = [(path.partition("::")[0], "::" in path) for path in self.given_paths]
        self._given = [((here / place).resolve(), is_part) for place, is_part in places]
        paths = [config.rootpath / file for file in self._owners]
        self._collected_paths = {str(one) for path in paths for one in (path, *path.parents)}

    # ── collection ───────────────────────────────────────────────────────────

    @property
    def arguments(self) -> list[str]:
        """The top directories of the test files, and the files that pytest collects only as arguments."""
        return list(dict.fromkeys(map(self._choose_argument, self._owners)))

    def _choose_argument(self, file: str) -> str:
        """Returns the argument that makes pytest collect a test file: its top directory, or the file itself."""
        top, is_below, _ = file.partition("/")
        path = str(self._config.rootpath / file)
        is_found = self._layout.is_test_file(path) or self._layout.is_custom_file(path)
        if not is_found and file not in self._doctest_files:
            return str(self._config.rootpath / file)
        return str(self._config.rootpath / top) if is_below else str(self._config.rootpath)

    def apply(self, runs_tests: bool) -> None:
        """Makes pytest collect the components' test files and nothing else, unless the user gave paths.

        Nothing is collected where no test is to run.

        Several components are judged as if each ran alone, and so are several kinds of tests: what cannot be collected
        does not stop the others.
        """
        if not self.given_paths or not runs_tests:
            self._config.args = self.arguments if runs_tests else []
            self._config.args_source = pytest.Config.ArgsSource.ARGS
        if len(self._components) > 1 or self._kinds:  # a file that cannot be collected says nothing of the others
            self._config.option.continue_on_collection_errors = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Ignores what is no test file of a component, nor above one; for others the project's own rules decide."""
        return None if self.given_paths or str(collection_path) in self._collected_paths else True

    # ── the owners of a test ─────────────────────────────────────────────────

    def assign(self, item: pytest.Item) -> bool:
        """Whether a test belongs to a judged component. Records its owners where a marker names them.

        The closest marker counts: the test's own, its class's or its module's.
        """
        names = self._read_marker(item) if item.own_markers else None
        if names is None:
            parent = item.parent
            names = self._marked_nodes[parent] if parent in self._marked_nodes else self._find_inherited_names(parent)
        if names is None:
            return bool(self.owners(item.nodeid))
        self._log.record_marked(item.nodeid, names)
        return bool(names)

    def _find_inherited_names(self, node: Any) -> frozenset[str] | None:
        """Returns the components that the closest marker above a test names; kept, because many tests share it."""
        if node not in self._marked_nodes:
            own = self._read_marker(node)
            self._marked_nodes[node] = self._find_inherited_names(node.parent) if own is None else own
        return self._marked_nodes[node]

    def _read_marker(self, node: pytest.Item | pytest.Collector) -> frozenset[str] | None:
        """Returns the components that a node's own marker names, None where it has none."""
        marker = next((marker for marker in node.own_markers if marker.name == MARKER), None)
        if marker is None:
            return None
        named = {identity(str(name)) for name in marker.args}
        return frozenset(one.name for one in self._components if identity(one.name) in named)

    def owners(self, nodeid: str) -> frozenset[str]:
        """Returns the names of the judged components that a test belongs to."""
        if nodeid in self._log.marked:
            return self._log.marked[nodeid]
        file = nodeid.partition("::")[0]
        owners = self._owners.get(file, frozenset())
        if claims := self._partial_claims.get(file):
            owners = frozenset(name for name in owners if name not in claims or claims[name].has_test(nodeid))
        return owners

    def count_tests(self, nodeids: Iterable[str], name: str) -> int:
        """Returns how many of the tests belong to a component, or to none where `name` is empty."""
        owners = map(self.owners, nodeids)
        return sum(name in names if name else not names for names in owners)

    def make_test_finder(self, nodeids: Iterable[str]) -> Callable[[str], set[str]]:
        """Returns a function from a component's name to its tests: it makes one set at a time, to save memory."""
        by_file: defaultdict[str, list[str]] = defaultdict(list)
        marked: defaultdict[str, list[str]] = defaultdict(list)
        for nodeid in nodeids:
            if nodeid not in self._log.marked:
                by_file[nodeid.partition("::")[0]].append(nodeid)
            for name in self._log.marked.get(nodeid, ()):
                marked[name].append(nodeid)

        def tests_of(name: str) -> set[str]:
            own = (file for file in self._files[name] if name in self._owners[file])
            found = {*marked[name], *(nodeid for file in own for nodeid in by_file.get(file, ()))}
            return {nodeid for nodeid in found if name in self.owners(nodeid)} if self._partial_claims else found

        return tests_of

    def list_files(self, name: str) -> list[str]:
        """Returns the paths of a component's test files, from the root."""
        return self._files[name]

    def list_files_below(self, directory: str) -> list[str]:
        """Returns the paths of the components' test files in a directory, from the root; none for that of a file."""
        return [file for file in self._owners if file.startswith(f"{directory}/")] if directory else []

    # ── the kind of a test ───────────────────────────────────────────────────

    def record_kinds(self, items: Iterable[pytest.Item]) -> None:
        """Records the kinds of tests, by the markers that they have now: one that is added later changes nothing."""
        if self._kinds:
            self._log.record_kinds({item.nodeid: self._find_kind_of_item(item) for item in items})

    def _find_kind_of_item(self, item: pytest.Item) -> str:
        markers = self._kind_markers.intersection(marker.name for marker in item.iter_markers())
        return self._find_kind(item.nodeid.partition("::")[0], markers)

    def kind_of(self, nodeid: str) -> str:
        """Returns the kind of a test; empty where it is not known, and where no kinds are configured.

        A test, or a file in place of its tests, that was not collected has its kind by its path.
        """
        if known := self._log.kinds.get(nodeid):
            return known
        possible = self.list_kinds_of_file(nodeid.partition("::")[0])
        return possible[0] if len(possible) == 1 else ""

    def find_users(self, nodeid: str) -> frozenset[str]:
        """Returns the names of those for whom a test runs: the components, and where kinds are configured, the kinds.

        Code and failures that tests share belong to each of them.
        """
        owners = self.owners(nodeid)
        return self._add_kind(owners, self.kind_of(nodeid)) if self._kinds else owners

    def list_files_with(self, tests: Iterable[str], component: Component) -> list[Claim]:
        """Returns the test files of a component that have some of the tests."""
        files = {self._root / nodeid.partition("::")[0] for nodeid in tests}
        return [claim for claim in component.tests if claim.path in files]

    def group_by_kind(self, tests: Iterable[str]) -> dict[str, set[str]]:
        """Returns the tests of each kind that has some, see `kind_of`: `unit` first, the others as configured."""
        groups: dict[str, set[str]] = {kind: set() for kind in (UNIT, *(rule.kind for rule in self._kinds), "")}
        for nodeid in tests:
            groups[self.kind_of(nodeid)].add(nodeid)
        return {kind: own for kind, own in groups.items() if own}

    # ── gaps ─────────────────────────────────────────────────────────────────

    def is_given(self, path: Path) -> bool:
        """Whether pytest was to collect a file, as a whole or in part: without paths on the command line, each file."""
        return not self._given or any(place == path or place in path.parents for place, _ in self._given)

    def is_given_in_part(self, path: Path) -> bool:
        """Whether the command line names tests of a file, and not the file or a directory above it."""
        found = [is_part for place, is_part in self._given if place == path or place in path.parents]
        return bool(found) and all(found)

    def find_uncollected_files(self, collected: set[str]) -> list[str]:
        """Returns the components' test files that are not in `collected`, but for those that pytest may pass over."""
        missing = (file for file in self._owners if file not in collected)
        return [file for file in missing if not self._layout.is_custom_file(str(self._root / file))]

    def should_have_tests(self, file: str) -> bool:
        """Whether a test file of a component must yield a test, by its path from the root.

        None is expected of a file without definitions, of one that other tests import, of the component's own code that
        is searched for doctests, and of what only a pattern for all files makes a test file, such as `*.py`.
        """
        path = self._root / file
        if path.suffix != ".py":
            return False
        is_test = self._layout.is_test_module(str(path)) or not self._layout.is_test_file(str(path))
        if file not in self._owners or file in self._doctest_files or not is_test or not defines_anything(path):
            return False
        conftests = find_conftests(self._layout.test_files, self._root)
        others = (one for one in (*self._layout.test_files, *sorted(conftests)) if one != path)
        return find_importer(path.stem, others) is None

    def find_gaps(self, component: Component, uncollected: set[str], stopped_by: str) -> list[Gap]:
        """Returns what was left out of a component's tests before its tests were collected.

        `stopped_by` is what ended the collection early, empty where nothing did.
        """
        files = self._files[component.name]
        found = []
        if not files:
            found.append(Gap(cause=self._cause_of_no_tests, message=self._describe_no_tests(component)))
        if left_out := [file for file in files if not self.is_given(self._root / file)]:
            paths = ", ".join(safe(path, 120) for path in self.given_paths[:3])
            message = f"only the paths on the command line were run: {paths}"
            found.append(Gap(cause="partial", message=message, kinds=self._list_kinds(left_out)))
        for name, option in SILENT_OPTIONS.items():
            if getattr(self._config.option, name, False):
                found.append(Gap(cause="partial", message=f"{option} may leave tests out"))
        # Of a file that is given in part, pytest reports no collection; its other tests are known one by one.
        whole = (file for file in files if file not in left_out and not self.is_given_in_part(self._root / file))
        found += self._find_ignored_gaps((file for file in whole if file in uncollected), stopped_by)
        return found

    def find_missing_nodes(self, component: Component, tests: Collection[str]) -> Iterator[Gap]:
        """Yields a gap for node ids of the configuration that name no test of the component."""
        claims = {
            file: named[component.name] for file, named in self._partial_claims.items() if component.name in named
        }
        own = {file: [one for one in tests if one.startswith(f"{file}::")] for file in claims}
        missing = [
            f"{file}::{node}"
            for file, claim in claims.items()
            for node in claim.nodes
            if self.is_given(self._root / file) and not self.is_given_in_part(self._root / file)
            if file in self._log.collected_files
            and file not in self._log.outcomes  # it has one: it was not collected
            and not any(replace(claim, nodes=(node,)).has_test(nodeid) for nodeid in own[file])
        ]
        if missing:
            table = component_table(component.name)
            yield Gap(cause="uncollected", message=f"no test has the node id in {table}.tests: {first_few(missing)}")

    def _list_kinds(self, files: Iterable[str]) -> tuple[str, ...]:
        """Returns the kinds of tests that these files have by their paths; none where a file may have any kind."""
        possible = list(map(self.list_kinds_of_file, files))
        return tuple(sorted({kind for kinds in possible for kind in kinds})) if all(possible) else ()

    def _describe_no_tests(self, component: Component) -> str:
        """Returns that a component has no test file, and which were looked for."""
        name = normalize(component.name.rpartition(".")[2])
        layout = self._layout
        roots = (*layout.test_roots, *(() if layout.test_paths_only else layout.source_roots))
        names = (layout.relative_path(root) for root in roots)
        places = ", ".join(dict.fromkeys("the project" if one == "." else one for one in names))
        files = f"test_{name}*.py, {name}_test.py, a directory {name}"
        imports = f", and what imports {first_few(component.imports)}" if component.imports else ""
        return f"no test file belongs to {component.name}: looked for {files}{imports}, in {places}"

    def _find_ignored_gaps(self, files: Iterable[str], stopped_by: str) -> Iterator[Gap]:
        """Yields a gap for each option or plugin that kept test files from being collected, and kind of tests.

        Where the collection was stopped, that is the reason, and no plugin.
        """
        by_reason: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for file in files:
            reason = deselection.find_ignore_reason(self._config, self._root / file)
            by_reason.setdefault((reason, self.list_kinds_of_file(file)), []).append(file)
        for (reason, _), ignored in by_reason.items():
            count, paths = plural(len(ignored), "test file"), ", ".join(ignored[:3])
            kinds = self._list_kinds(ignored)
            if stopped_by and reason == deselection.PLUGIN:
                message = f"{count} not collected, because of {stopped_by}: {paths}"
                yield Gap(cause="unfinished", message=message, kinds=kinds)
            else:
                yield Gap(cause="ignored", message=f"{count} ignored by {reason}: {paths}", kinds=kinds)

    def find_stop_reason(self, failures: int, uncollectable: list[str]) -> str:
        """Returns what ended the run early, see `deselection.find_stop_reason`; empty: nothing did."""
        return deselection.find_stop_reason(self._config, failures, uncollectable)

    def can_stop_collection(self, uncollectable: list[str]) -> bool:
        """Whether a collection error ends the collection: with -x or --maxfail. Else the other files are collected."""
        return bool(uncollectable and self._config.option.maxfail)


def add_kind(owners: frozenset[str], kind: str) -> frozenset[str]:
    """Returns the names of components, each also with a kind of its tests."""
    return owners | {name_kind(owner, kind) for owner in owners}
