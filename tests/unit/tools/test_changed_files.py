"""The files that a change against a branch touches: committed, uncommitted and untracked ones."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_maturity.tools.changed_files import read_change
from pytest_maturity.tools.git import GitError


def run_git(directory: Path, *arguments: str) -> str:
    command = ("git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments)
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout.strip()


def commit(directory: Path, **modules: str) -> None:
    for name, text in modules.items():
        (directory / f"{name}.py").write_text(text)
    run_git(directory, "add", "-A")
    run_git(directory, "commit", "-qm", "x")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the branch `topic` checked out; `main` has a commit that `topic` lacks."""
    root = tmp_path.resolve() / "root"
    root.mkdir()
    run_git(root, "init", "-q", "-b", "main")
    commit(root, a="A = 1\n", b="B = 1\n", c="C = 1\n", e="E = 1\n")
    run_git(root, "checkout", "-qb", "topic")
    (root / "b.py").unlink()
    (root / "c.py").rename(root / "d.py")
    commit(root, a="A = 2\n")
    run_git(root, "checkout", "-q", "main")
    commit(root, a="A = 3\n", f="F = 1\n")
    run_git(root, "checkout", "-q", "topic")
    return root


def names(root: Path, branch: str) -> list[str]:
    return [path.relative_to(root).as_posix() for path in read_change(root, branch).files]


def test_a_change_begins_at_the_merge_base(root: Path) -> None:
    change = read_change(root, "main")
    assert (change.base.branch, change.base.commit) == ("main", run_git(root, "rev-parse", "main~1"))
    assert names(root, "main") == ["a.py", "b.py", "c.py", "d.py"]  # a renamed file is gone from its old path
    assert names(root, "HEAD") == []


def test_staged_uncommitted_untracked_and_hidden_files_are_part_of_a_change(root: Path) -> None:
    (root / "a.py").write_text("A = 9\n")
    (root / "new").mkdir()
    (root / "new/ü.txt").touch()
    (root / "g.py").touch()
    run_git(root, "add", "g.py")
    run_git(root, "update-index", "--assume-unchanged", "e.py")
    (root / "e.py").unlink()
    assert names(root, "HEAD") == ["a.py", "e.py", "g.py", "new/ü.txt"]
    assert read_change(root / "new", "HEAD") == read_change(root, "HEAD")


def test_settings_of_the_user_hide_no_file(root: Path) -> None:
    (root / "sub").mkdir()
    for name, value in {"diff.relative": "true", "diff.renames": "copies", "status.showUntrackedFiles": "no"}.items():
        run_git(root, "config", name, value)
    (root / "new.txt").touch()
    assert len(read_change(root / "sub", "main").files) == 5


def test_a_change_that_cannot_be_known_says_why(root: Path, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="is in no git repository that has a commit"):
        read_change(tmp_path, "main")
    with pytest.raises(GitError, match="git knows no branch 'dev'"):
        read_change(root, "dev")
