"""The data that subprocesses of the tests write."""

from __future__ import annotations

from pathlib import Path

import coverage
import pytest

from pytest_maturity.coverage.own import copy_with_context, read_data_file


@pytest.mark.parametrize("branches", [True, False])
def test_data_of_a_subprocess_gets_the_context_of_its_test(tmp_path: Path, branches: bool) -> None:
    left = coverage.CoverageData(str(tmp_path / "left"))
    if branches:
        left.add_arcs({"/a.py": [(-1, 1), (1, 2)]})
    else:
        left.add_lines({"/a.py": [1, 2]})
    left.close()
    found = copy_with_context(read_data_file(tmp_path / "left"), "pytest-maturity:a")
    assert found.lines("/a.py") == [1, 2]
    assert found.has_arcs() is branches
    assert found.measured_files() == {"/a.py"}
    assert found.measured_contexts() == {"pytest-maturity:a"}
    found.close(force=True)


def test_an_incomplete_data_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "left").write_text("incomplete")
    with pytest.raises(coverage.exceptions.CoverageException):
        read_data_file(tmp_path / "left")
