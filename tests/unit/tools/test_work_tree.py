"""The work tree: which files differ from the commit that is checked out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_maturity.tools.work_tree import WorkTree, describe_problem, read_work_tree


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


def test_branch_and_depth_of_the_clone_are_known(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    run_git(repository, "checkout", "-qb", "topic/a")
    run_git(repository, "commit", "-q", "--allow-empty", "-m", "two")
    found = read_work_tree(repository)
    assert found is not None
    assert (found.branch, found.is_shallow) == ("topic/a", False)
    clone = tmp_path_factory.mktemp("clone") / "a\nb"
    run_git(repository, "clone", "-q", "--depth=1", f"file://{repository}", str(clone))
    run_git(clone, "checkout", "-q", "--detach")
    found = read_work_tree(clone)
    assert found is not None
    assert (found.top, found.branch, found.is_shallow) == (clone, "", True)


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


def read(root: Path) -> WorkTree:
    found = read_work_tree(root)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "setting",
    [
        ("status.showUntrackedFiles", "no"),
        ("status.relativePaths", "true"),
        ("core.fsmonitor", "true"),
        ("core.trustctime", "false"),
        ("core.checkStat", "minimal"),
        ("diff.ignoreSubmodules", "all"),
    ],
)
def test_no_setting_hides_a_difference(repository: Path, setting: tuple[str, str]) -> None:
    run_git(repository, "config", *setting)
    (repository / "a b.py").write_text("A = 2\n")
    (repository / "new.py").touch()
    found = read(repository)
    assert (found.modified, found.untracked) == ((repository / "a b.py",), (repository / "new.py",))


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_change_that_git_was_told_not_to_compare_is_a_difference(repository: Path, flag: str) -> None:
    run_git(repository, "update-index", flag, "a b.py", "gone.py", "lib/c.py")
    (repository / "a b.py").write_text("A = 2\n")
    (repository / "gone.py").unlink()
    found = read(repository)
    assert found.modified == (repository / "a b.py", repository / "gone.py")
    assert found.left_out == ()


def test_a_file_outside_of_a_sparse_checkout_is_left_out(repository: Path) -> None:
    run_git(repository, "sparse-checkout", "set", "--no-cone", "/*", "!lib/")
    found = read(repository)
    assert (found.modified, found.left_out) == ((), (repository / "lib/c.py",))


def test_another_work_tree_of_the_settings_is_not_read(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    run_git(repository, "worktree", "add", "-q", str(other / "clean"))
    run_git(repository, "config", "core.worktree", str(other / "clean"))
    assert read_work_tree(repository) is None


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"])
def test_variables_of_another_repository_do_not_count(
    repository: Path, variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    run_git(other, "init", "-q")
    monkeypatch.setenv(variable, str(other / ".git") if variable == "GIT_DIR" else str(other / "x"))
    (repository / "a b.py").write_text("A = 2\n")
    assert read(repository).modified == (repository / "a b.py",)


def test_an_intended_addition_is_a_difference(repository: Path) -> None:
    (repository / "new.py").touch()
    run_git(repository, "add", "--intent-to-add", "new.py")
    assert read(repository).modified == (repository / "new.py",)


def test_what_the_commit_does_not_have_is_uncommitted_also_where_git_ignores_it(
    repository: Path, tmp_path: Path
) -> None:
    (repository / ".git/info/exclude").write_text("hidden.py\n")
    names = ("a b.py", "lib/c.py", "x.log", "hidden.py", "../outside.py")
    for name in names[2:]:
        (repository / name).write_text("A = 1\n")
    found = read(repository)
    assert (found.modified, found.untracked) == ((), ())
    paths = [repository / name for name in names[:4]] + [tmp_path.parent / "outside.py"]
    assert found.find_uncommitted(paths) == paths[2:]
    paths[4].unlink()


def test_the_contents_are_compared_but_for_line_endings(repository: Path) -> None:
    found = read(repository)
    (repository / "a b.py").write_bytes(b"A = 1\r\n")
    (repository / "lib/c.py").write_bytes(b"A = 2\n")
    assert found.find_uncommitted([repository / "a b.py", repository / "lib/c.py"]) == [repository / "lib/c.py"]


def test_a_filter_of_the_settings_does_not_hide_other_contents(repository: Path) -> None:
    (repository / ".git/info/attributes").write_text("*.py filter=same\n")
    run_git(repository, "config", "filter.same.clean", "echo 'A = 1'")
    (repository / "lib/c.py").write_text("A = 2\n")
    found = read(repository)
    assert found.modified == ()
    assert found.find_uncommitted([repository / "lib/c.py"]) == [repository / "lib/c.py"]


def test_a_file_in_a_submodule_is_compared_with_its_commit(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    top = tmp_path_factory.mktemp("top")
    run_git(top, "init", "-q")
    run_git(top, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "part")
    run_git(top, "commit", "-qm", "one")
    run_git(top / "part", "update-index", "--assume-unchanged", "lib/c.py")
    (top / "part/lib/c.py").write_text("A = 2\n")
    (top / "part/x.log").touch()
    found = read(top)
    assert found.modified == ()
    files = [top / "part" / name for name in ("a b.py", "lib/c.py", "x.log")]
    assert found.find_uncommitted(files) == files[1:]


def test_a_repository_among_the_files_is_uncommitted(repository: Path) -> None:
    inner = repository / "lib/inner"
    inner.mkdir()
    (inner / "d.py").touch()
    run_git(inner, "init", "-q")
    run_git(inner, "add", ".")
    run_git(inner, "commit", "-qm", "one")
    found = read(repository)
    assert found.untracked == (inner,)
    assert found.find_uncommitted([inner / "d.py"]) == [inner / "d.py"]


def test_a_repository_with_sha256_is_read(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "a.py").write_text("A = 1\n")
    run_git(tmp_path, "add", ".")
    run_git(tmp_path, "commit", "-qm", "one")
    found = read(tmp_path)
    assert (len(found.commit), found.find_uncommitted([tmp_path / "a.py"])) == (64, [])


def test_a_linked_work_tree_and_a_shallow_clone_are_read(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    run_git(repository, "worktree", "add", "-q", str(other / "linked"))
    run_git(other, "clone", "-q", "--depth=1", f"file://{repository}", "shallow")
    for name in ("linked", "shallow"):
        found = read(other / name)
        assert (found.modified, found.find_uncommitted([other / name / "lib/c.py"])) == ((), [])


def test_why_git_cannot_read_a_repository_is_described(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert describe_problem(tmp_path_factory.mktemp("none")) == ""
    assert describe_problem(repository) == ""
    (repository / ".git/HEAD").write_text("x")
    assert "git exited with 128" in describe_problem(repository)


def test_a_directory_that_the_repository_ignores_has_no_work_tree(repository: Path) -> None:
    (repository / "out").mkdir()
    assert read_work_tree(repository / "out") is None


def test_without_a_commit_there_is_no_work_tree(tmp_path: Path) -> None:
    assert read_work_tree(tmp_path) is None
    run_git(tmp_path, "init", "-q")
    assert read_work_tree(tmp_path) is None


def test_git_is_not_started_where_no_folder_has_a_repository(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_maturity.tools.work_tree.run_programs", lambda *_, **__: pytest.fail("git was started"))
    assert read_work_tree(tmp_path_factory.mktemp("none")) is None
    (tmp_path / ".git").write_text("gitdir: elsewhere")
    (tmp_path / "inner").mkdir()
    with pytest.raises(pytest.fail.Exception):
        read_work_tree(tmp_path / "inner")
