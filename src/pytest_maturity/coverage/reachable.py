"""The modules that a component's tests would import if they ran alone, found by following import statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from ..discovery.imports import find_reachable_imports, imported_names, parse_file
from ..model.evidence import Component
from ..model.paths import find_conftests


class ReachableModules:
    """Follows import statements from test files through a set of modules, given as paths from the root.

    An import by a computed name is not found: its module counts as not reachable.
    """

    def __init__(self, root: Path, modules: Iterable[str]) -> None:
        self._root = root
        self._modules: defaultdict[str, set[str]] = defaultdict(set)  # by the dotted names that import them
        for module in modules:
            for name in list_importable_names(module):
                self._modules[name].add(module)
        self._imports = cache(self._find_imports)

    def find(self, component: Component, was_executed: Callable[[Path, int], bool]) -> set[str]:
        """Returns the modules that the component's tests would import.

        `was_executed` returns whether a line in a function was executed; True where it cannot know.
        """
        files = {claim.path for claim in component.tests}
        found: set[str] = set()
        waiting = sorted(files | find_conftests(files, self._root))
        while waiting:
            path = waiting.pop()
            imports = (modules for line, modules in self._imports(path) if not line or was_executed(path, line))
            new = set().union(*imports) - found
            found |= new
            waiting += (self._root / module for module in new)
        return found

    def _find_imports(self, path: Path) -> list[tuple[int, set[str]]]:
        """Returns for each import statement of a file its line if it is in a function, else 0, and its modules."""
        tree = parse_file(path, "import")
        package = path.parent.relative_to(self._root).parts if path.is_relative_to(self._root) else ()
        return [
            (node.lineno if in_function else 0, modules)
            for node, in_function in (find_reachable_imports(tree.body) if tree else ())
            if (modules := set().union(*map(self._modules_of, imported_names(node, package))))
        ]

    def _modules_of(self, name: str) -> set[str]:
        return set().union(*(self._modules.get(one, ()) for one in list_names_with_packages(name)))


def list_importable_names(module: str) -> Iterator[str]:
    """Yields the dotted names that may import a module, wherever sys.path begins: src.a.b, a.b and b for src/a/b.py."""
    parts = Path(module).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return (".".join(parts[start:]) for start in range(len(parts)))


def list_names_with_packages(name: str) -> Iterator[str]:
    """Yields a dotted name and the packages that it is in, which its import executes first."""
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))
