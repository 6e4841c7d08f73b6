"""A CI service is known by the variable that all of them set."""

from __future__ import annotations

import pytest

from pytest_maturity.model.ci import is_ci


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", True),
        ("1", True),
        ("yes", True),
        ("", False),
        (" False ", False),
        ("0", False),
        ("no", False),
        ("OFF", False),
    ],
)
def test_the_variable_ci_says_it(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("CI", value)
    assert is_ci() is expected


def test_without_the_variable_it_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert not is_ci()
