"""Other places of the components' files: installed copies, and modules that are already imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..model.evidence import Component
from ..model.paths import is_installed


def find_installed_copies(components: Sequence[Component]) -> Mapping[Path, Path]:
    """Returns the installed files on sys.path that are copies of the components' files, each with its source file."""
    copies: dict[Path, Path] = {}
    for component in components:
        for name in component.imports:
            relative = Path(*name.split("."))
            for entry in map(Path, dict.fromkeys(sys.path)):
                for top in (entry / relative, (entry / relative).with_suffix(".py")):
                    if is_installed(entry) and top.exists():
                        copies.update(find_copies_below(component, top, relative))
    return copies


def find_copies_below(component: Component, top: Path, relative: Path) -> Iterator[tuple[Path, Path]]:
    """Yields the copies of the component's files in the installed package or module `top`, each with its source file.

    `relative` is the path that the component is imported by.
    """
    for source in component.sources:
        own = source if source.with_suffix("").name == relative.name else (source / relative)
        own = own if own.exists() else own.with_suffix(".py")  # a source root that holds the package or module
        for file in component.files:
            if file.is_relative_to(own):
                copy = (top / file.relative_to(own) if file != own else top).resolve()
                if copy.is_file() and copy != file:
                    yield copy, file


def find_imported_files(components: Sequence[Component]) -> set[Path]:
    """Returns the components' files that this process has imported."""
    names = {str(path) for component in components for path in component.files}
    found = (getattr(module, "__dict__", {}).get("__file__") for module in list(sys.modules.values()))
    return {Path(name) for name in found if isinstance(name, str) and name in names}


def find_directory(path: Path) -> Path:
    """Returns the path itself if it is a directory, else its directory."""
    return path if path.is_dir() else path.parent
