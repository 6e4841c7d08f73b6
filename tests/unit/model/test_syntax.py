"""Sources are parsed without a warning, and what cannot be parsed raises one of a known few."""

from __future__ import annotations

import ast

import pytest

from pytest_maturity.model.syntax import UNPARSABLE, parse_source


def test_the_compilers_warnings_are_not_shown() -> None:
    (statement,) = parse_source('a = "\\d"').body
    assert isinstance(statement, ast.Assign)


@pytest.mark.parametrize("source", ["a b", "\0", "(" * 5000, "not " * 100_000 + "x", b"\xff"])
def test_what_cannot_be_parsed_raises_a_known_error(source: str | bytes) -> None:
    with pytest.raises(UNPARSABLE):
        parse_source(source, "a.py")


def test_an_error_names_the_file() -> None:
    with pytest.raises(SyntaxError) as raised:
        parse_source("a b", "src/a.py")
    assert raised.value.filename == "src/a.py"
