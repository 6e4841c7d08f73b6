"""Values of options that argparse cannot check."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from pytest_maturity.model.errors import ConfigError
from pytest_maturity.plugin.options import list_arguments, read_max_retries


@pytest.mark.parametrize(("value", "number"), [(None, None), ("0", 0), ("7", 7), ("100", 100), ("007", 7)])
def test_retries_are_a_whole_number(value: str | None, number: int | None) -> None:
    assert read_max_retries(Namespace(maturity_retries=value)) == number


@pytest.mark.parametrize("value", ["", "-1", "101", "1.0", "two", "٣", "1000"])
def test_other_retries_are_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="--maturity-retries: must be a whole number from 0 to 100, not "):
        read_max_retries(Namespace(maturity_retries=value))


def test_a_merge_gets_the_components_and_the_policy() -> None:
    given = {
        "component": ["a", "b"],
        "target": "dev",
        "retries": None,
        "policy_ref": "main",
        "compare_branch": "origin/dev",
        "config": "/project/x/y.toml",
    }
    options = Namespace(**{f"maturity_{name}": value for name, value in given.items()})
    assert list_arguments(options, Path("/project")) == (
        "--maturity-component=a", "--maturity-component=b", "--maturity-target=dev", "--maturity-policy-ref=main",
        "--maturity-compare-branch=origin/dev", "--maturity-config=x/y.toml",
    )  # fmt: skip
