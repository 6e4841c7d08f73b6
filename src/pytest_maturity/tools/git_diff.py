"""The output of `git diff`: the lines of each file of a work tree that differ from a commit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..model.text import safe
from .git import GitError, run_git_checked

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
ALL: frozenset[int] = frozenset({0})  # stands for every line of a file: there is no line 0


def read_lines(top: Path, commit: str) -> dict[Path, frozenset[int]]:
    """Returns the lines of the repository at `top` that the commit has not, by file; see `parse_diff`."""
    output = run_git_checked(top, *SETTINGS, "diff", *OPTIONS, commit, "--")
    return {top / os.fsdecode(name): lines for name, lines in parse_diff(output).items()}


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
