"""The imports of a project's files. Each file is parsed at most once in a run, however many components ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path

from .imports import find_imported_names
from .project import CodePart, ProjectLayout


class ImportIndex:
    """The imports of files, by file and by module."""

    def __init__(self, layout: ProjectLayout) -> None:
        self._layout = layout
        self._names: dict[Path, frozenset[str]] = {}
        self._modules: dict[Path, frozenset[str]] = {}

    def list_names(self, path: Path) -> frozenset[str]:
        """Returns the dotted names that a file imports; none of one that cannot be read or parsed."""
        if path not in self._names:
            self._names[path] = frozenset(find_imported_names(path, self._layout.find_package(path), "import"))
        return self._names[path]

    def imports_any(self, modules: Iterable[str], path: Path) -> bool:
        """Whether a file imports one of the modules, or something of it."""
        return not self.list_modules(path).isdisjoint(modules)

    def list_modules(self, path: Path) -> frozenset[str]:
        """Returns the dotted names that a file imports, with the packages that they are in."""
        if path not in self._modules:
            self._modules[path] = frozenset(chain.from_iterable(map(list_prefixes, self.list_names(path))))
        return self._modules[path]

    def group_by_module(self, paths: Iterable[Path]) -> Mapping[str, list[Path]]:
        """Returns the files by each module that they import, and by the packages that it is in."""
        found: defaultdict[str, list[Path]] = defaultdict(list)
        for path in paths:
            for module in self.list_modules(path):
                found[module].append(path)
        return found

    def list_imported(self, modules: Mapping[CodePart, Sequence[str]], path: Path) -> list[CodePart]:
        """Returns those of the parts that a file imports itself, or something of them."""
        return [part for part, names in modules.items() if self.imports_any(names, path)]

    def choose_closest(self, modules: Mapping[CodePart, Sequence[str]], path: Path) -> list[CodePart]:
        """Returns those of the parts that a file imports most closely; all where its imports do not decide.

        `modules` are the parts with the dotted names that import each. Closest is a part itself, then something in its
        package. Where that leaves several, the test modules count that the file imports. Empty: none is imported.
        """
        names = self.list_names(path)
        chosen = find_closest(modules, names)
        if len(chosen) == 1:
            return chosen
        helpers = [self.list_names(helper) for helper in self._find_test_modules(names) if helper != path]
        return find_closest(modules, names.union(*helpers)) if helpers else chosen

    def _find_test_modules(self, names: Iterable[str]) -> list[Path]:
        """Returns the test files among the imported modules."""
        modules = (self._test_modules.get(prefix) for name in names for prefix in list_prefixes(name))
        return sorted({path for path in modules if path is not None})

    @cached_property
    def _test_modules(self) -> Mapping[str, Path]:
        """The test files by the names that import them: from the root, and, without packages, by the file's own."""
        found: dict[str, Path] = {}
        for path in self._layout.test_files:
            found.setdefault(path.stem, path)
            found[".".join((*self._layout.find_package(path), path.stem))] = path
        return found


def find_closest(modules: Mapping[CodePart, Sequence[str]], names: Iterable[str]) -> list[CodePart]:
    """Returns the parts of whose dotted names the imported names have most in common; none without a common package."""
    imported = [name.split(".") for name in names]
    closeness = {
        part: max((count_common(own.split("."), name) for own in own_names for name in imported), default=0)
        for part, own_names in modules.items()
    }
    best = max(closeness.values(), default=0)
    return [part for part, common in closeness.items() if common == best] if best else []


def count_common(own: Sequence[str], imported: Sequence[str]) -> int:
    """Returns how many names two dotted names have in common from their beginning."""
    count = 0
    for one, other in zip(own, imported, strict=False):
        if one != other:
            break
        count += 1
    return count


def list_prefixes(name: str) -> Iterator[str]:
    """Yields a dotted name and the packages that it is in: a.b.c, a.b, a."""
    while name:
        yield name
        name = name.rpartition(".")[0]
