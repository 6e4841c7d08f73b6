"""The lines of files that a change against a branch touches."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from ..model.paths import path_from_root
from .changed_files import Change
from .git import find_objects, read_objects
from .git_diff import ALL, read_lines
from .logical_lines import expand_to_statements

LONE_RETURN = re.compile(rb"\r(?!\n)")  # ends a line for Python, and not for git
PYTHON = (".py", ".pyi")

Diff = Mapping[Path, frozenset[int]]  # the lines of each file; ALL for all, none for a file that was only renamed


def find_changed_lines(
    change: Change, diff: Diff, files: Iterable[Path], root: Path, is_generated: Callable[[Path], bool]
) -> tuple[dict[str, frozenset[int]], int]:
    """Returns the changed lines of those of the files that have any, by their paths from the root; and how many.

    `diff` is what `read_diff` returned for the change. Statements of several lines are there as a whole, and count by
    the lines that changed. All lines of a file are changed that the merge base does not have, or that git does not
    compare; but not of one that is generated and in no commit. Raises GitError.
    """
    given = list(dict.fromkeys(files))
    uncompared = find_uncompared(change, given, diff)
    found: dict[str, frozenset[int]] = {}
    count = 0
    for file in given:
        lines = ALL if file in uncompared and not is_generated(file) else list_lines(file, change, diff)
        if not lines:
            continue
        source = read_source(file)
        if lines == ALL or LONE_RETURN.search(source):
            lines = frozenset(range(1, source.count(b"\n") + source.count(b"\r") + 2))
        count += len(lines)
        name = path_from_root(file, root)
        found[name] = expand_to_statements(source, lines) if file.suffix in PYTHON else lines
    return found, count


def list_lines(file: Path, change: Change, diff: Diff) -> frozenset[int]:
    """Returns the changed lines of a file; of a link those of the file behind it, or ALL where the link changed."""
    if file.is_symlink():
        return ALL if file in change.files else diff.get(file.resolve(), frozenset())
    return diff.get(file, frozenset())


def read_source(file: Path) -> bytes:
    """Returns the contents of a file; nothing where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def read_diff(change: Change) -> dict[Path, frozenset[int]]:
    """Returns the lines that differ from the merge base, by file; ALL for an untracked one. Raises GitError."""
    tree = change.tree
    found = read_lines(tree.top, change.base.commit)
    return {**found, **dict.fromkeys(tree.untracked, ALL)}


def find_uncompared(change: Change, files: Collection[Path], diff: Diff) -> set[Path]:
    """Returns the files of which git compares no line although they may have changed.

    They are ignored, or git was told not to look at them, or they lie in another repository. Raises GitError.
    """
    places = set(change.files)
    inside = {file for file in files if not places.isdisjoint(file.parents)}  # a submodule or an untracked directory
    silent = [file for file in change.tree.find_uncommitted(files) if file not in diff and file not in inside]
    silent += [file for file in files if file in places and file not in diff]
    contents = read_contents(change, silent)
    same = {file for file in silent if file in contents and is_same_text(contents[file], read_source(file))}
    return inside | (set(silent) - same)


def read_contents(change: Change, files: Iterable[Path]) -> dict[Path, bytes]:
    """Returns the contents that files have in the merge base, without those that it does not have. Raises GitError."""
    top = change.tree.top
    names = {path_from_root(file, top): file for file in files if file.is_relative_to(top)}
    if not names:
        return {}
    found = find_objects(top, change.base.commit, list(names))
    blobs = {name: one for name, one in found.items() if one.kind == "blob"}
    objects = read_objects(top, list(blobs.values())) if blobs else []
    return {names[name]: one.data for name, one in zip(blobs, objects, strict=True)}


def is_same_text(one: bytes, other: bytes) -> bool:
    """Whether two files differ at most in the ends of their lines."""
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")
