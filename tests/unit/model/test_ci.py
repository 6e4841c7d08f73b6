"""A CI service is known by the variables that it sets."""

from __future__ import annotations

import pytest

from pytest_maturity.model.ci import VARIABLES, find_ci_variable, is_ci


@pytest.fixture(autouse=True)
def _without_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("value", "expected"), [("true", True), ("1", True), ("", False), (" False ", False), ("0", False)]
)
def test_the_variable_ci_says_it(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("CI", value)
    assert is_ci() is expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BUILD_NUMBER", "17"), ("TF_BUILD", "True"), ("TEAMCITY_VERSION", "2025.1"), ("CODEBUILD_BUILD_ID", "a:b"),
        ("GITHUB_ACTIONS", "true"),
    ],
)  # fmt: skip
def test_services_without_it_are_known_too(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert find_ci_variable() == name


def test_without_any_of_them_it_is_none() -> None:
    assert not is_ci()
