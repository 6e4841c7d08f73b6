"""The output of git, parsed: the objects of a commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_maturity.tools import git
from pytest_maturity.tools.git import GitError, GitObject, parse_objects
from pytest_maturity.tools.processes import ProgramResult

HASH = "0123456789012345678901234567890123456789"
AMBIGUOUS = "warning: refname 'x' is ambiguous."
SEVERAL = "'x' is several refs, a branch and a tag for example: write refs/remotes/x"


def test_kinds_and_sizes_of_objects_are_parsed() -> None:
    output = (
        f"a:x missing\nsymlink 11\n/etc/passwd\n{HASH} blob 5\nloop 3\na:x\nnotdir 1\nb\n"
        f"c:my blob missing\n{HASH} tree 9\ndangling 2\nab\n"
    )
    assert list(parse_objects(output.encode(), with_data=False)) == [
        GitObject(kind="missing"),
        GitObject(kind="symlink"),
        GitObject(kind="blob", name=HASH, size=5),
        GitObject(kind="loop"),
        GitObject(kind="notdir"),
        GitObject(kind="missing"),
        GitObject(kind="tree", name=HASH, size=9),
        GitObject(kind="dangling"),
    ]


def test_the_data_of_objects_is_parsed_by_its_size() -> None:
    output = f"{HASH} blob 4\na\nb\n\nx missing\n{HASH} blob 0\n\n{HASH} blob 1\nz\n"
    assert list(parse_objects(output.encode(), with_data=True)) == [
        GitObject(kind="blob", name=HASH, size=4, data=b"a\nb\n"),
        GitObject(kind="missing"),
        GitObject(kind="blob", name=HASH, size=0),
        GitObject(kind="blob", name=HASH, size=1, data=b"z"),
    ]


def test_nothing_is_parsed_as_nothing() -> None:
    assert list(parse_objects(b"", with_data=True)) == []


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (ProgramResult(b"", "git exited with 128: fatal: \x1b[31mno"), "git exited with 128: fatal: \\x1b[31mno"),
        (ProgramResult(HASH.encode()[1:] + b"\n"), "git printed no commit"),
        (ProgramResult(HASH.encode() + b"\n", "", AMBIGUOUS), SEVERAL),
    ],
)
def test_a_ref_without_one_commit_is_an_error(
    monkeypatch: pytest.MonkeyPatch, result: ProgramResult, error: str
) -> None:
    monkeypatch.setattr(git, "run_git", lambda *_: result)
    with pytest.raises(GitError) as caught:
        git.resolve_commit(Path("/"), "x")
    assert str(caught.value) == error
    assert isinstance(caught.value, git.AmbiguousRefError) is (error == SEVERAL)


@pytest.mark.parametrize("name", [HASH, HASH + HASH[:24]])
def test_a_commit_has_a_name_of_40_or_of_64_digits(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(git, "run_git", lambda *_: ProgramResult(f"{name}\n".encode()))
    assert git.resolve_commit(Path("/"), "x") == name


def test_git_warns_of_ambiguous_names_whatever_the_user_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []

    def run_program(argv: tuple[str, ...], *_: object) -> ProgramResult:
        commands.append(argv)
        return ProgramResult(HASH.encode() + b"\n")

    monkeypatch.setattr(git, "run_program", run_program)
    git.resolve_commit(Path("/"), "x")
    assert commands[0][:3] == ("git", "-c", "core.warnAmbiguousRefs=true")


def test_the_changes_between_commits_are_all_listed_whatever_the_user_configured(tmp_path: Path) -> None:
    run = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path)]
    commits = []
    for command in ("init -q", "config diff.relative true", "config diff.renames true"):
        subprocess.run([*run, *command.split()], check=True)
    (tmp_path / "below").mkdir()
    (tmp_path / "a").write_text("same\n" * 20)
    for step in range(2):
        subprocess.run([*run, "add", "."], check=True)
        subprocess.run([*run, "commit", "-qm", "x"], check=True)
        commits.append(git.resolve_commit(tmp_path, "HEAD"))
        if step == 0:
            (tmp_path / "a").rename(tmp_path / "below/b c")
    assert git.list_changes(tmp_path / "below", *commits) == ["a", "below/b c"]
    assert git.list_changes(tmp_path, commits[0], commits[0]) == []
    with pytest.raises(GitError):
        git.list_changes(tmp_path, commits[0], "f" * 40)


def test_what_git_tracks_is_listed_and_outside_of_a_repository_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "a[b]").touch()
    assert git.list_tracked(tmp_path, [Path("a[b]")]) == []
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert git.list_tracked(tmp_path, [Path("a[b]"), Path("no/file")]) == []
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    assert git.list_tracked(tmp_path, [Path("a[b]"), Path("no/file")]) == ["a[b]"]
