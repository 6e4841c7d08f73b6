"""Which modules a component's tests would import if they ran alone, by the import statements that they lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from ..discovery.imports import find_reachable_imports, imported_names, parse_file
from ..model.evidence import Component
from ..model.paths import find_conftests


class Reach:
    """Follows import statements from a component's test files through `modules`, given as paths from the root.

    What is imported by a computed name is not seen: it counts as not reached.
    """

    def __init__(self, root: Path, modules: Iterable[str]) -> None:
        self._root = root
        self._named: defaultdict[str, set[str]] = defaultdict(set)
        for module in modules:
            for name in names(module):
                self._named[name].add(module)
        self._imports = cache(self._imported)

    def of(self, component: Component, was_executed: Callable[[Path, int], bool]) -> set[str]:
        """Those of the modules that the component's tests would import.

        `was_executed` is asked for the line of a statement in a function; it says yes where it cannot know.
        """
        found: set[str] = set()
        waiting = sorted(starts(component, self._root))
        while waiting:
            path = waiting.pop()
            leads_to = (modules for line, modules in self._imports(path) if not line or was_executed(path, line))
            new = set().union(*leads_to) - found
            found |= new
            waiting += (self._root / module for module in new)
        return found

    def _imported(self, path: Path) -> list[tuple[int, set[str]]]:
        """Those of the modules that a file's statements import, with the packages that they are in.

        The line tells of a statement in a function, and is 0 elsewhere.
        """
        tree = parse_file(path, "import")
        package = path.parent.relative_to(self._root).parts if path.is_relative_to(self._root) else ()
        return [
            (node.lineno if within else 0, modules)
            for node, within in (find_reachable_imports(tree.body) if tree else ())
            if (modules := set().union(*map(self._of_name, imported_names(node, package))))
        ]

    def _of_name(self, dotted: str) -> set[str]:
        return set().union(*(self._named.get(name, ()) for name in above(dotted)))


def starts(component: Component, root: Path) -> set[Path]:
    """The component's test files, and every conftest.py above them."""
    files = {claim.path for claim in component.tests}
    return files | find_conftests(files, root)


def names(module: str) -> Iterator[str]:
    """The dotted names that a module may be imported by, wherever sys.path begins: src/a/b.py is src.a.b, a.b, b."""
    parts = Path(module).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return (".".join(parts[start:]) for start in range(len(parts)))


def above(dotted: str) -> Iterator[str]:
    """A dotted name and those of the packages that it is in: importing it imports them."""
    parts = dotted.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))
