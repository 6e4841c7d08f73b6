"""The imports and component markers of a file are read without executing it."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_maturity.discovery.imports import (
    CHUNK,
    evaluate_condition,
    find_imported_names,
    find_marked_components,
    find_reachable_imports,
    list_marks,
    read_file,
)


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


def test_the_marks_of_each_test_are_read(tmp_path: Path) -> None:
    text = """
        import pytest
        from pytest import mark

        pytestmark = [pytest.mark.slow, pytest.mark.other]

        @mark.database
        class TestPrices:
            pytestmark = mark.slow

            @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.database)])
            async def test_one(self, n): ...

        def test_two(): ...
        """
    found = list_marks(write(tmp_path, dedent(text)), {"slow", "database"})
    assert found == {
        "": {"slow"}, "TestPrices": {"database", "slow"}, "TestPrices.test_one": {"database"}, "test_two": set(),
    }  # fmt: skip
    assert list_marks(tmp_path / "none.py", {"slow"}) == {"": set()}


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


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("import a\nfrom b import c", [(1, False), (2, False)]),
        ("def f():\n    import a\n    class C:\n        import b", [(2, True), (4, True)]),
        ("async def f():\n    import a", [(2, True)]),
        ("class C:\n    import a", [(2, False)]),
        ("if x:\n    import a\nelif y:\n    import b\nelse:\n    import c", [(2, False), (4, False), (6, False)]),
        ("try:\n    import a\nexcept E:\n    import b\nelse:\n    import c\nfinally:\n    import d",
         [(2, False), (6, False), (8, False), (4, False)]),
        ("for x in y:\n    import a\nelse:\n    import b\nwhile x:\n    import c\nwith x:\n    import d",
         [(2, False), (4, False), (6, False), (8, False)]),
        ("match x:\n    case 1:\n        import a\n    case _:\n        import b", [(3, False), (5, False)]),
        ("def f():\n    return\n    import a\nimport b", [(4, False)]),
        ("raise E\nimport a", []),
        ("if x:\n    raise E\nimport a", [(3, False)]),
    ],
)  # fmt: skip
def test_import_statements_that_may_be_executed_are_found(text: str, lines: list[tuple[int, bool]]) -> None:
    found = find_reachable_imports(ast.parse(text).body)
    assert [(node.lineno, in_function) for node, in_function in found] == lines


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("True", True), ("0", False), ("''", False), ("not 0", True), ("not x", None), ("x", None), ("f()", None),
        ("TYPE_CHECKING", False), ("typing.TYPE_CHECKING", False), ("not TYPE_CHECKING", True),
        ("sys.version_info >= (3, 8)", True), ("sys.version_info < (3, 8)", False), ("sys.version_info > (99,)", False),
        ("sys.version_info != (3,)", True), ("sys.version_info <= (99,)", True), ("sys.version_info == (3,)", False),
        ("sys.platform == 'no such platform'", False), ("os.name != 'no such system'", True),
        ("sys.version_info >= 3", None), ("sys.version_info >= VERSION", None), ("version_info >= (3, 8)", None),
        ("(3, 8) <= sys.version_info < (4,)", None), ("sys.platform in ('a',)", None),
        ("True or x", True), ("x or True", True), ("x or 0", None), ("0 or ''", False),
        ("True and x", None), ("x and 0", False), ("0 and x", False), ("1 and 2", True),
    ],
)  # fmt: skip
def test_a_condition_that_no_run_changes_is_evaluated(condition: str, value: bool | None) -> None:
    expression = ast.parse(condition, mode="eval").body
    assert evaluate_condition(expression) is value
    text = f"if {condition}:\n    import a\nelse:\n    import b"
    reachable = {None: [2, 4], True: [2], False: [4]}
    assert [node.lineno for node, _ in find_reachable_imports(ast.parse(text).body)] == reachable[value]


def test_a_file_of_several_chunks_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    for size in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5):
        data = bytes(number % 251 for number in range(size))
        file.write_bytes(data)
        assert read_file(file) == data
    assert read_file(tmp_path) == b""
    assert read_file(tmp_path / "gone.py") == b""
