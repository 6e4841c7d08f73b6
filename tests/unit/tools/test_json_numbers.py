"""One number in a JSON text, with all of its digits."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_maturity.tools.findings import NotMeasuredError
from pytest_maturity.tools.json_numbers import NothingMatchedError, find_in_json, parse_document, read_number


def test_a_number_keeps_its_digits() -> None:
    assert find_in_json("/a/1/b~1c", '{"a": [0, {"b/c": 0.1}]}') == Fraction(1, 10)
    assert read_number(parse_document("7", "there"), "", "there") == 7


@pytest.mark.parametrize(
    ("pointer", "text", "words"),
    [
        ("/b", '{"a": 1}', "there is no '/b' in its output"),
        ("", " ", "its output is nothing, not JSON"),
    ],
)
def test_nothing_there_is_told_apart(pointer: str, text: str, words: str) -> None:
    with pytest.raises(NothingMatchedError) as caught:
        find_in_json(pointer, text)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [(True, "'/a' in there is bool, not a number"), (None, "'/a' in there is NoneType, not a number")],
)
def test_what_is_no_number_is_named_with_its_place(found: object, words: str) -> None:
    with pytest.raises(NotMeasuredError) as caught:
        read_number(found, "/a", "there")
    assert str(caught.value) == words
