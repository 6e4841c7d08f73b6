"""The lines that a change against a branch touches, as `git diff` numbers them in the work tree."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

from ..model.paths import path_from_root
from ..model.text import safe
from .changed_files import Change
from .git import GitError, find_objects, read_objects, run_git_checked
from .logical_lines import expand_to_statements

# Whatever the configuration of the repository and the user: one form, no other program, names as they are.
SETTINGS = (
    "-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-c", "diff.noprefix=false",
    "-c", "diff.mnemonicPrefix=false",
)  # fmt: skip
OPTIONS = (
    "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "--unified=0", "--inter-hunk-context=0",
    "--find-renames", "--diff-algorithm=default", "--indent-heuristic", "--ignore-cr-at-eol", "--ignore-submodules=all",
)  # fmt: skip
HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
BINARY = re.compile(rb"Binary files (.+) and (.+) differ")
ESCAPE = re.compile(rb'\\([abtnvfr"\\]|[0-7]{3})')
CHARACTERS = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
LONE_RETURN = re.compile(rb"\r(?!\n)")  # ends a line for Python, and not for git
PYTHON = (".py", ".pyi")
ALL: frozenset[int] = frozenset({0})  # stands for every line of a file: there is no line 0


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
    output = run_git_checked(tree.top, *SETTINGS, "diff", *OPTIONS, change.base.commit, "--")
    found = {tree.top / os.fsdecode(name): lines for name, lines in parse_diff(output).items()}
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


# ── the output of git diff ───────────────────────────────────────────────────


def parse_diff(output: bytes) -> dict[bytes, frozenset[int]]:
    """Returns the lines that each file has and the merge base has not, by the name of the file.

    A file that git takes for a binary one has ALL, one that was only renamed none. Raises GitError for an output that
    cannot be understood.
    """
    lines = iter(output.split(b"\n"))
    found: dict[bytes, set[int]] = {}
    name: bytes | None = None
    for line in lines:
        if line.startswith(b"+++ "):
            name = parse_name(line[4:])
        elif hunk := HUNK.match(line):
            removed, start, added = (int(one) if one is not None else 1 for one in hunk.groups())
            if name is not None:
                found.setdefault(name, set()).update(range(start, start + added))
            skip_hunk(lines, removed + added)
        elif binary := BINARY.fullmatch(line):
            if binary[2] != b"/dev/null":
                if line.count(b" and ") > 1:
                    raise GitError(f"git's output cannot be understood: {safe(line.decode('utf-8', 'replace'), 200)}")
                found[parse_name(binary[2]) or b""] = set(ALL)
        elif line.startswith(b"rename to "):
            found.setdefault(parse_name(line[10:], prefix=b"") or b"", set())
        elif line.startswith(b"diff --git "):
            name = None
    return {name: frozenset(numbers) for name, numbers in found.items()}


def skip_hunk(lines: Iterator[bytes], count: int) -> None:
    """Skips the text of a hunk, which may look like anything; a note on a missing line end is no line of it."""
    while count:
        line = next(lines, None)
        if line is None:
            raise GitError("git's output ends within a hunk")
        count -= not line.startswith(b"\\")


def parse_name(text: bytes, prefix: bytes = b"b/") -> bytes | None:
    """Returns the name of a file in a line of `git diff`; None for a deleted one.

    git writes a tab behind a name with spaces, and quotes one with control characters, quotes or backslashes.
    """
    text = text.removesuffix(b"\t")
    if text == b"/dev/null":
        return None
    if text.startswith(b'"'):
        text = ESCAPE.sub(lambda found: unescape(found[1]), text[1:-1])
    return text.removeprefix(prefix)


def unescape(code: bytes) -> bytes:
    """Returns the byte that stands behind a backslash in a quoted name."""
    return bytes([int(code, 8)]) if code.isdigit() else CHARACTERS.get(code, code)
