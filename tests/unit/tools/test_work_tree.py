"""The work tree: which files differ from the commit that is checked out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_maturity.tools.work_tree import read_work_tree


def run_git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=directory, check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the commit of three files."""
    for name in ("a b.py", "gone.py", "lib/c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("A = 1\n")
    (tmp_path / ".gitignore").write_text("*.log\nout/\n")
    run_git(tmp_path, "init", "-q")
    run_git(tmp_path, "add", ".")
    run_git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def test_a_clean_work_tree_differs_in_nothing(repository: Path) -> None:
    found = read_work_tree(repository)
    assert found is not None
    assert (found.top, len(found.commit), found.modified, found.untracked) == (repository, 40, (), ())


def test_every_file_that_differs_from_the_commit_is_found(repository: Path) -> None:
    (repository / "a b.py").write_text("A = 2\n")
    (repository / "gone.py").unlink()
    (repository / "lib/new").mkdir()
    for name in ("lib/new/é.txt", "x.log"):
        (repository / name).touch()
    (repository / "lib/d.py").touch()
    run_git(repository, "add", "lib/d.py")
    found = read_work_tree(repository / "lib")
    assert found is not None
    assert found.modified == (repository / "a b.py", repository / "gone.py", repository / "lib/d.py")
    assert found.untracked == (repository / "lib/new/é.txt",)


def test_a_conflict_is_a_difference(repository: Path) -> None:
    run_git(repository, "checkout", "-qb", "other")
    for branch in ("other", "-"):
        run_git(repository, "checkout", "-q", *(["-"] if branch == "-" else []))
        (repository / "a b.py").write_text(f"A = {branch!r}\n")
        run_git(repository, "commit", "-qam", branch)
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "merge", "-q", "other"],
                   cwd=repository, check=False, capture_output=True)  # fmt: skip
    found = read_work_tree(repository)
    assert found is not None
    assert found.modified == (repository / "a b.py",)


def test_a_directory_that_the_repository_ignores_has_no_work_tree(repository: Path) -> None:
    (repository / "out").mkdir()
    assert read_work_tree(repository / "out") is None


def test_without_a_commit_there_is_no_work_tree(tmp_path: Path) -> None:
    assert read_work_tree(tmp_path) is None
    run_git(tmp_path, "init", "-q")
    assert read_work_tree(tmp_path) is None
