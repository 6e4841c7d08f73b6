"""Which modules a component's tests would import if they ran alone, by the import statements that they lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from ..imports import imported
from ..model import Component


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
        self._leads_to = cache(self._led_to)

    def of(self, component: Component) -> set[str]:
        """Those of the modules that the component's tests would import."""
        found: set[str] = set()
        waiting = sorted(starts(component, self._root))
        while waiting:
            new = self._leads_to(waiting.pop()) - found
            found |= new
            waiting += (self._root / module for module in new)
        return found

    def _led_to(self, path: Path) -> set[str]:
        """Those of the modules that a file imports, with the packages that they are in."""
        package = path.parent.relative_to(self._root).parts if path.is_relative_to(self._root) else ()
        wanted = (name for dotted in imported(path, package, "import") for name in above(dotted))
        return {module for name in wanted for module in self._named.get(name, ())}


def starts(component: Component, root: Path) -> set[Path]:
    """The component's test files, and every conftest.py above them."""
    files = {claim.path for claim in component.tests}
    folders = {folder for path in files for folder in path.parents if folder.is_relative_to(root)}
    return files | {folder / "conftest.py" for folder in folders}


def names(module: str) -> Iterator[str]:
    """The dotted names that a module may be imported by, wherever sys.path begins: src/a/b.py is src.a.b, a.b, b."""
    parts = Path(module).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return (".".join(parts[start:]) for start in range(len(parts)))


def above(dotted: str) -> Iterator[str]:
    """A dotted name and those of the packages that it is in: importing it imports them."""
    parts = dotted.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))
