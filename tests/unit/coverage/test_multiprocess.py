"""The settings of processes that multiprocessing starts."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
from pathlib import Path

import coverage
import pytest
from coverage.multiproc import PATCHED_MARKER

from pytest_maturity.coverage.multiprocess import MultiprocessingPatch, format_options, make_settings


def make_coverage(directory: Path, settings: str = "") -> coverage.Coverage:
    path = directory / "project.rc"
    path.write_text(f"[run]\n{settings}", "utf-8")
    return coverage.Coverage(config_file=str(path), data_file=None, source=[str(directory)])


def test_the_settings_are_read_back_as_they_were(tmp_path: Path) -> None:
    running = make_coverage(tmp_path, "branch = true\nconcurrency =\n    multiprocessing\n    thread\nomit = a$$b, c\n")
    path = tmp_path / "processes.ini"
    path.write_text(make_settings(running, tmp_path / "data"), "utf-8")
    found = coverage.Coverage(config_file=str(path))
    for option in ("branch", "concurrency", "omit", "source"):
        assert found.get_option(f"run:{option}") == running.get_option(f"run:{option}"), option
    assert found.get_option("run:data_file") == str(tmp_path / "data")
    assert found.get_option("run:parallel") is True


def test_a_list_has_a_line_for_each_value_and_nothing_is_no_line() -> None:
    options = {"omit": ["a", "b"], "core": None, "plugins": [], "branch": True, "data_file": "x$y"}
    assert format_options(options) == "omit = a\n    b\nbranch = True\ndata_file = x$$y\n"


def test_the_patch_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVERAGE_RCFILE", "other")
    bootstrap = multiprocessing.process.BaseProcess._bootstrap  # type: ignore[attr-defined]
    marker = getattr(multiprocessing, PATCHED_MARKER, None)
    running = make_coverage(tmp_path, "concurrency = multiprocessing\n")
    patch = MultiprocessingPatch(running, tmp_path)
    with patch.apply():
        assert running.config.config_file == str(tmp_path / "processes.ini")
    assert running.config.config_file == str(tmp_path / "project.rc")
    os.environ["COVERAGE_RCFILE"] = "changed"
    patch.undo()
    assert os.environ["COVERAGE_RCFILE"] == "other"
    assert multiprocessing.process.BaseProcess._bootstrap is bootstrap  # type: ignore[attr-defined]
    assert getattr(multiprocessing, PATCHED_MARKER, None) == marker
    patch.undo()  # once more does nothing


def test_without_multiprocessing_nothing_is_written(tmp_path: Path) -> None:
    running = make_coverage(tmp_path, "concurrency = thread\n")
    with MultiprocessingPatch(running, tmp_path).apply():
        assert not (tmp_path / "processes.ini").exists()
