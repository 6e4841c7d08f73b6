"""An answer is kept as long as nothing that decides it changes, and only where nobody else can write it."""

from __future__ import annotations

import json
import os
import sysconfig
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_maturity.model.evidence import Command, ToolResult
from pytest_maturity.tools import cache
from pytest_maturity.tools.cache import Cache, digest, outside

TOOL = str(Path(sysconfig.get_path("scripts")) / "tool")
COMMAND = Command(argv=(TOOL, "src"), reads=("src", "config.toml"))
SAID = ToolResult(argv=COMMAND.argv, exit_code=1, stdout="found \udcff", stderr="é", duration=2.5)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repository/src/inner/__pycache__").mkdir(parents=True)
    (tmp_path / "repository/src/one.py").write_text("1\n")
    (tmp_path / "repository/src/inner/two.txt").write_text("2\n")
    return tmp_path / "repository"


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "kept")


def keep(kept: Cache, root: Path, result: ToolResult = SAID, command: Command = COMMAND) -> None:
    kept.get(command, root)
    kept.put(command, root, result)


def test_an_answer_is_known_the_next_time_and_says_that_it_is_old(kept: Cache, root: Path) -> None:
    assert kept.get(COMMAND, root) is None
    keep(kept, root)
    assert kept.get(COMMAND, root) == replace(SAID, cached=True, key=digest(COMMAND, root) or "")


def test_an_answer_that_was_told_is_known_by_its_key_and_is_not_taken_where_none_is_asked_for(
    root: Path, tmp_path: Path
) -> None:
    key = digest(COMMAND, root) or ""
    said = replace(SAID, cached=True, key=key)
    assert Cache(tmp_path / "kept", {key: SAID}).get(COMMAND, root) == said
    assert Cache(tmp_path / "kept", {"another": SAID}).get(COMMAND, root) is None
    assert Cache(None, {key: SAID}).get(COMMAND, root) is None


CHANGES: dict[str, Callable[[Path], object]] = {
    "a source": lambda root: (root / "src/one.py").write_text("x\n"),
    "a source in a folder": lambda root: (root / "src/inner/two.txt").write_text("x\n"),
    "a new source": lambda root: (root / "src/three.py").write_text(""),
    "a source less": lambda root: (root / "src/one.py").unlink(),
    "another name": lambda root: (root / "src/one.py").rename(root / "src/other.py"),
    "a new configuration": lambda root: (root / "config.toml").write_text(""),
    "the sources are gone": lambda root: (root / "src").rename(root / "elsewhere"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_its_input_asks_the_tool_again(kept: Cache, root: Path, change: Callable[[Path], object]) -> None:
    keep(kept, root)
    change(root)
    assert kept.get(COMMAND, root) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(COMMAND, argv=(TOOL, "-v", "src")),
        replace(COMMAND, reads=("src",)),
        replace(COMMAND, documented=(0,)),
    ],
)
def test_another_command_is_another_question(kept: Cache, root: Path, other: Command) -> None:
    (root / "config.toml").write_text("x")
    keep(kept, root)
    assert kept.get(other, root) is None


@pytest.mark.parametrize("name", ["tool-2.0.dist-info", "plugin-1.dist-info", "old.egg-info"])
def test_another_version_or_plugin_is_another_question(
    kept: Cache, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    real = sysconfig.get_path
    monkeypatch.setattr(
        sysconfig, "get_path", lambda key: str(packages) if key in ("purelib", "platlib") else real(key)
    )
    keep(kept, root)
    assert kept.get(COMMAND, root)
    (packages / name).mkdir()
    assert kept.get(COMMAND, root) is None


def test_another_search_path_is_another_question(kept: Cache, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(kept, root)
    monkeypatch.setenv("PYTHONPATH", str(root))
    assert kept.get(COMMAND, root) is None


def test_byte_code_is_no_input(kept: Cache, root: Path) -> None:
    keep(kept, root)
    (root / "src/inner/__pycache__/two.pyc").write_text("")
    assert kept.get(COMMAND, root)


@pytest.mark.parametrize(
    "command",
    [replace(COMMAND, reads=None), replace(COMMAND, argv=("/elsewhere/tool", "src")), replace(COMMAND, argv=("tool",))],
    ids=["inputs that are not known", "a tool of another environment", "a tool that is not there"],
)
def test_what_is_not_wholly_known_is_not_kept(kept: Cache, root: Path, command: Command) -> None:
    keep(kept, root, command=command)
    assert kept.get(command, root) is None


def test_an_answer_that_cannot_be_trusted_is_not_kept(kept: Cache, root: Path) -> None:
    keep(kept, root, replace(SAID, problem="killed"))
    assert kept.get(COMMAND, root) is None


def test_what_changed_while_the_tool_ran_is_not_kept(kept: Cache, root: Path) -> None:
    assert kept.get(COMMAND, root) is None
    (root / "src/one.py").write_text("changed\n")
    kept.put(COMMAND, root, SAID)
    assert kept.get(COMMAND, root) is None
    (root / "src/one.py").write_text("1\n")
    assert kept.get(COMMAND, root) is None


def test_too_much_to_read_is_asked_and_too_long_an_answer_is_not_kept(
    kept: Cache, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(kept, root, replace(SAID, stdout="x" * cache.LARGEST))
    assert kept.get(COMMAND, root) is None
    monkeypatch.setattr(cache, "MOST_READ", 8)
    keep(kept, root)
    assert digest(COMMAND, root) is None
    assert kept.get(COMMAND, root) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"stdout": 1, "what": 2}', "é"])
def test_an_entry_that_is_broken_is_asked_again(kept: Cache, root: Path, tmp_path: Path, text: str) -> None:
    keep(kept, root)
    (entry,) = (tmp_path / "kept").iterdir()
    entry.write_text(text, "utf-8")
    assert kept.get(COMMAND, root) is None
    keep(kept, root)
    assert kept.get(COMMAND, root)


def test_it_is_bounded_and_forgets_what_is_longest_unused(
    kept: Cache, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST", 2)
    source, folder = root / "src/one.py", tmp_path / "kept"
    for text in ("1", "2"):
        source.write_text(text)
        keep(kept, root)
        for path in folder.iterdir():
            os.utime(path, (1, path.stat().st_mtime - 100))
    source.write_text("1")
    assert kept.get(COMMAND, root)  # the older one is used again
    source.write_text("3")
    keep(kept, root)
    assert len(list(folder.iterdir())) == 2
    known = {}
    for text in ("1", "2", "3"):
        source.write_text(text)
        known[text] = kept.get(COMMAND, root) is not None
    assert known == {"1": True, "2": False, "3": True}


def test_nobody_else_may_read_it_and_nothing_half_written_is_left(kept: Cache, root: Path, tmp_path: Path) -> None:
    keep(kept, root)
    (entry,) = (tmp_path / "kept").iterdir()
    assert json.loads(entry.read_text("ascii"))["argv"] == []
    if os.name == "posix":
        assert (entry.stat().st_mode & 0o077, (tmp_path / "kept").stat().st_mode & 0o077) == (0, 0)


def test_where_it_cannot_be_written_nothing_is_kept_and_nothing_breaks(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Cache(tmp_path / "file" / "kept")
    keep(kept, root)
    assert kept.get(COMMAND, root) is None


def test_without_a_directory_it_knows_nothing(root: Path) -> None:
    kept = Cache(None)
    keep(kept, root)
    assert kept.get(COMMAND, root) is None


@pytest.mark.skipif(os.name == "nt", reason="LOCALAPPDATA")
def test_it_lies_with_the_users_other_caches_and_never_in_the_repository(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert outside(root, "tools") == tmp_path / "cache/pytest-maturity/tools"
    monkeypatch.setenv("XDG_CACHE_HOME", str(root / ".cache"))
    assert outside(root, "tools") is None
    (tmp_path / "link").symlink_to(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "link/.cache"))
    assert outside(root, "tools") is None
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert outside(root, "tools") == tmp_path / "home/.cache/pytest-maturity/tools"
