"""Finds the components that a change can affect: through their own files, and through what they import.

A component is affected where one of its files changed, and where its code, its tests or their conftest.py files use
something affected, over any number of steps. Whatever cannot be attributed affects every component. The tests of a
component are no way to others: who imports the component, imports not them.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from ..model.affected import Link, Reason
from ..model.evidence import Component
from ..model.light_dataclass import light_dataclass
from ..model.names import identity, insert_name
from ..model.text import safe
from .components import DOCTEST_RULE, MARKER_RULE
from .importers import Importers, Target, Use, is_below_any, is_code
from .naming_rules import find_spellings
from .project import CONFTEST, PACKAGE, ProjectLayout

DOCUMENTATION = frozenset({".md", ".rst"})
LICENSES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS")


class UnattributedError(Exception):
    """A change that may affect every component; the message says why."""


@light_dataclass(frozen=True, slots=True, kw_only=True)
class BaseClaims:
    """The test files of each component at the merge base, by the component's identity and by paths of today.

    The values are the node ids that the configuration names in the file, and whether a marker made it the component's.
    """

    by_component: Mapping[str, Mapping[Path, tuple[tuple[str, ...], bool]]]

    @classmethod
    def read(cls, components: Iterable[Component], copy: Path, root: Path) -> BaseClaims:
        """Returns the tests of components that were found in a copy of the project at `root`."""
        tests = {identity(one.name): describe_tests(one) for one in components}
        return cls(
            by_component={
                name: {root / path.relative_to(copy): value for path, value in own.items()}
                for name, own in tests.items()
            }
        )


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The components of a project, with their tests, and what decides about files outside of them.

    * `started`: the files of the project that pytest itself has loaded, before any test; `settings` are the texts of
      its settings, which may name modules.
    * `passed_over`: the sources of components that `all` leaves out.
    * `at_base`: the tests at the merge base; None where the change cannot have moved any.
    * `find_owners` returns those of the components that may own some of the test files, with their tests: for
      components without their tests, where no test has changed.
    """

    layout: ProjectLayout
    components: Sequence[Component]
    specs: Sequence[str] = ()
    passed_over: Sequence[Path] = ()
    started: Sequence[Path] = ()
    settings: str = ""
    at_base: BaseClaims | None = None
    find_owners: Callable[[Sequence[Component], Sequence[Path]], Sequence[Component]] | None = None


@dataclass(slots=True)
class Found:
    """The affected components by name, those of them whose code is affected, and the other affected files."""

    components: dict[str, Reason] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    files: dict[Path, Reason] = field(default_factory=dict)


def find_affected(project: Project, changed: Sequence[Path]) -> dict[str, Reason]:
    """Returns the names of the affected components with their reasons, in the order of the components.

    Raises UnattributedError where every component may be affected.
    """
    found = Search(project, changed).run()
    return {one.name: found[one.name] for one in project.components if one.name in found}


class Search:
    """One search, from the changed files backward to what uses them."""

    def __init__(self, project: Project, changed: Sequence[Path]) -> None:
        self._project, self._changed = project, changed
        self._layout = project.layout
        self._importers = Importers(project.layout, [path for path in changed if not path.exists()])
        self._found = Found()
        self._pending: deque[tuple[Target, Reason]] = deque()
        self._tests = index_tests(project.components)

    def run(self) -> dict[str, Reason]:
        """Returns the reasons by the components' names. Raises UnattributedError."""
        self._compare_tests()
        is_code_changed = False
        for path in self._changed:
            is_code_changed |= self._start(path)
        if is_code_changed:
            for path in self._importers.find_computing():
                link = Link(file=self._relative(path), verb="computes")
                self._add_user(path, Reason(changed=self._relative(self._changed[0]), links=(link,)))
        self._follow()
        self._add_owners()
        return self._found.components

    # ── where the search starts ──────────────────────────────────────────────

    def _start(self, path: Path) -> bool:
        """Starts at a changed file; returns whether it is code, or lies among code. Raises UnattributedError."""
        reason = Reason(changed=self._relative(path))
        if not path.is_relative_to(self._layout.root):
            raise UnattributedError(f"{reason.changed} changed, outside of the project")
        if owners := self._find_owners(path):
            for component in owners:
                self._add_source(component, reason)
        elif named := self._find_specified(path):
            for name in named:
                self._found.components.setdefault(name, reason)
            return False
        elif is_code(path) and not path.is_dir():
            self._start_at_module(path, reason)
        elif path in self._tests or self._was_test(path):
            self._add_file(path, reason)
        elif self._is_documentation(path):
            self._pending.append((self._importers.make_text_target(path), reason))
            return False
        elif not is_below_any(path, self._project.passed_over):
            raise UnattributedError(f"{reason.changed} changed, which is no file of a component")
        return True

    def _find_owners(self, path: Path) -> list[Component]:
        """Returns the components whose code a file belongs to; tests among the code, and conftests, are none of it."""
        if path.name == CONFTEST or (path in self._tests and not is_code(path)):
            return []
        return [
            one
            for one in self._project.components
            for source in one.sources
            if path == source
            or (source in path.parents and not (is_code(path) and self._layout.is_test_path(path, source)))
        ]

    def _start_at_module(self, path: Path, reason: Reason) -> None:
        """Starts at a changed Python file that is no component's code. Raises UnattributedError for one without use."""
        if path == self._layout.root / CONFTEST:
            raise UnattributedError(f"{reason.changed} changed, which every test uses")
        is_test = path in self._tests or self._was_test(path)
        is_conftest = path.name == CONFTEST and any(path.parent in test.parents for test in self._tests)
        if not is_test and not is_conftest and not is_below_any(path, self._project.passed_over):
            users = self._importers.find_users(self._importers.make_file_target(path))
            if not any(use.is_import for use in users):
                raise UnattributedError(f"{reason.changed} changed, which no component is known to use")
        self._add_file(path, reason)

    def _is_documentation(self, path: Path) -> bool:
        """Whether a file is text for people: not among the tests, and no file that pytest collects."""
        if is_below_any(path, self._layout.test_roots) or self._layout.is_test_file(str(path)) or path.is_dir():
            return False
        return path.suffix in DOCUMENTATION or path.stem in LICENSES

    def _find_specified(self, path: Path) -> list[str]:
        """Returns the names of the components that a file may specify, whether it exists or not."""
        relative = self._importers.relative_path(path)
        patterns = [pattern.replace("**/", "*") for pattern in self._project.specs]  # here, * crosses directories
        patterns = [pattern for pattern in patterns if fnmatchcase(relative, insert_name(pattern, "*"))]
        found = [
            one.name
            for one in self._project.components
            for spelling in (one.name, one.name.rpartition(".")[2], *find_spellings(one.name, extra=one.spellings))
            if any(fnmatchcase(relative, insert_name(pattern, spelling)) for pattern in patterns)
        ]
        if patterns and not found:
            raise UnattributedError(f"{self._relative(path)} changed, the specification of no known component")
        return found

    def _compare_tests(self) -> None:
        """Adds the components whose test files are not those of the merge base, and those that it does not have."""
        if self._project.at_base is None:
            return
        before = self._project.at_base.by_component
        for component in self._project.components:
            name = identity(component.name)
            now = describe_tests(component)
            if name not in before:
                place = self._relative(component.sources[0])
                self._found.components[component.name] = Reason(changed=place, is_new=True)
                continue
            moved = sorted(path for path in {*now, *before[name]} if now.get(path) != before[name].get(path))
            if moved:
                self._found.components[component.name] = Reason(changed=self._relative(moved[0]), has_other_tests=True)

    def _was_test(self, path: Path) -> bool:
        """Whether a file was the test of a component at the merge base."""
        at_base = self._project.at_base
        return at_base is not None and any(path in tests for tests in at_base.by_component.values())

    # ── what uses it ─────────────────────────────────────────────────────────

    def _follow(self) -> None:
        """Follows the uses of everything affected."""
        while self._pending:
            target, reason = self._pending.popleft()
            for use in self._importers.find_users(target):
                self._add_user(use.file, extend(reason, self._make_link(use, target)))

    def _add_owners(self) -> None:
        """Adds the components of the affected test files, where these are looked for last."""
        if self._project.find_owners is None:
            return
        folders = [path.parent for path in self._found.files if path.name == CONFTEST]
        tests = [
            path
            for path in self._layout.test_files
            if path in self._found.files or any(folder in path.parents for folder in folders)
        ]
        self._tests = index_tests(self._project.find_owners(self._project.components, tests)) if tests else {}
        for path, reason in self._found.files.items():
            self._add_users_of_test(path, reason)

    def _add_users_of_test(self, path: Path, reason: Reason) -> None:
        """Adds the components that a test file belongs to, or that have tests below a conftest.py."""
        for name in self._tests.get(path, ()):
            self._found.components.setdefault(name, reason)
        for test, names in self._tests.items() if path.name == CONFTEST else ():
            if path.parent in test.parents:
                link = Link(file=self._relative(test), verb="uses", target=self._relative(path))
                for name in names:
                    self._found.components.setdefault(name, extend(reason, link))

    def _make_link(self, use: Use, target: Target) -> Link:
        verb: Literal["imports", "names"] = "imports" if use.is_import else "names"
        return Link(file=self._relative(use.file), verb=verb, target=use.name or self._relative(min(target.files)))

    def _add_user(self, path: Path, reason: Reason) -> None:
        """Adds a file that uses something affected: with the code that it is part of, or alone."""
        if owners := self._find_owners(path):
            for component in owners:
                self._add_source(component, reason)
        else:
            self._add_file(path, reason)

    def _add_source(self, component: Component, reason: Reason) -> None:
        """Adds the code of a component. Raises UnattributedError where pytest itself has loaded it."""
        if component.name in self._found.sources:
            return
        self._found.sources.add(component.name)
        self._found.components.setdefault(component.name, reason)
        own = [path for path in self._changed if is_below_any(path, component.sources)]
        target = self._importers.make_source_target(component.sources, component.files, component.imports, own)
        self._refuse_started(target, reason)
        self._pending.append((target, reason))

    def _add_file(self, path: Path, reason: Reason) -> None:
        """Adds a file that is no component's code. Raises UnattributedError where pytest itself has loaded it."""
        if path in self._found.files:
            return
        self._found.files[path] = reason
        self._add_users_of_test(path, reason)
        target = self._importers.make_file_target(path)
        self._refuse_started(target, reason)
        self._pending.append((target, reason))

    def _refuse_started(self, target: Target, reason: Reason) -> None:
        """Raises UnattributedError for what pytest loads before any test, or its settings name: every test uses it."""
        started = sorted(target.files.intersection(self._project.started))
        named = sorted(name for name in target.names if "." in name and has_name(self._project.settings, name))
        if started or named:
            user = f"pytest itself loads {self._relative(started[0])}" if started else f"its settings name {named[0]}"
            raise UnattributedError(f"{reason.changed} changed, and {user}")

    def _relative(self, path: Path) -> str:
        return safe(self._importers.relative_path(path), 300)


def may_move_tests(layout: ProjectLayout, changed: Iterable[Path], existed: Container[Path]) -> bool:
    """Whether a change may give a test to another component than at the merge base, where the files `existed`.

    A test moves where it is renamed or imports something else, and where a module that may be a component, and whose
    name decides, comes or goes.
    """
    return any(
        layout.is_test_file(str(path)) or path.name in (PACKAGE, CONFTEST) or path not in existed or not path.exists()
        for path in changed
        if is_code(path) or layout.is_test_file(str(path))
    )


def index_tests(components: Iterable[Component]) -> dict[Path, list[str]]:
    """Returns the names of the components that each test file belongs to."""
    found: dict[Path, list[str]] = {}
    for component in components:
        for claim in component.tests:
            found.setdefault(claim.path, []).append(component.name)
    return found


def extend(reason: Reason, link: Link) -> Reason:
    """Returns the reason of what uses something that is affected for `reason`."""
    return replace(reason, links=(link, *reason.links))


def describe_tests(component: Component) -> dict[Path, tuple[tuple[str, ...], bool]]:
    """Returns the test files of a component with what decides which tests of them are its own."""
    return {
        claim.path: (claim.nodes, claim.rule == MARKER_RULE) for claim in component.tests if claim.rule != DOCTEST_RULE
    }


def has_name(text: str, name: str) -> bool:
    """Whether a text has a dotted name, or something in it."""
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text) is not None
