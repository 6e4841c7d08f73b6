"""The identity of a repository: the same in all clones, another one elsewhere, unknown where history is missing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_maturity.tools.git import GitError
from pytest_maturity.tools.repository import identify_repository


def git(directory: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of two commits, with a directory `api`."""
    path = tmp_path / "repository"
    (path / "api").mkdir(parents=True)
    git(path, "init", "-q")
    git(path, "commit", "-q", "--allow-empty", "-m", "one")
    git(path, "commit", "-q", "--allow-empty", "-m", "two")
    return path


def test_clones_and_branches_have_the_identity_of_their_repository(repository: Path, tmp_path: Path) -> None:
    first = git(repository, "rev-parse", "main~1")
    assert identify_repository(repository) == f"{first}:"
    assert identify_repository(repository / "api") == f"{first}:api/"
    git(tmp_path, "clone", "-q", str(repository), "clone")
    git(tmp_path / "clone", "checkout", "-q", "-b", "change")
    git(tmp_path / "clone", "commit", "-q", "--allow-empty", "-m", "three")
    assert identify_repository(tmp_path / "clone") == f"{first}:"


def test_a_history_that_was_merged_in_changes_no_identity(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    git(other, "commit", "-q", "--allow-empty", "-m", "of another project")
    before = identify_repository(repository)
    assert identify_repository(other) != before
    git(repository, "fetch", "-q", str(other), "main")
    git(repository, "merge", "-q", "--allow-unrelated-histories", "-m", "merge", "FETCH_HEAD")
    assert identify_repository(repository) == before


def test_without_the_whole_history_the_identity_is_unknown(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", repository.as_uri(), "clone")
    with pytest.raises(GitError, match=r"^this clone is shallow, .*: type git fetch --unshallow$"):
        identify_repository(tmp_path / "clone")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(GitError, match=r"is in no git repository that can be read: git"):
        identify_repository(empty)
    git(empty, "init", "-q")
    with pytest.raises(GitError):
        identify_repository(empty)
