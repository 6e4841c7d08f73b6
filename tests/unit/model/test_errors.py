"""Errors that a user can correct: all at once, each on a line of its own."""

from __future__ import annotations

import pytest

from pytest_maturity.model.errors import (  # fmt: skip
    LONGEST_PROBLEM,
    ConfigError,
    DiscoveryError,
    MaturityError,
    collect_problems,
    usage_error_text,
)


def test_one_problem_may_be_given_alone() -> None:
    error = MaturityError("bad key")
    assert (error.problems, str(error), error.message) == (("bad key",), "bad key", "bad key")


def test_every_problem_is_a_line_and_pytest_writes_the_first_error_itself() -> None:
    error = ConfigError(f"problem {number}" for number in range(3))
    assert error.problems == ("problem 0", "problem 1", "problem 2")
    assert str(error) == "problem 0\nproblem 1\nproblem 2"
    assert error.message == "problem 0\nERROR: problem 1\nERROR: problem 2"


def test_a_problem_is_made_safe_and_cut() -> None:
    assert usage_error_text(["a\nb", "x" * (LONGEST_PROBLEM + 1)]) == (
        "a\\nb\nERROR: " + "x" * (LONGEST_PROBLEM - 3) + "..."
    )
    assert usage_error_text(["x" * 4000]) == "x" * 4000
    assert len(usage_error_text(["x" * 4001])) == 4000


@pytest.mark.parametrize("error", [ConfigError, DiscoveryError])
def test_every_error_is_a_maturity_error(error: type[MaturityError]) -> None:
    assert issubclass(error, MaturityError)


def test_the_result_is_returned_where_nothing_is_wrong() -> None:
    problems = ["before"]
    assert collect_problems(problems, lambda: 3) == 3
    assert problems == ["before"]


def test_the_problems_of_an_error_are_collected() -> None:
    def fail() -> int:
        raise ConfigError(["a", "b"])

    problems = ["before"]
    assert collect_problems(problems, fail) is None
    assert problems == ["before", "a", "b"]


def test_another_error_is_not_caught() -> None:
    with pytest.raises(ZeroDivisionError):
        collect_problems([], lambda: 1 / 0)
