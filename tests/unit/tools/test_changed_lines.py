"""The lines that a change touches, in real repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pytest_maturity.tools.changed_files import read_change
from pytest_maturity.tools.changed_lines import find_changed_lines, read_diff

TEN = "".join(f"LINE_{number} = {number}\n" for number in range(1, 11))


def git(directory: Path, *arguments: str) -> str:
    identity = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "core.autocrlf=false",
    )
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout.strip()


def commit(directory: Path, message: str = "x") -> None:
    git(directory, "add", "--all")
    git(directory, "commit", "-q", "--allow-empty", "-m", message)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two files on main; the branch `change` is checked out."""
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text(TEN, "utf-8")
    (tmp_path / "b.py").write_text(TEN, "utf-8")
    (tmp_path / ".gitignore").write_text("ignored*\n", "utf-8")
    commit(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "change")
    return tmp_path


def changed(root: Path, *names: str) -> dict[str, list[int]]:
    change = read_change(root, "main")
    files = [root / name for name in names or ("a.py", "b.py")]
    lines, _ = find_changed_lines(
        change, read_diff(change), files, root, lambda path: path.name == "ignored_version.py"
    )
    return {name: sorted(numbers) for name, numbers in lines.items()}


def edit(path: Path, *lines: int, new: str = "CHANGED = {}\n") -> None:
    text = path.read_text("utf-8").splitlines(keepends=True)
    for line in lines:
        text[line - 1] = new.format(line)
    path.write_text("".join(text), "utf-8")


def test_committed_staged_and_other_changes_count_together(root: Path) -> None:
    edit(root / "a.py", 2)
    commit(root)
    edit(root / "a.py", 5)
    git(root, "add", ".")
    edit(root / "a.py", 8, new="ONE = 1\nTWO = 2\n")
    assert changed(root) == {"a.py": [2, 5, 8, 9]}


def test_what_main_got_meanwhile_is_not_of_the_change(root: Path) -> None:
    git(root, "checkout", "-q", "main")
    edit(root / "b.py", 3)
    commit(root)
    git(root, "checkout", "-q", "change")
    edit(root / "a.py", 1)
    commit(root)
    assert changed(root) == {"a.py": [1]}


def test_new_files_are_new_as_a_whole(root: Path) -> None:
    (root / "c.py").write_text("ONE = 1\nTWO = 2", "utf-8")
    (root / "ignored.py").write_text("ONE = 1\n", "utf-8")
    (root / "ignored_version.py").write_text("ONE = 1\n", "utf-8")
    found = changed(root, "c.py", "ignored.py", "ignored_version.py")
    assert {name: numbers[:2] for name, numbers in found.items()} == {"c.py": [1, 2], "ignored.py": [1, 2]}
    commit(root)
    assert changed(root, "c.py") == {"c.py": [1, 2]}


def test_a_renamed_file_has_its_changed_lines_alone(root: Path) -> None:
    git(root, "mv", "a.py", "moved.py")
    git(root, "mv", "b.py", "also moved.py")
    edit(root / "moved.py", 4)
    assert changed(root, "moved.py", "also moved.py") == {"moved.py": [4]}
    commit(root)
    assert changed(root, "moved.py", "also moved.py") == {"moved.py": [4]}


def test_a_deleted_file_has_none(root: Path) -> None:
    (root / "a.py").unlink()
    edit(root / "b.py", 10, new="")
    assert changed(root, "b.py") == {}


def test_other_line_ends_are_no_change(root: Path) -> None:
    (root / "a.py").write_bytes(TEN.replace("\n", "\r\n").encode())
    assert changed(root) == {}
    commit(root)
    assert changed(root) == {}
    (root / "a.py").write_bytes(TEN.replace("LINE_3 = 3", "LINE_3 = 4").replace("\n", "\r\n").encode())
    assert changed(root) == {"a.py": [3]}


def test_a_line_end_that_git_does_not_know_hides_nothing(root: Path) -> None:
    (root / "a.py").write_bytes(TEN.replace("LINE_3 = 3\n", "LINE_3 = 3\rHIDDEN = 4\n").encode())
    assert changed(root)["a.py"][:11] == list(range(1, 12))


@pytest.mark.parametrize("option", ["--assume-unchanged", "--skip-worktree"])
def test_what_git_was_told_not_to_compare_is_new(root: Path, option: str) -> None:
    git(root, "update-index", option, "a.py")
    assert changed(root) == {}
    edit(root / "a.py", 3)
    assert changed(root)["a.py"][:10] == list(range(1, 11))


@pytest.mark.parametrize("attribute", ["-diff", "binary"])
def test_an_attribute_that_hides_the_lines_makes_them_all_new(root: Path, attribute: str) -> None:
    (root / ".gitattributes").write_text(f"*.py {attribute}\n", "utf-8")
    edit(root / "a.py", 3)
    assert changed(root)["a.py"][:10] == list(range(1, 11))


def test_settings_of_git_change_nothing(root: Path) -> None:
    settings = {
        "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "diff.external": "false", "color.ui": "always",
        "diff.relative": "true", "diff.interHunkContext": "50", "diff.context": "9", "core.quotePath": "true",
        "diff.renames": "false", "diff.algorithm": "patience",
    }  # fmt: skip
    for name, value in settings.items():
        git(root, "config", name, value)
    (root / "sub").mkdir()
    (root / "sub/ü ä.py").write_text(TEN, "utf-8")
    git(root, "add", ".")
    edit(root / "a.py", 3, 7)
    assert changed(root, "a.py", "sub/ü ä.py") == {"a.py": [3, 7], "sub/ü ä.py": list(range(1, 11))}


NAMES = [
    "a b.py",
    'q"uote.py',
    "back\\slash.py",
    "tab\there.py",
    "b/b.py",
    "ä.py",
    os.fsdecode(b"latin\xe9.py"),
    " and b/x.py",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_read(root: Path, name: str) -> None:
    path = root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(TEN, "utf-8")
    commit(root)
    git(root, "branch", "-qf", "main")
    edit(path, 6)
    assert changed(root, name) == {name: [6]}


def test_a_link_has_the_lines_of_its_target(root: Path) -> None:
    (root / "link.py").symlink_to("a.py")
    commit(root)
    git(root, "branch", "-qf", "main")
    edit(root / "a.py", 6)
    assert changed(root, "link.py") == {"link.py": [6]}
    (root / "link.py").unlink()
    (root / "link.py").symlink_to("b.py")
    assert changed(root, "link.py")["link.py"][:10] == list(range(1, 11))


def test_code_in_a_submodule_that_changed_is_new(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    (other / "in.py").write_text(TEN, "utf-8")
    commit(other)
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "sub")
    commit(root)
    assert list(changed(root, "sub/in.py")) == ["sub/in.py"]
    git(root, "branch", "-qf", "main")
    assert changed(root, "sub/in.py") == {}
