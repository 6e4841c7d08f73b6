"""Paths as reports print them, and whether they are of an installed distribution."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.model.paths import is_installed, path_from_root


def test_a_path_is_printed_from_the_root_and_absolute_where_it_lies_outside(tmp_path: Path) -> None:
    assert path_from_root(tmp_path / "src" / "a.py", tmp_path) == "src/a.py"
    assert path_from_root(tmp_path, tmp_path) == "."
    assert path_from_root(tmp_path, tmp_path / "src") == tmp_path.as_posix()


@pytest.mark.parametrize("path", ["lib/python3/site-packages", "lib/site-packages/a/b.py", "dist-packages/b.py"])
def test_a_path_in_a_directory_of_distributions_is_installed(path: str) -> None:
    assert is_installed(path)
    assert is_installed(Path(path))


@pytest.mark.parametrize("path", ["src/a.py", "src/my-site-packages/a.py", "src/site-packages.py"])
def test_a_name_that_only_resembles_one_is_not(path: str) -> None:
    assert not is_installed(path)
