"""The work tree of a git repository: the commit that is checked out, and every file that differs from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .processes import run_program

STATUS = (
    "git", "status", "--porcelain=v2", "-z", "--branch", "--untracked-files=all", "--no-renames",
    "--ignore-submodules=none",
)  # fmt: skip
FIELDS_BEFORE_PATH = {"1": 7, "u": 9}  # of a changed and of an unmerged entry
TIMEOUT = 60.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """A checked-out commit and the files that differ from it, by their absolute paths. `top` is the repository.

    `modified` are files of the commit that were changed or deleted, `untracked` files that git neither knows nor
    ignores. A submodule, or a repository in a directory of its own, is one entry.
    """

    top: Path
    commit: str
    modified: tuple[Path, ...] = ()
    untracked: tuple[Path, ...] = ()


def read_work_tree(root: Path) -> WorkTree | None:
    """Returns what is checked out in the repository that `root` lies in; None outside of a repository.

    A repository without a commit, and one that ignores `root`, says nothing about the files there: None, too.
    """
    top = Path(os.fsdecode(run_program(("git", "rev-parse", "--show-toplevel"), root).stdout).rstrip("\n"))
    status = run_program(STATUS, root, variables={"GIT_OPTIONAL_LOCKS": "0"}, timeout=TIMEOUT)
    if status.problem or top == Path():
        return None
    if top != root and not run_program(("git", "check-ignore", "--quiet", "--", os.fspath(root)), top).problem:
        return None
    return parse_work_tree(status.stdout, top)


def parse_work_tree(output: bytes, top: Path) -> WorkTree | None:
    """Reads what `git status --porcelain=v2 -z --branch` printed in the repository at `top`."""
    commit = ""
    modified: list[Path] = []
    untracked: list[Path] = []
    for line in os.fsdecode(output).split("\0"):
        kind, _, rest = line.partition(" ")
        if kind == "#" and rest.startswith("branch.oid "):
            commit = rest.removeprefix("branch.oid ")
        elif kind == "?":
            untracked.append(top / rest)
        elif kind in FIELDS_BEFORE_PATH:
            modified.append(top / rest.split(" ", FIELDS_BEFORE_PATH[kind])[-1])
    if commit in ("", "(initial)"):
        return None
    return WorkTree(top=top, commit=commit, modified=tuple(modified), untracked=tuple(untracked))
