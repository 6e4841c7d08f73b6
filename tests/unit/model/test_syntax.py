"""Sources are parsed without a warning, and what cannot be parsed raises one of a known few."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.syntax import UNPARSABLE, compile_source, list_nodes, parse_source


def test_the_compilers_warnings_are_not_shown() -> None:
    (statement,) = parse_source('a = "\\d"').body
    assert isinstance(statement, ast.Assign)


@pytest.mark.parametrize("source", ["a b", "\0", "(" * 5000, "not " * 100_000 + "x", b"\xff"])
def test_what_cannot_be_parsed_raises_a_known_error(source: str | bytes) -> None:
    with pytest.raises(UNPARSABLE):
        parse_source(source, "a.py")


def test_the_known_errors_are_those_of_all_versions_of_python() -> None:
    """3.10 raises ValueError for a null byte, 3.12 SyntaxError; the others depend on the depth and the memory."""
    assert set(UNPARSABLE) == {SyntaxError, ValueError, RecursionError, MemoryError}


def test_an_error_names_the_file() -> None:
    with pytest.raises(SyntaxError) as raised:
        parse_source("a b", "src/a.py")
    assert raised.value.filename == "src/a.py"
    with pytest.raises(SyntaxError) as raised:
        parse_source("a b")
    assert raised.value.filename == "<unknown>"


@pytest.mark.parametrize(
    ("level", "is_debug", "doc"), [(0, True, "The module."), (1, False, "The module."), (2, False, None)]
)
def test_a_module_is_compiled_at_a_level_of_optimization(level: int, is_debug: bool, doc: str | None) -> None:
    code = compile_source(b'"""The module."""\nis_debug = __debug__\n', "src/a.py", level)
    names: dict[str, object] = {}
    exec(code, names)
    assert (names["is_debug"], names.get("__doc__")) == (is_debug, doc)
    assert code.co_filename == "src/a.py"


def test_a_module_is_compiled_without_the_futures_of_this_one_and_without_warnings() -> None:
    code = compile_source(b'def f(x: int = "\\d"): pass\n', "a.py", 0)  # an invalid escape
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["f"].__annotations__ == {"x": int}  # a text where this module's `annotations` counted


def test_the_nodes_of_a_tree_have_the_order_of_the_standard_library() -> None:
    tree = parse_source(Path(__file__).read_text("utf-8"))
    contexts = (ast.Load, ast.Store, ast.Del)
    assert list_nodes(tree) == [node for node in ast.walk(tree) if not isinstance(node, contexts)]
