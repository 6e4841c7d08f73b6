"""Paths: as reports print them, whether they are installed, the conftests above tests, the files of modules."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

# The directories that installed distributions lie in; the second is Debian's.
INSTALL_DIRECTORIES = frozenset({"site-packages", "dist-packages"})
SKIPPED_DIRECTORIES = frozenset({"__pycache__", "node_modules"}) | INSTALL_DIRECTORIES
OUTPUT_DIRECTORIES = frozenset({"build", "dist", "venv"})  # unless they are packages


def path_from_root(path: Path, root: Path) -> str:
    """Returns the path as reports print it: with slashes, from the root, and absolute where it lies outside."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def is_installed(path: str | Path) -> bool:
    """Whether a file or directory is, or lies in, a directory of installed distributions."""
    return not INSTALL_DIRECTORIES.isdisjoint(Path(path).parts)


def is_skipped_directory(directory: str, name: str) -> bool:
    """Whether a subdirectory is hidden, installed, or build output."""
    if name in OUTPUT_DIRECTORIES:
        return not Path(directory, name, "__init__.py").exists()
    return name.startswith(".") or name in SKIPPED_DIRECTORIES or name.endswith(".egg-info")


def find_conftests(test_files: Iterable[Path], root: Path) -> set[Path]:
    """Returns the conftest.py files that pytest applies to these tests: beside them and above them, up to the root."""
    directories: set[Path] = set()
    for path in test_files:
        directory = path.parent
        while directory not in directories and directory.is_relative_to(root):
            directories.add(directory)
            directory = directory.parent
    return {path for directory in directories if (path := directory / "conftest.py").is_file()}


def list_imported_files() -> Iterator[tuple[str, object, str]]:
    """Yields the name, the module and the file of everything that this process has imported from a file.

    Tests may put other objects among the modules: weak proxies, whose end removes them, or what raises in `getattr`.
    """
    for name in list(sys.modules):  # of names only: making pairs may start the garbage collector, which removes some
        module: object = sys.modules.get(name)
        try:
            path = getattr(module, "__dict__", {}).get("__file__")
        except ReferenceError:
            continue
        if isinstance(path, str):
            yield name, module, path
