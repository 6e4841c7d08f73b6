"""What a ref may be called, what git's answers mean, and what a snapshot says of its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.config import git_ref
from pytest_maturity.config.git_ref import GitRefFiles, below, not_a_ref, objects, out_of_reach, unreadable
from pytest_maturity.model.errors import ConfigError

HASH = b"0123456789012345678901234567890123456789"


@pytest.mark.parametrize(
    "ref",
    [
        "main", "origin/main", "refs/heads/main", "v1.0", "HEAD", "HEAD~2", "HEAD^2", "main@{upstream}", "@{-1}",
        "feature/#12+x", "release-1.0", "0123456789abcdef0123456789abcdef01234567", "größer", "a" * 250,
    ],
)  # fmt: skip
def test_a_ref_is_a_branch_a_tag_or_a_commit(ref: str) -> None:
    assert not_a_ref(ref) == ""


@pytest.mark.parametrize(
    "ref",
    ["-x", "--help", "--output=/tmp/x", "^main", "main..x", "main:pyproject.toml", ":/fix", "a b", "a\nb", "a\tb",
     "a\0b", "a\x1b[31m", "a\u202eb", "*", "a?", "a[b", "a\\b", "\ud800"],
)  # fmt: skip
def test_what_cannot_be_a_ref_never_reaches_git(ref: str) -> None:
    assert not_a_ref(ref) == "cannot be a git ref: give a branch, a tag or a commit"


def test_an_empty_ref_and_an_endless_one_are_refused() -> None:
    assert not_a_ref("") == "names no git ref: give a branch, a tag or a commit"
    assert not_a_ref("a" * 251) == "is too long to be a git ref"


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
def test_only_a_path_in_the_repository_can_be_asked_for(path: str, problem: str) -> None:
    assert out_of_reach(path) == problem


def test_answers_of_git_are_told_apart() -> None:
    heads = b"a:x missing\nsymlink 11\n/etc/passwd\n" + HASH + b" blob 5\nloop 3\na:x\n" + HASH + b" tree 9\n"
    assert [head[0] for head, _ in objects(heads, False)] == [b"a:x", b"symlink", HASH, b"loop", HASH]
    whole = HASH + b" blob 3\na\nb\n" + b"x missing\n" + HASH + b" blob 0\n\n"
    assert [data for _, data in objects(whole, True)] == [b"a\nb", b"", b""]
    assert list(objects(b"", True)) == []


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ([HASH, b"blob", b"524288"], ""),
        ([HASH, b"blob", b"524289"], "larger than 512 KiB"),
        ([HASH, b"tree", b"5"], "is a directory"),
        ([b"symlink", b"11"], "is a symbolic link that leads out of the repository"),
        ([b"dangling", b"11"], "is a symbolic link that leads nowhere"),
        ([b"loop", b"11"], "is a symbolic link that leads to itself"),
        ([b"a:x", b"missing"], "is not a file that git can read"),
        ([HASH, b"commit", b"5"], "is not a file that git can read"),
    ],
)
def test_only_a_small_file_is_read(head: list[bytes], problem: str) -> None:
    assert unreadable(head) == problem


def test_a_file_that_vanishes_while_it_is_read_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [b"a.toml\0", HASH + b" blob 3\n", HASH + b" missing\n"]
    monkeypatch.setattr(git_ref, "run", lambda *_: answers.pop(0))
    with pytest.raises(ConfigError, match=r"^--maturity-policy-ref: git could not read a\.toml in main$"):
        git_ref.contents(Path("/"), "main", "c", ["a.toml"])


def test_a_snapshot_calls_its_files_as_git_show_does(tmp_path: Path) -> None:
    found = GitRefFiles(
        root=tmp_path, ref="main", commit="c", place="services/api/", files={"a": b"1", "../b": b"2", "c": None}
    )
    assert found.display_name(tmp_path / "a") == "main:services/api/a"
    assert found.display_name(tmp_path / "../b") == "main:services/b"
    assert [found.has_file(tmp_path / name) for name in ("a", "../b", "c", "d")] == [True, True, False, False]
    assert found.read_bytes(tmp_path / "a") == b"1"
    with pytest.raises(ConfigError, match=r"^main:services/api/c: is not in the commit c$"):
        found.read_bytes(tmp_path / "c")


def test_a_snapshot_survives_the_way_to_another_root(tmp_path: Path) -> None:
    found = GitRefFiles(root=tmp_path, ref="main", commit="c", place="", files={"a": b"1"})
    assert "root" not in found.to_dict()
    assert GitRefFiles(root=Path("/other"), **found.to_dict()).has_file(Path("/other/a"))


def test_the_directory_of_a_named_file_is_the_real_one_and_the_file_may_be_a_link(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    (root / "real/policy.toml").symlink_to("gone.toml")
    assert below(root, root / "link/policy.toml") == "real/policy.toml"
