"""The people whose changes a promotion is about: the authors of commits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..model.text import first_few
from .git import GitError, encode_lines, has_commit, resolve_commit, run_git, run_git_checked
from .merge_base import find_merge_base

# An author, as git was given it, and those who are named as authors, too: no mailmap of the change counts.
FORMAT = "--format=%an <%ae>%x00%(trailers:key=Co-authored-by,valueonly,separator=%x00)"
LOG = ("-c", "log.showSignature=false", "--literal-pathspecs", "log", "--no-mailmap", "--no-show-signature", FORMAT)
PARENT = re.compile(rb"^parent ", re.MULTILINE)


def find_authors(
    directory: Path, head: str, base: str, paths: Iterable[str], uncommitted: Sequence[str] = ()
) -> list[str]:
    """Returns the authors of the commits after `base` that changed one of the paths, and of the commit `head` itself.

    An empty base stands for the beginning. `paths` start at the directory; those outside of it are left out. Raises
    GitError where the authors are not known, also where files are `uncommitted`.
    """
    if uncommitted:
        raise GitError(f"the authors of the change are not known: uncommitted changes: {first_few(uncommitted)}")
    try:
        return read_authors(directory, head, base, paths)
    except GitError as error:
        raise GitError(f"the authors of the change are not known: {error}") from error


def read_authors(directory: Path, head: str, base: str, paths: Iterable[str]) -> list[str]:
    """Returns the authors that git names. Raises GitError."""
    inside = [path for path in dict.fromkeys(paths) if not path.startswith(("../", "/")) and "\n" not in path]
    lines = [head, *([f"^{base}"] if base else []), "--", *inside]
    found = run_git_checked(directory, *LOG, "--stdin", text=encode_lines(lines)) if inside else b""
    commit = run_git_checked(directory, "cat-file", "commit", head).partition(b"\n\n")[0]
    if len(PARENT.findall(commit)) < 2:  # who merges is no author of what is merged
        found += run_git_checked(directory, *LOG, "--max-count=1", head, "--")
    names = re.split("[\0\n]", found.decode("utf-8", "replace"))
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))


def find_base(directory: Path, head: str, branch: str) -> str:
    """Returns the commit after which the change begins; empty where `head` is the first one. Raises GitError.

    It is the merge base with the branch, else the first parent of `head`.
    """
    try:
        base = find_merge_base(directory, branch).commit
    except GitError:  # no branch to compare with
        base = head
    if base != head:
        return base
    first_parent = f"{head}^1"
    return resolve_commit(directory, first_parent) if has_commit(directory, first_parent) else ""


def is_ancestor(directory: Path, commit: str, head: str) -> bool:
    """Whether a commit is in the history of another one."""
    return has_commit(directory, commit) and not run_git(directory, "merge-base", "--is-ancestor", commit, head).problem
