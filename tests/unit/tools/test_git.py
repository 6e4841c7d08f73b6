"""Which commit is checked out, from what git printed."""

from __future__ import annotations

import pytest

from pytest_maturity.model.evidence import ToolResult
from pytest_maturity.tools import git

CLEAN = "# branch.oid 0123456789abcdef\n# branch.head main\n# branch.upstream origin/main\n# branch.ab +0 -0\n"


@pytest.mark.parametrize(
    ("stdout", "problem", "commit", "dirty"),
    [
        (CLEAN, "", "0123456789abcdef", False),
        (CLEAN + "1 .M N... 100644 100644 100644 a b src/x.py\n", "", "0123456789abcdef", True),
        (CLEAN + "? new.py\n", "", "0123456789abcdef", True),
        (CLEAN.replace("main", "(detached)"), "", "0123456789abcdef", False),
        (CLEAN + "? # branch.oid fake\n", "", "0123456789abcdef", True),
        ("# branch.oid (initial)\n# branch.head main\n? x\n", "", None, None),
        ("", "", None, None),
        ("", "git is not installed", None, None),
        (CLEAN, "git exited with 128: fatal: not a git repository", None, None),
    ],
)
def test_git_tells_the_commit_and_whether_the_tree_differs(
    stdout: str, problem: str, commit: str | None, dirty: bool | None
) -> None:
    result = ToolResult(argv=("git",), stdout=stdout, problem=problem)
    assert git.describe(result) == {"commit": commit, "dirty": dirty}


def test_git_is_asked_for_untracked_files_too() -> None:
    assert git.COMMANDS[git.KEY].argv == ("git", "status", "--porcelain=v2", "--branch")
    assert git.COMMANDS[git.KEY].documented == (0,)
