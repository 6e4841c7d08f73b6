"""Other places of the components' files: installed copies, targets of links, and modules that are already imported."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..model.evidence import Component
from ..model.paths import is_installed, list_imported_files
from ..model.syntax import UNPARSABLE, parse_source

VERSION_NAME = re.compile(r"\w*(version|revision|commit)\w*", re.IGNORECASE)
GENERATED = "_version.py"  # versioneer, setuptools-scm and hatch-vcs write the whole file at build time


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
        own = find_own_path(source, relative)
        for file in component.files:
            if file.is_relative_to(own):
                copy = (top / file.relative_to(own) if file != own else top).resolve()
                if copy.is_file() and copy != file:
                    yield copy, file


def find_own_path(source: Path, relative: Path) -> Path:
    """Returns the package or module of a source that is imported by a path: the source itself, or one in it."""
    own = source if source.with_suffix("").name == relative.name else source / relative
    return own if own.exists() else own.with_suffix(".py")


def find_link_targets(components: Sequence[Component]) -> Mapping[Path, Path]:
    """Returns the components' files that are links, each with the file that it leads to: coverage.py measures that."""
    files = (path for component in components for path in component.files)
    return {path: Path(os.path.realpath(path)) for path in files if path.is_symlink()}


def is_same_code(copy: Path, source: Path) -> bool:
    """Whether an installed file differs from its source at most in line ends and in versions that a build stamped.

    Every other statement must be in the same place, because the lines of the copy count as those of the source.
    Raises OSError.
    """
    contents = copy.read_bytes(), source.read_bytes()
    first, second = (content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") for content in contents)
    if first == second:
        return True
    try:
        return dump_without_versions(first) == dump_without_versions(second)
    except UNPARSABLE:
        return False


def dump_without_versions(source: bytes) -> str:
    """Returns the syntax tree of a module with the places of all statements, without assignments of versions.

    Raises one of UNPARSABLE.
    """
    tree = parse_source(source)
    tree.body = [one for one in tree.body if not assigns_version(one)]
    return ast.dump(tree, include_attributes=True)


def assigns_version(statement: ast.stmt) -> bool:
    """Whether a statement assigns a literal to names that a build stamps, like `__version__ = "1.2"`."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return False
    if statement.value is None or not all(is_version_name(one) for one in targets):
        return False
    try:
        value = ast.literal_eval(statement.value)
    except ValueError:
        return False
    return value is None or isinstance(value, str | int | float | tuple)


def is_version_name(target: ast.expr) -> bool:
    """Whether the target of an assignment is a name that a build stamps."""
    return isinstance(target, ast.Name) and VERSION_NAME.fullmatch(target.id) is not None


def find_imported_files(components: Sequence[Component]) -> set[Path]:
    """Returns the components' files that this process has imported."""
    names = {str(path) for component in components for path in component.files}
    found = {path for _, _, path in list_imported_files()}
    return {Path(name) for name in found if isinstance(name, str) and name in names}


def find_directory(path: Path) -> Path:
    """Returns the path itself if it is a directory, else its directory."""
    return path if path.is_dir() else path.parent
