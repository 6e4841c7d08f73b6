"""The commit at which a change left the branch that it is compared with."""

from __future__ import annotations

import re
from pathlib import Path

from ..model.light_dataclass import light_dataclass
from ..model.text import safe
from .git import GitError, has_commit, is_shallow, resolve_commit, run_git

# Where the configuration names no branch, the first of these that the clone has.
USUAL_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
REMOTE_BRANCH = re.compile(r"(?:refs/remotes/)?origin/(?!HEAD$)([^@~^{}]+)")


@light_dataclass(frozen=True, slots=True, kw_only=True)
class MergeBase:
    """The best common ancestor of HEAD and `branch`: what `git diff branch...HEAD` starts from."""

    branch: str
    commit: str


def find_merge_base(directory: Path, branch: str = "") -> MergeBase:
    """Returns the merge base of HEAD with a branch; without one, with the first of USUAL_BRANCHES.

    Raises GitError, with the command that would help, where there is none.
    """
    if not branch:
        branch = next((one for one in USUAL_BRANCHES if has_commit(directory, one)), "")
    if not branch:
        problem = run_git(directory, "rev-parse", "--git-dir").problem
        known = "set compare_branch, or type git fetch origin"
        raise GitError(f"there is no commit to compare with: {safe(problem, 300) if problem else known}")
    if not has_commit(directory, branch):
        raise GitError(f"git knows no branch {safe(branch, 100)!r}: type {suggest_fetch(directory, branch)}")
    result = run_git(directory, "merge-base", resolve_commit(directory, branch), "HEAD")
    commit = result.stdout.decode("ascii", "replace").strip()
    if commit and not result.problem:
        return MergeBase(branch=branch, commit=commit)
    if is_shallow(directory):
        command = suggest_fetch(directory, branch)
        raise GitError(f"this clone is too shallow to have the merge base with {safe(branch, 100)}: type {command}")
    raise GitError(f"HEAD and {safe(branch, 100)} have no common commit")


def suggest_fetch(directory: Path, branch: str) -> str:
    """Returns the command that fetches a branch, and the history up to the merge base where the clone is shallow."""
    match = REMOTE_BRANCH.fullmatch(branch)
    depth = " --unshallow" if is_shallow(directory) else ""
    return f"git fetch{depth} origin" + (f" {match[1]}:refs/remotes/origin/{match[1]}" if match else "")
