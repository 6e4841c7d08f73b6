"""The imports and component markers of a file are read without executing it."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from pytest_maturity.discovery.imports import find_imported_names, find_marked_components


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "test_x.py"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import auth", {"auth"}),
        ("import auth.api as a, auth.core", {"auth.api", "auth.core"}),
        ("from auth import api, core as c", {"auth.api", "auth.core"}),
        ("from auth import *", {"auth.*"}),
        ("from src.auth.api import x", {"src.auth.api.x"}),
        ("from . import auth", {"shop.tests.auth"}),
        ("from .auth import x", {"shop.tests.auth.x"}),
        ("from ..auth import x", {"shop.auth.x"}),
        ("from ... import auth", {"auth"}),
        ("from ..... import auth", {"auth"}),
        ("from .....a import auth", {"a.auth"}),
        ("def test():\n    import auth", {"auth"}),
        ("try:\n    import auth\nexcept ImportError:\n    pass", {"auth"}),
        ("x = 'import auth'", set()),
        ("import other", set()),
    ],
)
def test_imports_are_read(tmp_path: Path, text: str, names: set[str]) -> None:
    assert find_imported_names(write(tmp_path, text), ("shop", "tests"), "auth") == names


@pytest.mark.parametrize(
    "text", ["import auth (", "auth\x00", "# auth\n" + "(" * 5000, "auth = " + "-" * 100_000 + "1", "auth = '\\d'\n(("]
)
def test_a_file_that_cannot_be_parsed_imports_nothing(tmp_path: Path, text: str) -> None:
    assert find_imported_names(write(tmp_path, text), (), "auth") == set()


def test_a_missing_file_imports_nothing(tmp_path: Path) -> None:
    assert find_imported_names(tmp_path / "test_gone.py", (), "auth") == set()


def test_warnings_of_the_compiler_are_not_shown(tmp_path: Path) -> None:
    file = write(tmp_path, "import auth\nx = '\\d'\nassert (x, 'always true')\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_imported_names(file, (), "auth") == {"auth"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@pytest.mark.maturity_component('auth')\ndef test(): pass", {"auth"}),
        ("pytestmark = [pytest.mark.maturity_component('auth', 'billing')]", {"auth", "billing"}),
        ("from pytest import mark\n@mark.maturity_component('auth')\nclass TestX: pass", {"auth"}),
        ("@pytest.mark.maturity_component(NAME)\ndef test(): pass", set()),
        ("# pytest.mark.maturity_component('auth')", set()),
        ("'pytest.mark.maturity_component(1)'", set()),
    ],
)
def test_markers_are_read(tmp_path: Path, text: str, names: set[str]) -> None:
    assert find_marked_components(write(tmp_path, text)) == names
