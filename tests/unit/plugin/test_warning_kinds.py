"""Lines that an import executes, and those of functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.plugin.warning_kinds import is_executed_by_import

SOURCE = """\
import warnings

class Old:
    value = warnings.warn("class")

    @property
    def price(self, count=warnings.warn("default")):
        def inner():
            return 1

        return inner()

if True:
    async def run():
        warnings.warn("function")
"""


@pytest.mark.parametrize(("line", "expected"), [(1, True), (4, True), (7, True), (8, False), (11, False), (15, False)])
def test_a_line_outside_of_functions_is_executed_by_an_import(tmp_path: Path, line: int, expected: bool) -> None:
    path = tmp_path / "shop.py"
    path.write_text(SOURCE)
    assert is_executed_by_import(path, line) is expected


@pytest.mark.parametrize("text", [None, "def broken(:\n"])
def test_a_file_that_cannot_be_read_may_be_executed_by_an_import(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "shop.py"
    if text is not None:
        path.write_text(text)
    assert is_executed_by_import(path, 1)
