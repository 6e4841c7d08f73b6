"""The working directory in which coverage.py reads its settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_maturity.coverage.directory import change_directory


def test_the_working_directory_is_restored_even_after_an_error(tmp_path: Path) -> None:
    before = os.getcwd()  # noqa: PTH109  # as the function reads it

    def fail() -> None:
        with change_directory(tmp_path):
            assert Path.cwd() == tmp_path.resolve()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert os.getcwd() == before  # noqa: PTH109
