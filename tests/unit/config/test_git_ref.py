"""The names that a ref may have, the policy files in a commit, and the errors that name the option."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.config import git_ref
from pytest_maturity.config.git_ref import (
    GitRefFiles,
    describe_invalid_path,
    describe_invalid_ref,
    describe_unreadable,
    resolve_from_root,
)
from pytest_maturity.model.errors import ConfigError
from pytest_maturity.tools import git
from pytest_maturity.tools.git import GitObject


@pytest.mark.parametrize(
    "ref",
    [
        "main", "origin/main", "refs/heads/main", "v1.0", "HEAD", "HEAD~2", "HEAD^2", "main@{upstream}", "@{-1}",
        "feature/#12+x", "release-1.0", "0123456789abcdef0123456789abcdef01234567", "größer", "a" * 250,
    ],
)  # fmt: skip
def test_a_ref_is_a_branch_a_tag_or_a_commit(ref: str) -> None:
    assert describe_invalid_ref(ref) == ""


@pytest.mark.parametrize(
    "ref",
    ["-x", "--help", "--output=/tmp/x", "^main", "main..x", "main:pyproject.toml", ":/fix", "a b", "a\nb", "a\tb",
     "a\0b", "a\x1b[31m", "a\u202eb", "*", "a?", "a[b", "a\\b", "\ud800"],
)  # fmt: skip
def test_what_cannot_be_a_ref_never_reaches_git(ref: str) -> None:
    assert describe_invalid_ref(ref) == "cannot be a git ref: give a branch, a tag or a commit"


def test_an_empty_ref_and_an_endless_one_are_refused() -> None:
    assert describe_invalid_ref("") == "names no git ref: give a branch, a tag or a commit"
    assert describe_invalid_ref("a" * 251) == "is too long to be a git ref"


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("api/pyproject.toml", ""),
        ("..policy/x.toml", ""),
        ("../x.toml", "is not in the git repository"),
        ("/etc/x.toml", "is not in the git repository"),
        ("a\nb.toml", "has a line break in its name"),
    ],
)
def test_only_a_path_in_the_repository_is_looked_up(path: str, problem: str) -> None:
    assert describe_invalid_path(path) == problem


@pytest.mark.parametrize(
    ("kind", "size", "problem"),
    [
        ("blob", 524288, ""),
        ("blob", 524289, "is larger than 512 KiB"),
        ("tree", 5, "is a directory"),
        ("symlink", 0, "is a symbolic link that leads out of the repository"),
        ("dangling", 0, "is a symbolic link that leads nowhere"),
        ("loop", 0, "is a symbolic link that leads to itself"),
        ("notdir", 0, "is not a file that git can read"),
        ("missing", 0, "is not a file that git can read"),
        ("commit", 5, "is not a file that git can read"),
    ],
)
def test_only_a_small_file_is_read(kind: str, size: int, problem: str) -> None:
    assert describe_unreadable(GitObject(kind=kind, size=size)) == problem


def test_a_file_that_vanishes_while_it_is_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        "a.toml": GitObject(kind="blob", name="1234", size=3),
        "b.toml": GitObject(kind="blob", name="5678", size=1),
    }
    monkeypatch.setattr(git, "find_objects", lambda *_: found)
    monkeypatch.setattr(git, "read_objects", lambda *_: [found["a.toml"], GitObject(kind="missing")])
    with pytest.raises(ConfigError, match=r"^--maturity-policy-ref: git could not read a\.toml, b\.toml in main$"):
        git_ref.read_contents(Path("/"), "main", "c", ["a.toml", "b.toml"])


def test_a_file_is_named_as_git_show_names_it(tmp_path: Path) -> None:
    found = GitRefFiles(
        root=tmp_path, ref="main", commit="c", prefix="services/api/", files={"a": b"1", "../b": b"2", "c": None}
    )
    assert found.display_name(tmp_path / "a") == "main:services/api/a"
    assert found.display_name(tmp_path / "../b") == "main:services/b"
    assert [found.has_file(tmp_path / name) for name in ("a", "../b", "c", "d")] == [True, True, False, False]
    assert found.read_bytes(tmp_path / "a") == b"1"
    with pytest.raises(ConfigError, match=r"^main:services/api/c: is not in the commit c$"):
        found.read_bytes(tmp_path / "c")


def test_the_files_can_be_sent_to_another_root(tmp_path: Path) -> None:
    found = GitRefFiles(root=tmp_path, ref="main", commit="c", prefix="", files={"a": b"1"})
    assert "root" not in found.to_dict()
    assert GitRefFiles.from_dict(Path("/other"), found.to_dict()).has_file(Path("/other/a"))


def test_the_directory_of_a_named_file_is_the_real_one_and_the_file_may_be_a_link(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    (root / "real/policy.toml").symlink_to("gone.toml")
    assert resolve_from_root(root, root / "link/policy.toml") == "real/policy.toml"
