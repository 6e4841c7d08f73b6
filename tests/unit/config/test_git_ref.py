"""The names that a ref may have, the policy files in a commit, and the errors that name the option."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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

OPTION = "--maturity-policy-ref"

POLICY_NAMES = (
    "pyproject.toml", "maturity.yaml", "maturity.yml", "maturity-waivers.yaml", "maturity-waivers.yml",
    "maturity-waivers.toml",
)  # fmt: skip


@dataclass
class Repository:
    """A repository without git: the answers of tools/git.py."""

    prefix: str = ""
    commits: dict[str, str] = field(default_factory=lambda: {"main": "c" * 40})
    files: dict[str, bytes] = field(default_factory=dict)
    is_shallow: bool = False
    error: str = ""
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> Repository:
        names = ("find_prefix", "resolve_commit", "has_commit", "find_objects", "read_objects")
        for name in names:
            monkeypatch.setattr(git, name, getattr(self, name))
        monkeypatch.setattr(git, "is_shallow", self._is_shallow)
        return self

    def find_prefix(self, root: Path) -> str:
        self.calls.append(("find_prefix", root))
        if self.error:
            raise git.GitError(self.error)
        return self.prefix

    def resolve_commit(self, root: Path, ref: str) -> str:
        self.calls.append(("resolve_commit", root, ref))
        if ref == "twice":
            raise git.AmbiguousRefError("refname 'twice' is ambiguous")
        if ref not in self.commits:
            raise git.GitError("fatal: no")
        return self.commits[ref]

    def has_commit(self, root: Path, ref: str) -> bool:
        self.calls.append(("has_commit", root, ref))
        return ref in self.commits

    def _is_shallow(self, root: Path) -> bool:
        self.calls.append(("is_shallow", root))
        return self.is_shallow

    def find_objects(self, root: Path, commit: str, paths: list[str]) -> dict[str, GitObject]:
        self.calls.append(("find_objects", root, commit, tuple(paths)))
        sizes = {path: len(self.files[path]) for path in paths if path in self.files}
        return {path: GitObject(kind="blob", name=path, size=size) for path, size in sizes.items()}

    def read_objects(self, root: Path, objects: list[GitObject]) -> list[GitObject]:
        self.calls.append(("read_objects", root, tuple(found.name for found in objects)))
        return [GitObject(kind="blob", name=found.name, data=self.files[found.name]) for found in objects]


def problems(root: Path, ref: str, named: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        git_ref.read_ref(root, ref, named)
    return caught.value.problems


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


def test_every_file_that_vanishes_while_it_is_read_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {name: GitObject(kind="blob", name=name * 4, size=1) for name in ("a", "b", "c")}
    monkeypatch.setattr(git, "find_objects", lambda *_: found)
    monkeypatch.setattr(git, "read_objects", lambda *_: [found["b"], GitObject(kind="missing")])
    with pytest.raises(ConfigError) as caught:
        git_ref.read_contents(Path("/"), "main", "c", list(found))
    assert caught.value.problems == (f"{OPTION}: git could not read a, c in main",)


def test_a_file_that_cannot_be_read_is_named_with_the_ref(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Repository(files={"maturity.yml": b"x" * 600_000}).install(monkeypatch)
    assert problems(tmp_path, "main") == ("main:maturity.yml: is larger than 512 KiB",)


def test_a_file_is_named_as_git_show_names_it(tmp_path: Path) -> None:
    found = GitRefFiles(
        root=tmp_path, ref="main", commit="c", prefix="services/api/", files={"a": b"1", "../b": b"2", "c": None}
    )
    assert found.format_name(tmp_path / "a") == "main:services/api/a"
    assert found.format_name(tmp_path / "../b") == "main:services/b"
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


def test_the_policy_files_of_a_ref_are_read_from_the_root_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path.resolve()
    files = {"services/api/pyproject.toml": b"1", "shared.toml": b"2", "pyproject.toml": b"of another project"}
    repository = Repository(prefix="services/api/", files=files).install(monkeypatch)
    found = git_ref.read_ref(root, "main", root / "../../shared.toml")
    assert found == GitRefFiles(
        root=root,
        ref="main",
        commit="c" * 40,
        prefix="services/api/",
        files={"pyproject.toml": b"1", **dict.fromkeys(POLICY_NAMES[1:]), "../../shared.toml": b"2"},
    )
    paths = (*(f"services/api/{name}" for name in POLICY_NAMES), "shared.toml")
    assert repository.calls == [
        ("find_prefix", root),
        ("resolve_commit", root, "main"),
        ("find_objects", root, "c" * 40, paths),
        ("read_objects", root, ("services/api/pyproject.toml", "shared.toml")),
    ]


def test_a_named_file_that_is_one_of_the_usual_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Repository().install(monkeypatch)
    assert tuple(git_ref.read_ref(tmp_path, "main", tmp_path / "maturity.yml").files) == POLICY_NAMES
    assert tuple(git_ref.read_ref(tmp_path, "main").files) == POLICY_NAMES


def test_an_invalid_ref_is_refused_before_git_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository().install(monkeypatch)
    assert problems(tmp_path, "-x") == (f"{OPTION}: '-x' cannot be a git ref: give a branch, a tag or a commit",)
    assert problems(tmp_path, "a" * 251) == (f"{OPTION}: '{'a' * 77}...' is too long to be a git ref",)
    assert repository.calls == []


def test_outside_a_repository_the_problem_names_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Repository(error="git is not installed").install(monkeypatch)
    assert problems(tmp_path / "\x1b", "main") == (
        f"{OPTION}: {tmp_path}/\\x1b is in no git repository that can be read: git is not installed",
    )


def test_paths_outside_the_repository_and_an_unknown_ref_are_reported_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository().install(monkeypatch)
    outside = tmp_path.resolve().parent / "x.toml"
    assert problems(tmp_path.resolve(), "mian", outside) == (
        f"{OPTION}: ../x.toml is not in the git repository",
        f"{OPTION}: git knows no commit 'mian': fatal: no; type git fetch origin "
        f"mian:refs/remotes/origin/mian, then {OPTION} origin/mian",
    )
    assert {call[1] for call in repository.calls} == {tmp_path.resolve()}
    assert problems(tmp_path.resolve(), "main", tmp_path.resolve() / "a\nb.toml") == (
        f"{OPTION}: a\\nb.toml has a line break in its name",
    )


def test_an_ambiguous_ref_is_refused_with_its_full_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Repository().install(monkeypatch)
    assert problems(tmp_path, "twice") == (f"{OPTION}: 'twice' is ambiguous: write it in full, like refs/heads/twice",)


@pytest.mark.parametrize("is_shallow", [False, True])
@pytest.mark.parametrize(
    ("ref", "command", "depth", "then"),
    [
        ("dev", "dev:refs/remotes/origin/dev", " --depth=1", f", then {OPTION} origin/dev"),
        ("refs/heads/dev", "dev:refs/remotes/origin/dev", " --depth=1", f", then {OPTION} origin/dev"),
        ("a/b", "a/b:refs/remotes/origin/a/b", " --depth=1", f", then {OPTION} origin/a/b"),
        ("origin/dev", "dev:refs/remotes/origin/dev", " --depth=1", ""),
        ("refs/remotes/origin/dev", "dev:refs/remotes/origin/dev", " --depth=1", ""),
        ("0123abc", "0123abc", " --depth=1", ""),
        ("0123ab", "0123ab:refs/remotes/origin/0123ab", " --depth=1", f", then {OPTION} origin/0123ab"),
        ("0123abg", "0123abg:refs/remotes/origin/0123abg", " --depth=1", f", then {OPTION} origin/0123abg"),
        ("0" * 65, f"{'0' * 65}:refs/remotes/origin/{'0' * 65}", " --depth=1", f", then {OPTION} origin/{'0' * 65}"),
        ("0" * 64, "0" * 64, " --depth=1", ""),
        ("HEAD", "", " --unshallow", ""),
        ("FETCH_HEAD", "", " --unshallow", ""),
        ("dev~2", "", " --unshallow", ""),
        ("dev^", "", " --unshallow", ""),
        ("dev@{1}", "", " --unshallow", ""),
    ],
)
def test_the_remedy_for_an_unknown_ref_is_a_command(
    monkeypatch: pytest.MonkeyPatch, ref: str, command: str, depth: str, then: str, is_shallow: bool
) -> None:
    repository = Repository(is_shallow=is_shallow).install(monkeypatch)
    fetch = "git fetch origin" + (f" {command}" if command else "") + (depth if is_shallow else "")
    reason = "this clone is shallow: " if is_shallow else ""
    assert git_ref.suggest_remedy(Path("/r"), ref) == f"{reason}type {fetch}{then}"
    assert repository.calls == [("has_commit", Path("/r"), f"refs/remotes/origin/{ref}"), ("is_shallow", Path("/r"))]


def test_the_remedy_for_a_branch_of_the_remote_is_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    Repository(commits={"refs/remotes/origin/dev": "d"}).install(monkeypatch)
    assert git_ref.suggest_remedy(Path("/"), "dev") == "did you mean 'origin/dev'?"


def test_every_file_that_cannot_be_read_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"a\x1b": GitObject(kind="tree"), "b": GitObject(kind="blob", size=1), "c": GitObject(kind="loop")}
    monkeypatch.setattr(git, "find_objects", lambda *_: found)
    with pytest.raises(ConfigError) as caught:
        git_ref.read_contents(Path("/"), "main", "c", list(found))
    assert caught.value.problems == (
        "main:a\\x1b: is a directory",
        "main:c: is a symbolic link that leads to itself",
    )


@pytest.mark.parametrize("name", ["find_objects", "read_objects"])
def test_an_error_of_git_names_the_option(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fail(*_: object) -> None:
        raise git.GitError("git exited with 128: fatal: bad object")

    Repository().install(monkeypatch)
    monkeypatch.setattr(git, name, fail)
    with pytest.raises(ConfigError) as caught:
        git_ref.read_contents(Path("/"), "main", "c", ["a"])
    assert caught.value.problems == (f"{OPTION}: git exited with 128: fatal: bad object",)


def test_a_path_on_another_drive_stays_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr("os.path.relpath", fail)
    assert resolve_from_root(Path("/r"), tmp_path.resolve() / "x.toml") == f"{tmp_path.resolve()}/x.toml"


def test_more_files_of_a_ref_are_read_from_the_same_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path.resolve()
    repository = Repository(files={"api/a": b"1", "b": b"2"}).install(monkeypatch)
    known = GitRefFiles(root=root, ref="main", commit="c" * 40, prefix="api/", files={"old": b"0"})
    found = git_ref.read_more(known, [root / "a", root / "../b", root / "gone"])
    assert found == replace(known, files={"a": b"1", "../b": b"2", "gone": None})
    assert repository.calls == [
        ("find_objects", root, "c" * 40, ("api/a", "b", "api/gone")),
        ("read_objects", root, ("api/a", "b")),
    ]


def test_a_file_outside_of_the_repository_is_never_asked_of_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path.resolve()
    repository = Repository(files={"api/a": b"1"}).install(monkeypatch)
    known = GitRefFiles(root=root, ref="main", commit="c" * 40, prefix="api/", files={})
    assert git_ref.read_files(known, [root / "a", root / "../../b"]) == {root / "a": b"1"}
    assert repository.calls[0] == ("find_objects", root, "c" * 40, ("api/a",))
    inside = [git_ref.is_in_repository(known, root / name) for name in ("a", "../b", "../../b")]
    assert inside == [True, True, False]
