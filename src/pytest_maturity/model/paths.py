"""Paths: as reports print them, and whether they belong to an installed distribution."""

from __future__ import annotations

from pathlib import Path

# The directories that installed distributions lie in; the second is Debian's.
INSTALL_DIRECTORIES = frozenset({"site-packages", "dist-packages"})


def path_from_root(path: Path, root: Path) -> str:
    """Returns the path as reports print it: with slashes, from the root, and absolute where it lies outside."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def is_installed(path: str | Path) -> bool:
    """Returns whether a file or directory is, or lies in, a directory of installed distributions."""
    return not INSTALL_DIRECTORIES.isdisjoint(Path(path).parts)
