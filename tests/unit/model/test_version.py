"""The version in the code is that of the installed distribution."""

from __future__ import annotations

from importlib import metadata

from pytest_maturity.model.version import VERSION


def test_the_distribution_has_this_version() -> None:
    assert metadata.version("pytest-maturity") == VERSION
