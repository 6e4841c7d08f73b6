"""The authors of a change: of the commits since a base that touch its paths, and of the last commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.tools.authors import find_authors, find_base, is_ancestor
from pytest_maturity.tools.git import GitError
from tests.unit.repository import Repository, make_repository

PATHS = ("src/shop.py", "tests")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository in which ann wrote the first commit, on main."""
    found = make_repository(tmp_path / "project")
    found.commit("src/shop.py", "1", author="ann")
    return found


def authors(repository: Repository, base: str) -> list[str]:
    return find_authors(repository.path, repository.git("rev-parse", "HEAD"), base, PATHS)


def test_all_who_changed_the_paths_since_the_base_are_authors(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.commit("src/shop.py", "2", author="bob")
    repository.commit("README.md", "2", author="dan")
    repository.commit("tests/test_shop.py", "2", "eve", "change\n\nCo-authored-by: Fay <fay@example.org>")
    assert authors(repository, base) == ["eve <eve@example.org>", "Fay <fay@example.org>", "bob <bob@example.org>"]
    assert authors(repository, "")[-1] == "ann <ann@example.org>"


def test_the_author_of_the_last_commit_is_one_whatever_it_touches(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.commit("src/shop.py", "2", author="bob")
    repository.commit("README.md", "2", author="dan")
    assert authors(repository, base) == ["bob <bob@example.org>", "dan <dan@example.org>"]


def test_who_merges_is_no_author(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "-b", "change")
    repository.commit("src/shop.py", "2", author="bob")
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "change", author="dan")
    assert authors(repository, base) == ["bob <bob@example.org>"]


def test_a_mailmap_of_the_change_hides_nobody(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.commit(".mailmap", "Someone Else <else@example.org> <bob@example.org>\n", author="dan")
    repository.commit("src/shop.py", "2", author="bob")
    assert authors(repository, base) == ["bob <bob@example.org>"]


def test_the_base_is_the_merge_base_else_the_first_parent(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    assert find_base(repository.path, first, "") == ""
    second = repository.commit("src/shop.py", "2")
    assert find_base(repository.path, second, "main") == first
    repository.git("checkout", "-q", "-b", "change")
    for text in "34":
        head = repository.commit("src/shop.py", text)
    assert find_base(repository.path, head, "main") == second
    assert find_base(repository.path, head, "nowhere") == repository.git("rev-parse", "HEAD~1")
    assert is_ancestor(repository.path, first, head)
    assert not is_ancestor(repository.path, head, first)
    assert not is_ancestor(repository.path, "0" * 40, head)


def test_outside_of_a_repository_nothing_is_known(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        find_authors(tmp_path, "HEAD", "", PATHS)
