"""Modules of the components that the tests imported, and the files that Python took them from.

A package may be imported from a build folder, an archive, or byte code without a source. Then the tests ran other code
than the sources.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..model.evidence import Component
from ..model.paths import is_installed, list_imported_files
from .installed import find_own_path

STANDARD_LIBRARY = os.path.realpath(Path(os.__file__).parent)
EXTENSIONS = (".so", ".pyd")  # compiled from another language: there is no Python source to compare


class ImportedModules:
    """The files of imported modules that have the name of a component's module, or lie below a component's sources."""

    def __init__(self, components: Sequence[Component], copies: Iterable[Path]) -> None:
        """`copies` are installed copies of the components' files."""
        self._names = {component.name: dict(list_module_names(component)) for component in components}
        self._known = {name for names in self._names.values() for name in names}
        self._prefixes = tuple(f"{source}{os.sep}" for component in components for source in component.sources)
        self._copies = set(map(str, copies))
        self._environments = find_environments(components)
        self._files: dict[str, set[str]] = {}  # by module, with all links resolved

    def record(self) -> None:
        """Adds what this process has imported."""
        for name, _, path in list_imported_files():
            if name in self._known or path.startswith(self._prefixes):
                resolved = os.path.realpath(path)
                if name in self._known or not is_below(resolved, self._environments):
                    self._files.setdefault(name, set()).add(resolved)

    def to_dict(self) -> dict[str, list[str]]:
        """Returns the files by module, as plain data for `merge`."""
        return {name: sorted(paths) for name, paths in self._files.items()}

    def merge(self, data: Mapping[str, Iterable[str]]) -> None:
        """Adds what another process imported. Raises TypeError for anything but the result of `to_dict`."""
        for name, paths in data.items():
            self._files.setdefault(str(name), set()).update(map(str, paths))

    def list_files(self) -> set[str]:
        """Returns the files of all recorded modules."""
        return {path for paths in self._files.values() for path in paths}

    def find_foreign(self, component: Component) -> dict[str, tuple[str, Path]]:
        """Returns the component's modules that were imported from another file: that file, and the component's own.

        Installed copies are no other files. A module that was imported from its own file by another name is none
        either, as `app.redis` beside an installed `redis`.
        """
        names_of: dict[str, set[str]] = {}  # by file
        for name, paths in self._files.items():
            for path in paths:
                names_of.setdefault(path, set()).add(name)
        own_files = set(map(os.path.realpath, component.files))
        found = {}
        for name, own in self._names[component.name].items():
            own_path = os.path.realpath(own)
            others = self._files.get(name, set()) - self._copies - own_files
            others = {path for path in others if not is_standard(path)}
            if others and not names_of.get(own_path, set()) - {name}:
                found[name] = min(others), own
        return found

    def find_files_below(self, component: Component) -> set[Path]:
        """Returns the imported files below the component's sources, without compiled extension modules."""
        sources = tuple(map(str, component.sources))
        found = (path for path in self.list_files() if is_below(path, sources))
        return {Path(path) for path in found if not path.endswith(EXTENSIONS)}


def list_module_names(component: Component) -> Iterator[tuple[str, Path]]:
    """Yields each dotted name by which a file of the component may be imported, with the file."""
    for name in component.imports:
        for source in component.sources:
            own = find_own_path(source, Path(*name.split(".")))
            for file in component.files:
                if file.is_relative_to(own):
                    parts = file.relative_to(own).with_suffix("").parts if file != own else ()
                    inner = parts[:-1] if parts[-1:] == ("__init__",) else parts
                    yield ".".join((name, *inner)), file


def find_environments(components: Iterable[Component]) -> tuple[str, ...]:
    """Returns the directories of the Python that runs, as far as they lie below the components' sources."""
    places = [sys.prefix, sys.exec_prefix, sys.base_prefix, *site.getsitepackages(), site.getusersitepackages()]
    sources = tuple(str(source) for component in components for source in component.sources)
    return tuple(path for path in dict.fromkeys(map(os.path.realpath, places)) if is_below(path, sources))


def is_below(path: str, directories: Iterable[str]) -> bool:
    """Whether a path lies in one of the directories."""
    return path.startswith(tuple(f"{directory.rstrip(os.sep)}{os.sep}" for directory in directories))


def is_standard(path: str) -> bool:
    """Whether a file belongs to Python's standard library."""
    return is_below(path, (STANDARD_LIBRARY,)) and not is_installed(path)
