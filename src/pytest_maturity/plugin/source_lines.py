"""The components' lines that raise warnings, and the categories of which warning filters ignore all their warnings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..coverage.installed import find_installed_copies
from ..model.evidence import Component
from ..model.paths import is_installed, path_from_root
from ..model.warning_categories import CATEGORIES
from ..tools.findings import resolve_path

Filters = Sequence[tuple[Any, ...]]  # as in `warnings.filters`


class SourceLines:
    """The files of the components, by the names that warnings give them."""

    def __init__(self, components: Sequence[Component], root: Path, start: Path) -> None:
        """`start` is the directory from which relative names lead."""
        self._components = components
        self._root, self._start = root, start
        self._files = {resolve_path(root, path): path for component in components for path in component.files}
        self._copies: Mapping[Path, Path] | None = None
        self._known: dict[str, str | None] = {}

    def find_source(self, name: str) -> str | None:
        """Returns the path from the root of a component's file, also for an installed copy; None for other files."""
        if name not in self._known:
            resolved = resolve_path(self._start, name)
            path = self._files.get(resolved)
            if path is None and is_installed(resolved):
                path = self._find_original(Path(resolved))
            self._known[name] = None if path is None else path_from_root(path, self._root)
        return self._known[name]

    def _find_original(self, copy: Path) -> Path | None:
        if self._copies is None:
            self._copies = find_installed_copies(self._components)
        return self._copies.get(copy)

    def find_ignored_categories(self, filters: Filters) -> dict[str, frozenset[str]]:
        """Returns the categories that warning filters ignore for a whole component, by its name."""
        found = {one.name: frozenset(filter_ignored(list_modules(one), filters)) for one in self._components}
        return {name: categories for name, categories in found.items() if categories}

    def list_categories(self) -> dict[str, frozenset[str]]:
        """Returns all builtin categories for each component, by its name."""
        return {one.name: frozenset(CATEGORIES) for one in self._components}


def list_modules(component: Component) -> list[str]:
    """Returns the names of a component's modules, as a filter compares them."""
    stems = sorted({path.stem for path in component.files} - {"__init__"})
    return [*component.imports, *(f"{name}.{stem}" for name in component.imports for stem in stems)]


def filter_ignored(modules: Sequence[str], filters: Filters) -> list[str]:
    """Returns the builtin categories of which the filters ignore every warning of these modules."""
    return [name for name, category in CATEGORIES.items() if is_ignored(category, modules, filters)]


def is_ignored(category: type[Warning], modules: Sequence[str], filters: Filters) -> bool:
    """Whether the first filter that applies to all warnings of a category in one of the modules ignores them."""
    for action, message, kind, module, line in filters:
        is_for_some = message is not None and not message.match("")
        if not issubclass(category, kind) or is_for_some or line:
            continue
        if action == "ignore" and module is not None and any(re.match(module, name) for name in modules):
            return True
        if module is None:
            return bool(action == "ignore")
    return False


def find_builtin_category(category: type[Warning]) -> str:
    """Returns the name of the builtin category that a category is one of: its own, or that of a base class."""
    return next(one.__name__ for one in category.__mro__ if CATEGORIES.get(one.__name__) is one)
