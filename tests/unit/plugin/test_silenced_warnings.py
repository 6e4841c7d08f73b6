"""Filters that silence warnings, and those that show them."""

from __future__ import annotations

import pytest

from pytest_maturity.plugin import silenced_warnings


@pytest.mark.parametrize("text", ["ignore", "i", "ig:old", "once", " ignore ::UserWarning", "o:::shop"])
def test_a_filter_that_hides_a_line_silences(text: str) -> None:
    assert silenced_warnings.is_silencing(text)
    assert silenced_warnings.select_silencing(["error", text, "default::UserWarning"]) == [text]


@pytest.mark.parametrize("text", ["error", "e::UserWarning", "always", "a", "default", "module:old", "", "all"])
def test_a_filter_that_shows_each_line_silences_nothing(text: str) -> None:
    assert not silenced_warnings.is_silencing(text)


@pytest.mark.parametrize(
    ("text", "for_all"),
    [
        ("default", True), ("error::Warning", True), ("error:::", True), ("error::::0", True), ("error:old", False),
        ("error::UserWarning", False), ("error:::shop", False), ("error::::7", False),
    ],
)  # fmt: skip
def test_a_filter_for_all_has_no_condition(text: str, for_all: bool) -> None:
    assert silenced_warnings.is_for_all(text) is for_all


@pytest.mark.parametrize(
    ("text", "error"), [("error", True), ("e::UserWarning", True), ("", False), ("default", False)]
)
def test_a_filter_of_errors(text: str, error: bool) -> None:
    assert silenced_warnings.is_error(text) is error
