"""Byte code is compared with its source where Python would load it."""

from __future__ import annotations

import os
import py_compile
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from pytest_maturity.evidence.byte_code import digest_byte_code, find_foreign_byte_code, read_accepted_code

GOOD, WRONG = "def price():\n    return 1\n", "def price():\n    return 2\n"
Mode = py_compile.PycInvalidationMode


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text(GOOD)
    return path


def compile_to_cache(source: Path, mode: Mode, level: int = 0) -> Path:
    name = {0: "", 1: "1", 2: "2"}[level]
    path = cache_from_source(source, optimization=name)
    py_compile.compile(str(source), cfile=path, invalidation_mode=mode, optimize=level)
    return Path(path)


def rewrite(source: Path, text: str) -> None:
    """Changes a file, and not its time."""
    stat = source.stat()
    source.write_text(text)
    os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("level", [0, 1, 2])
def test_byte_code_of_the_source_is_its_own(source: Path, mode: Mode, level: int) -> None:
    compile_to_cache(source, mode, level)
    before = digest_byte_code([source])
    assert len(before) == 1
    assert find_foreign_byte_code([source], before) == []


@pytest.mark.parametrize("mode", [Mode.TIMESTAMP, Mode.UNCHECKED_HASH])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_byte_code_of_another_source_is_foreign(source: Path, mode: Mode, level: int) -> None:
    compile_to_cache(source, mode, level)
    rewrite(source, WRONG)
    assert find_foreign_byte_code([source], {}) == [source]


def test_moved_lines_make_byte_code_foreign(source: Path) -> None:
    source.write_text("\n\nprice = 1 # \n")
    compile_to_cache(source, Mode.UNCHECKED_HASH)
    source.write_text("price = 1\n")
    assert find_foreign_byte_code([source], {}) == [source]


def test_byte_code_that_python_would_not_load_is_no_business_of_the_run(source: Path) -> None:
    path = compile_to_cache(source, Mode.CHECKED_HASH)
    source.write_text(WRONG)
    assert read_accepted_code(path, source) is None
    path = compile_to_cache(source, Mode.TIMESTAMP)
    source.write_text(GOOD + "\n")
    assert read_accepted_code(path, source) is None
    path.write_bytes(b"short")
    assert read_accepted_code(path, source) is None
    assert digest_byte_code([source]) == {}
    assert find_foreign_byte_code([source], {}) == []


@pytest.mark.parametrize("change", ["removed", "rewritten"])
def test_byte_code_that_was_replaced_during_the_run_is_foreign(source: Path, change: str) -> None:
    path = compile_to_cache(source, Mode.UNCHECKED_HASH)
    rewrite(source, WRONG)
    before = digest_byte_code([source])
    if change == "removed":
        path.unlink()
    else:
        compile_to_cache(source, Mode.UNCHECKED_HASH)
    assert find_foreign_byte_code([source], before) == [source]


def test_byte_code_that_the_run_wrote_is_compared(source: Path) -> None:
    before = digest_byte_code([source])
    compile_to_cache(source, Mode.TIMESTAMP)
    assert find_foreign_byte_code([source], before) == []


@pytest.mark.parametrize("content", [b"\xff", b"N", b""])
def test_byte_code_that_cannot_be_compared_is_foreign(source: Path, content: bytes) -> None:
    path = compile_to_cache(source, Mode.UNCHECKED_HASH)
    path.write_bytes(path.read_bytes()[:16] + content)
    assert find_foreign_byte_code([source], {}) == [source]


def test_a_source_that_does_not_compile_has_no_byte_code_of_its_own(source: Path) -> None:
    compile_to_cache(source, Mode.UNCHECKED_HASH)
    source.write_text("def (:")
    assert find_foreign_byte_code([source], {}) == [source]


def test_a_directory_for_all_byte_code_is_looked_at(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "cache"))
    assert compile_to_cache(source, Mode.UNCHECKED_HASH).is_relative_to(tmp_path / "cache")
    rewrite(source, WRONG)
    assert find_foreign_byte_code([source], {}) == [source]


def test_a_python_without_byte_code_has_none(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.implementation, "cache_tag", None)
    assert digest_byte_code([source]) == {}
    assert find_foreign_byte_code([source], {}) == []
