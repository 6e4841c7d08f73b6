"""Runs git, and reads the files of any commit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..model.light_dataclass import light_dataclass
from ..model.text import safe
from .processes import ProgramResult, run_program

# No prompt for a password where a partial clone has to fetch; no objects that `git replace` put over others.
VARIABLES = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
COMMIT_LINE = re.compile(rb"[0-9a-f]{40}([0-9a-f]{24})?\n")  # SHA-1 or SHA-256
UNRESOLVED_LINKS = ("symlink", "dangling", "loop", "notdir")  # as `git cat-file --follow-symlinks` calls them


class GitError(Exception):
    """git could not answer; the message is one line and safe to print."""


class AmbiguousRefError(GitError):
    """A name fits several refs, a branch and a tag for example."""


@light_dataclass(frozen=True, slots=True, kw_only=True)
class GitObject:
    """An object in a commit. `kind` is `blob`, `tree`, `commit`, `missing` or one of UNRESOLVED_LINKS.

    `size` is in bytes; `data` is empty unless the object was read.
    """

    kind: str
    name: str = ""
    size: int = 0
    data: bytes = b""


def find_prefix(directory: Path) -> str:
    """Returns the path of `directory` from the top of its repository, with a slash at its end; empty at the top.

    Raises GitError outside of a repository and without git.
    """
    return os.fsdecode(run_git_checked(directory, "rev-parse", "--show-prefix")).removesuffix("\n")


def resolve_commit(directory: Path, ref: str) -> str:
    """Returns the full name of the commit that `ref` names. Raises GitError, AmbiguousRefError where several fit."""
    result = run_git(directory, "rev-parse", "--verify", f"{ref}^{{commit}}")
    if result.problem:
        raise GitError(safe(result.problem, 400))
    if not COMMIT_LINE.fullmatch(result.stdout):
        raise GitError("git printed no commit")
    if "ambiguous" in result.stderr:
        name = safe(ref, 100)
        raise AmbiguousRefError(f"{name!r} is several refs, a branch and a tag for example: write refs/remotes/{name}")
    return result.stdout.decode("ascii").strip()


def has_commit(directory: Path, ref: str) -> bool:
    """Whether `ref` names a commit of the repository."""
    return not run_git(directory, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").problem


def is_shallow(directory: Path) -> bool:
    """Whether the clone lacks the older part of its history."""
    return run_git(directory, "rev-parse", "--is-shallow-repository").stdout == b"true\n"


def list_tracked(directory: Path, paths: Sequence[Path]) -> list[str]:
    """Returns those of the paths, from `directory`, that git tracks; none outside of a repository. Raises GitError."""
    if not any((folder / ".git").exists() for folder in (directory, *directory.parents)):
        return []
    names = [path.as_posix() for path in paths]
    listed = run_git_checked(directory, "--literal-pathspecs", "ls-files", "-z", "--", *names)
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def list_changes(directory: Path, old: str, new: str) -> list[str]:
    """Returns the paths, from the top of the repository, in which two commits differ. Raises GitError."""
    options = ("-r", "-z", "--name-only", "--no-renames", "--no-relative", "--ignore-submodules=none")
    changed = run_git_checked(directory, "diff-tree", *options, old, new, "--")
    return [os.fsdecode(path) for path in changed.split(b"\0") if path]


def find_objects(directory: Path, commit: str, paths: Iterable[str]) -> dict[str, GitObject]:
    """Returns the objects at those of the paths that a commit has; a symbolic link in the repository is followed.

    `paths` start at the top of the repository. Raises GitError.
    """
    listed = run_git_checked(
        directory, "--literal-pathspecs", "ls-tree", "-z", "--name-only", "--full-tree", commit, "--", *paths
    )
    existing = [os.fsdecode(path) for path in listed.split(b"\0") if path]
    names = encode_lines(f"{commit}:{path}" for path in existing)
    output = run_git_checked(directory, "cat-file", "--batch-check", "--follow-symlinks", text=names)
    return dict(zip(existing, parse_objects(output, with_data=False), strict=True))


def list_files(directory: Path, commit: str, prefix: str) -> Iterator[tuple[str, GitObject]]:
    """Yields the path, from the top of the repository, and the object of each file below `prefix`, without links.

    Raises GitError.
    """
    below = ("--", prefix) if prefix else ()
    output = run_git_checked(directory, "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, *below)
    for line in output.split(b"\0"):
        facts, _, path = line.partition(b"\t")
        if facts.startswith(b"100"):
            _, kind, name = facts.decode("ascii").split(" ")
            yield os.fsdecode(path), GitObject(kind=kind, name=name)


def read_objects(directory: Path, objects: Sequence[GitObject]) -> list[GitObject]:
    """Returns the same objects with their data; one that vanished meanwhile is `missing`. Raises GitError."""
    output = run_git_checked(directory, "cat-file", "--batch", text=encode_lines(found.name for found in objects))
    return list(parse_objects(output, with_data=True))


def parse_objects(output: bytes, *, with_data: bool) -> Iterator[GitObject]:
    """Yields what `git cat-file --batch-check` printed, or `--batch`, which prints the data, too."""
    while output:
        line, _, output = output.partition(b"\n")
        first, *rest = line.decode("utf-8", "surrogateescape").split(" ")
        if first in UNRESOLVED_LINKS:
            output = output[int(rest[0]) + 1 :]  # where the link leads
            yield GitObject(kind=first)
        elif len(rest) != 2 or not rest[1].isdecimal():  # "NAME missing", and a name may hold spaces
            yield GitObject(kind="missing")
        else:
            kind, size = rest[0], int(rest[1])
            data = output[:size] if with_data else b""
            output = output[size + 1 :] if with_data else output
            yield GitObject(kind=kind, name=first, size=size, data=data)


def run_git_checked(directory: Path, *arguments: str, text: bytes = b"") -> bytes:
    """Returns what git printed, given `text` as its input. Raises GitError unless it exits with 0."""
    result = run_git(directory, *arguments, text=text)
    if result.problem:
        raise GitError(safe(result.problem, 400))
    return result.stdout


def run_git(directory: Path, *arguments: str, text: bytes = b"") -> ProgramResult:
    """Runs git, which may fail, with `text` as its input."""
    return run_program(("git", "-c", "core.warnAmbiguousRefs=true", *arguments), directory, text, VARIABLES)


def encode_lines(lines: Iterable[str]) -> bytes:
    """Returns lines for the input of git, also with names of files that are not UTF-8."""
    return b"".join(os.fsencode(line) + b"\n" for line in lines)
