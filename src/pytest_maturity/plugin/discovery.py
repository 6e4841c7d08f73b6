"""Finds the components of a run and their tests, with what pytest's settings and hooks add."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import pytest

from ..config.enforced import Policies
from ..config.settings import Config
from ..discovery.components import AFFECTED, ALL, ComponentFinder
from ..discovery.project import ProjectLayout, expand_pattern
from ..model.errors import MaturityError, collect_problems
from ..model.evidence import Component
from .ref_settings import RefSettings


class Discovery:
    """Finds components by the enforced policy, and checks the paths of the working tree's policy if that is another."""

    def __init__(
        self, config: pytest.Config, root: Path, policies: Policies, ref_settings: RefSettings | None = None
    ) -> None:
        """`ref_settings`: pytest's settings in the policy's git ref; None where the working tree's count for it."""
        self._config, self._root, self._policies, self._ref_settings = config, root, policies, ref_settings
        self._finder = self._make_finder(root, policies.enforced)
        self.layout = self._finder.layout
        other = policies.working_tree_with_other_paths
        self._working_tree_finder = self._make_finder(root, other) if other else None

    def _make_finder(self, root: Path, policy: Config, settings: RefSettings | None = None) -> ComponentFinder:
        """Returns the finder of a policy's components. Without test paths of its own, pytest's `testpaths` count.

        With `settings`, these count instead of the working tree's.
        """
        config = self._config
        find_words = config.getini if settings is None else partial(settings.find_words, config)
        folder = root / find_project_folder(config, self._root).relative_to(self._root)
        # pytest, too, reads `testpaths` only in the root, and passes over those that do not exist
        testpaths = find_words("testpaths") if folder == root else ()
        found = tuple(pattern for pattern in testpaths if expand_pattern(root, pattern))
        layout = ProjectLayout(
            root=root,
            sources=policy.sources,
            tests=policy.tests or found,
            patterns=(*find_words("python_files"), *find_doctest_patterns(config)),
            skipped=tuple(find_words("norecursedirs")),
            test_paths_only=bool(found and not policy.tests),
            folder=folder,
        )
        return ComponentFinder(layout, policy)

    def find_components(
        self, names: Sequence[str], requested: Sequence[str], problems: list[str]
    ) -> tuple[Component, ...]:
        """Returns the components of these names, without their tests; adds everything that is wrong to `problems`.

        `requested` are the names on the command line.
        """
        found = self._find(lambda: self._finder.find_components(names), problems)
        # A ref's policy may name what a change removes.
        if not {ALL, AFFECTED}.isdisjoint(requested) and self._policies.ref_files is None:
            problems += self._finder.find_unused_exclusions()
        if finder := self._working_tree_finder:
            collect_problems(problems, lambda: finder.find_components(()))
        return found

    def find_dependencies(self, components: Sequence[Component], others: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Returns the names of the components that each of these imports. Raises MaturityError."""
        return self._finder.find_dependencies(components, others)

    def list_names(self) -> list[str]:
        """Returns the names of all components in the source roots and in the configuration."""
        return self._finder.list_names()

    def has_component(self, name: str) -> bool:
        """Whether there is a component of a name, also one inside of another."""
        if name in (ALL, AFFECTED):
            return False
        try:
            return bool(ComponentFinder(self.layout, self._policies.enforced).find_components([name]))
        except MaturityError:
            return False

    # ── all components, before the first conftest.py ─────────────────────────

    def find_all_components(self) -> tuple[Component, ...]:
        """Returns the components that `all` stands for, without their tests. Raises DiscoveryError."""
        return self._finder.find_components([ALL])

    def find_all_tests(self, components: Sequence[Component]) -> tuple[Component, ...]:
        """Returns the components with the tests that they have without hooks and doctests. Raises DiscoveryError."""
        return self._finder.find_tests(components)

    def find_owners(self, components: Sequence[Component], paths: Sequence[Path]) -> tuple[Component, ...]:
        """Returns the components that may own test files, with their tests. Raises DiscoveryError."""
        return self._finder.find_owners(components, paths)

    def find_all_in(self, copy: Path) -> tuple[Component, ...]:
        """Returns all components of a copy of the project, with their tests. Raises DiscoveryError."""
        finder = self._make_finder(copy, self._policies.enforced)
        return finder.find_tests(finder.find_components([ALL]))

    def find_excluded_sources(self) -> list[Path]:
        """Returns the sources of the components that `all` leaves out. Raises DiscoveryError."""
        finder = ComponentFinder(self.layout, self._policies.enforced)
        return [path for component in finder.find_components(self.excluded) for path in component.sources]

    @property
    def excluded(self) -> tuple[str, ...]:
        """The names of the components that `all` leaves out."""
        return self._finder.excluded

    def make_ref_layout(self) -> ProjectLayout:
        """Returns the layout of the working tree by pytest's settings in the git ref."""
        return self._make_finder(self._root, self._policies.enforced, self._ref_settings).layout

    def find_in_ref(self, copy: Path, name: str) -> Component | None:
        """Returns a component as it is in a copy of the git ref, by pytest's settings there; None where it is not."""
        finder = self._make_finder(copy, self._policies.enforced, self._ref_settings)
        try:
            (found,) = finder.find_tests(finder.find_components([name]), name_variants=self._list_name_variants)
        except (MaturityError, ValueError):
            return None
        return found

    def _list_name_variants(self, name: str) -> list[str]:
        """Returns the variants of a component's name that plugins add."""
        config = self._config
        return list(chain.from_iterable(config.hook.pytest_maturity_name_variants(config=config, name=name)))

    def find_tests(self, components: Sequence[Component], problems: list[str]) -> tuple[Component, ...]:
        """Returns the components with their tests; adds everything that is wrong to `problems`.

        Called when every hook is known: plugins may add variants of a component's name.
        """
        variants, has_doctests = self._list_name_variants, find_doctested_modules(self._config)
        found = self._find(
            lambda: self._finder.find_tests(components, name_variants=variants, has_doctests=has_doctests),
            problems,
        )
        if finder := self._working_tree_finder:
            collect_problems(problems, lambda: finder.find_tests(()))
        return found

    def _find(self, find: Callable[[], tuple[Component, ...]], problems: list[str]) -> tuple[Component, ...]:
        """Returns what `find` returns; adds its problems, with the git ref that the policy comes from."""
        own: list[str] = []
        found = collect_problems(own, find)
        problems += self._policies.add_ref(own)
        return found or ()


def find_project_folder(config: pytest.Config, root: Path) -> Path:
    """Returns the working directory where it is a project of its own in a larger repository, else the root."""
    folder = config.invocation_params.dir.resolve()
    is_project = folder.is_relative_to(root) and (folder / "pyproject.toml").is_file()
    return folder if is_project else root


def find_doctest_patterns(config: pytest.Config) -> tuple[str, ...]:
    """Returns the patterns of text files that pytest runs as doctests."""
    if not config.pluginmanager.has_plugin("doctest"):
        return ()
    return tuple(config.known_args_namespace.doctestglob or ("test*.txt",))  # pytest's default, in its documentation


def find_doctested_modules(config: pytest.Config) -> Callable[[Path], bool]:
    """Returns a function that says whether a plain run of the project runs the doctests of a module."""
    if not config.getoption("doctestmodules", False):
        return lambda _: False
    places = [(config.rootpath.resolve() / path).resolve() for path in config.getini("testpaths") or ["."]]
    return lambda path: any(path.is_relative_to(place) for place in places)
