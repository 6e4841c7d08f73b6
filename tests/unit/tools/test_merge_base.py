"""The merge base with a branch, and what is said where there is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_maturity.tools.git import GitError
from pytest_maturity.tools.merge_base import find_merge_base


def git(directory: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose branch `change` left `main` two commits ago; `main` has gone on."""
    path = tmp_path / "repository"
    path.mkdir()
    git(path, "init", "-q")
    for message in ("one", "two"):
        git(path, "commit", "-q", "--allow-empty", "-m", message)
    git(path, "checkout", "-q", "-b", "change")
    git(path, "commit", "-q", "--allow-empty", "-m", "of the change")
    git(path, "checkout", "-q", "main")
    git(path, "commit", "-q", "--allow-empty", "-m", "of the branch")
    git(path, "checkout", "-q", "change")
    return path


def test_the_base_is_where_the_change_left_the_branch(repository: Path) -> None:
    assert find_merge_base(repository, "main").commit == git(repository, "rev-parse", "main~1")


def test_without_a_branch_the_remote_is_preferred(repository: Path) -> None:
    assert find_merge_base(repository).branch == "main"
    git(repository, "update-ref", "refs/remotes/origin/main", "main~1")
    assert find_merge_base(repository).branch == "origin/main"


def test_a_branch_that_git_does_not_know_names_the_command_that_fetches_it(repository: Path) -> None:
    with pytest.raises(GitError, match=r"type git fetch origin dev:refs/remotes/origin/dev$"):
        find_merge_base(repository, "origin/dev")


def test_a_shallow_clone_names_the_command_that_fetches_its_history(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    url = repository.as_uri()
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", "--branch=change", url, str(clone))
    with pytest.raises(GitError, match=r"too shallow .* type git fetch --unshallow origin main:refs/remotes/origin/m"):
        find_merge_base(clone, "origin/main")
    git(clone, "fetch", "-q", "--unshallow", "origin", "main:refs/remotes/origin/main")
    assert find_merge_base(clone, "origin/main").commit == git(repository, "rev-parse", "main~1")


def test_histories_without_a_common_commit_have_no_base(repository: Path) -> None:
    git(repository, "checkout", "-q", "--orphan", "other")
    git(repository, "commit", "-q", "--allow-empty", "-m", "another beginning")
    with pytest.raises(GitError, match="HEAD and main have no common commit"):
        find_merge_base(repository, "main")


def test_no_branch_and_no_repository_are_said(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"^there is no commit to compare with: git exited with 128"):
        find_merge_base(tmp_path)
    git(tmp_path, "init", "-q")
    with pytest.raises(GitError, match="no commit to compare with: set compare_branch"):
        find_merge_base(tmp_path)
