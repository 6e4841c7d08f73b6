"""A result is used again as long as none of its inputs changes, and stored only where nobody else can write it."""

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
from pytest_maturity.tools.cache import Cache, choose_cache_directory, compute_fingerprint

TOOL = str(Path(sysconfig.get_path("scripts")) / "tool")
COMMAND = Command(argv=(TOOL, "src"), inputs=("src", "config.toml"))
RESULT = ToolResult(argv=COMMAND.argv, exit_code=1, stdout="found \udcff", stderr="é", duration_s=2.5)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repository/src/inner/__pycache__").mkdir(parents=True)
    (tmp_path / "repository/src/one.py").write_text("1\n")
    (tmp_path / "repository/src/inner/two.txt").write_text("2\n")
    return tmp_path / "repository"


@pytest.fixture
def results(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def store(results: Cache, root: Path, result: ToolResult = RESULT, command: Command = COMMAND) -> None:
    results.get(command, root)
    results.put(command, root, result)


def test_a_stored_result_is_marked_as_cached(results: Cache, root: Path) -> None:
    assert results.get(COMMAND, root) is None
    store(results, root)
    fingerprint = compute_fingerprint(COMMAND, root) or ""
    assert results.get(COMMAND, root) == replace(RESULT, cached=True, fingerprint=fingerprint)


def test_a_result_of_a_shard_is_found_by_its_fingerprint_and_not_used_without_a_cache(
    root: Path, tmp_path: Path
) -> None:
    fingerprint = compute_fingerprint(COMMAND, root) or ""
    expected = replace(RESULT, cached=True, fingerprint=fingerprint)
    assert Cache(tmp_path / "cache", {fingerprint: RESULT}).get(COMMAND, root) == expected
    assert Cache(tmp_path / "cache", {"another": RESULT}).get(COMMAND, root) is None
    assert Cache(None, {fingerprint: RESULT}).get(COMMAND, root) is None


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
def test_a_changed_input_makes_the_tool_run_again(results: Cache, root: Path, change: Callable[[Path], object]) -> None:
    store(results, root)
    change(root)
    assert results.get(COMMAND, root) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(COMMAND, argv=(TOOL, "-v", "src")),
        replace(COMMAND, inputs=("src",)),
        replace(COMMAND, exit_codes=(0,)),
    ],
)
def test_another_command_has_another_result(results: Cache, root: Path, other: Command) -> None:
    (root / "config.toml").write_text("x")
    store(results, root)
    assert results.get(other, root) is None


@pytest.mark.parametrize("name", ["tool-2.0.dist-info", "plugin-1.dist-info", "old.egg-info"])
def test_another_version_or_plugin_has_another_result(
    results: Cache, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    real = sysconfig.get_path
    monkeypatch.setattr(
        sysconfig, "get_path", lambda key: str(packages) if key in ("purelib", "platlib") else real(key)
    )
    store(results, root)
    assert results.get(COMMAND, root)
    (packages / name).mkdir()
    assert results.get(COMMAND, root) is None


def test_another_search_path_has_another_result(results: Cache, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(results, root)
    monkeypatch.setenv("PYTHONPATH", str(root))
    assert results.get(COMMAND, root) is None


def test_byte_code_is_no_input(results: Cache, root: Path) -> None:
    store(results, root)
    (root / "src/inner/__pycache__/two.pyc").write_text("")
    assert results.get(COMMAND, root)


@pytest.mark.parametrize(
    "command",
    [
        replace(COMMAND, inputs=None),
        replace(COMMAND, argv=("/elsewhere/tool", "src")),
        replace(COMMAND, argv=("tool",)),
    ],
    ids=["unknown inputs", "a tool of another environment", "a missing tool"],
)
def test_a_result_with_unknown_inputs_is_not_stored(results: Cache, root: Path, command: Command) -> None:
    store(results, root, command=command)
    assert results.get(command, root) is None


def test_a_result_with_a_problem_is_not_stored(results: Cache, root: Path) -> None:
    store(results, root, replace(RESULT, problem="killed"))
    assert results.get(COMMAND, root) is None


def test_a_result_whose_input_changed_while_the_tool_ran_is_not_stored(results: Cache, root: Path) -> None:
    assert results.get(COMMAND, root) is None
    (root / "src/one.py").write_text("changed\n")
    results.put(COMMAND, root, RESULT)
    assert results.get(COMMAND, root) is None
    (root / "src/one.py").write_text("1\n")
    assert results.get(COMMAND, root) is None


def test_too_large_an_input_or_result_is_not_stored(
    results: Cache, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(results, root, replace(RESULT, stdout="x" * cache.LARGEST_ENTRY))
    assert results.get(COMMAND, root) is None
    monkeypatch.setattr(cache, "LARGEST_INPUT", 8)
    store(results, root)
    assert compute_fingerprint(COMMAND, root) is None
    assert results.get(COMMAND, root) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"stdout": 1, "what": 2}', "é"])
def test_a_broken_entry_makes_the_tool_run_again(results: Cache, root: Path, tmp_path: Path, text: str) -> None:
    store(results, root)
    (entry,) = (tmp_path / "cache").iterdir()
    entry.write_text(text, "utf-8")
    assert results.get(COMMAND, root) is None
    store(results, root)
    assert results.get(COMMAND, root)


def test_the_entries_that_were_used_last_are_kept(
    results: Cache, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 2)
    source, folder = root / "src/one.py", tmp_path / "cache"
    for text in ("1", "2"):
        source.write_text(text)
        store(results, root)
        for path in folder.iterdir():
            os.utime(path, (1, path.stat().st_mtime - 100))
    source.write_text("1")
    assert results.get(COMMAND, root)  # the older one is used again
    source.write_text("3")
    store(results, root)
    assert len(list(folder.iterdir())) == 2
    stored = {}
    for text in ("1", "2", "3"):
        source.write_text(text)
        stored[text] = results.get(COMMAND, root) is not None
    assert stored == {"1": True, "2": False, "3": True}


def test_nobody_else_may_read_a_stored_result(results: Cache, root: Path, tmp_path: Path) -> None:
    store(results, root)
    (entry,) = (tmp_path / "cache").iterdir()
    assert json.loads(entry.read_text("ascii"))["argv"] == []
    if os.name == "posix":
        assert (entry.stat().st_mode & 0o077, (tmp_path / "cache").stat().st_mode & 0o077) == (0, 0)


def test_where_nothing_can_be_written_nothing_is_stored_and_nothing_breaks(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    results = Cache(tmp_path / "file" / "cache")
    store(results, root)
    assert results.get(COMMAND, root) is None


def test_without_a_directory_nothing_is_stored(root: Path) -> None:
    results = Cache(None)
    store(results, root)
    assert results.get(COMMAND, root) is None


@pytest.mark.skipif(os.name == "nt", reason="LOCALAPPDATA")
def test_the_directory_is_among_the_users_caches_and_never_in_the_repository(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert choose_cache_directory(root, "tools") == tmp_path / "cache/pytest-maturity/tools"
    monkeypatch.setenv("XDG_CACHE_HOME", str(root / ".cache"))
    assert choose_cache_directory(root, "tools") is None
    (tmp_path / "link").symlink_to(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "link/.cache"))
    assert choose_cache_directory(root, "tools") is None
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert choose_cache_directory(root, "tools") == tmp_path / "home/.cache/pytest-maturity/tools"
