"""The files that a change against a branch touches."""

from __future__ import annotations

import os
from pathlib import Path

from ..model.light_dataclass import light_dataclass
from ..model.text import safe
from .git import GitError, run_git_checked
from .merge_base import MergeBase, find_merge_base
from .work_tree import WorkTree, describe_problem, read_work_tree


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change against a branch. `files` are the paths of all files that it adds, changes or deletes; sorted.

    They are absolute: those that differ between the merge base and the commit that is checked out (three dots), those
    that differ from that commit in the work tree, and the untracked ones. A renamed file is there by both names. A
    submodule, or a repository in a directory of its own, is one of them.
    """

    base: MergeBase
    tree: WorkTree
    files: tuple[Path, ...]


def read_change(root: Path, branch: str = "") -> Change:
    """Returns the change of the repository that `root` lies in against a branch; see `find_merge_base`.

    Raises GitError where it cannot be known, with the command that helps.
    """
    tree = read_work_tree(root)
    if tree is None:
        problem = describe_problem(root)
        raise GitError(problem or f"{safe(str(root), 300)} is in no git repository that has a commit")
    base = find_merge_base(tree.top, branch)
    output = run_git_checked(
        tree.top, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-relative", "--ignore-submodules=none",
        base.commit, tree.commit,
    )  # fmt: skip
    committed = [tree.top / os.fsdecode(path) for path in output.split(b"\0") if path]
    return Change(base=base, tree=tree, files=tuple(sorted({*committed, *tree.modified, *tree.untracked})))
