"""The identity of a repository: what is decided in one must not count in another."""

from __future__ import annotations

from pathlib import Path

from ..model.text import safe
from .git import COMMIT_LINE, GitError, find_prefix, is_shallow, run_git_checked

ROOT = ("rev-list", "--max-parents=0", "--first-parent", "HEAD", "--")


def identify_repository(directory: Path) -> str:
    """Returns the identity of the project in a directory: the first commit of its history, and its path from the top.

    All clones and forks have the same: `4b825dc642cb6eb9a060e54bf8d69288fbee4904:services/api/`. Raises GitError
    where it is not known: outside of a repository, without a commit, and in a shallow clone.
    """
    try:
        prefix = find_prefix(directory)
    except GitError as error:
        raise GitError(f"{safe(str(directory), 300)} is in no git repository that can be read: {error}") from error
    if is_shallow(directory):
        raise GitError("this clone is shallow, so that its first commit is not known: type git fetch --unshallow")
    found = run_git_checked(directory, *ROOT)
    if not COMMIT_LINE.fullmatch(found):
        raise GitError("git printed no first commit")
    return f"{found.decode('ascii').strip()}:{prefix}"
