"""Borrowed data is written from the first test on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import coverage
import pytest

from pytest_maturity.coverage import PYTEST_COV, BorrowedRecorder, Scope


@pytest.fixture
def running() -> Iterator[Any]:
    """A Coverage object that measures, as far as a BorrowedRecorder uses it."""
    data = coverage.CoverageData(no_disk=True)
    collector = SimpleNamespace(covdata=data, flush_data=lambda: None)
    switched: list[str] = []
    yield SimpleNamespace(_data=data, _collector=collector, switch_context=switched.append, switched=switched)
    data.close(force=True)


def test_data_is_held_back_until_the_first_test(running: Any, tmp_path: Path) -> None:
    recorder = BorrowedRecorder(tmp_path, [], PYTEST_COV, lambda: running)
    for scope in (None, Scope.at("tests/test_a.py"), Scope.at("tests/test_a.py").importing("a.py")):
        recorder.switch(scope)
        assert running._collector.covdata is not running._data
    running._collector.covdata.set_context(str(Scope.at("tests/test_a.py")))
    running._collector.covdata.add_lines({"/a.py": [1, 2]})
    recorder.switch(Scope.of({"a"}))
    assert running._collector.covdata is running._data
    assert running._data.lines("/a.py") == [1, 2]
    assert running._data.measured_contexts() == {"pytest-maturity:@tests/test_a.py"}
    recorder.switch(Scope.of({"a"}).importing("b.py"))
    assert running._collector.covdata is running._data
    recorder.close()
    assert running.switched[-2:] == ["pytest-maturity:a", "pytest-maturity:a>b.py"]


def test_the_data_of_another_coverage_object_is_held_back_too(running: Any, tmp_path: Path) -> None:
    """pytest-cov has one for its own start, and one for each worker."""
    first: Any = SimpleNamespace(**vars(running))
    first._collector = SimpleNamespace(covdata=running._data, flush_data=lambda: None)
    now: list[Any] = [first]
    recorder = BorrowedRecorder(tmp_path, [], PYTEST_COV, lambda: now[0])
    recorder.switch(None)
    now[0] = running
    recorder.switch(None)
    assert running._collector.covdata is not running._data
    assert running._collector.covdata is not first._collector.covdata
    recorder.close()


def test_without_a_tracer_nothing_is_held_back(tmp_path: Path) -> None:
    recorder = BorrowedRecorder(tmp_path, [], PYTEST_COV, lambda: None)
    recorder.switch(None)
    recorder.switch(Scope.of({"a"}))
