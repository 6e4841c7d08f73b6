"""The errors that a user can correct: in the configuration, in the command line, in the names of components."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from .text import safe

LONGEST_PROBLEM = 4000  # characters

Result = TypeVar("Result")


class MaturityError(Exception):
    """An error that the user can correct. `problems` holds every mistake that was found, one line each."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))

    @property
    def message(self) -> str:
        """The text for a `pytest.UsageError`."""
        return usage_error_text(self.problems)


def usage_error_text(problems: Iterable[str]) -> str:
    """Returns the text of a usage error: each problem is a harmless line. pytest writes the first `ERROR: ` itself."""
    return "\nERROR: ".join(safe(problem, LONGEST_PROBLEM) for problem in problems)


def collect_problems(problems: list[str], function: Callable[[], Result]) -> Result | None:
    """Returns the result of `function`; where it raises a MaturityError, adds its problems to `problems`."""
    try:
        return function()
    except MaturityError as error:
        problems += error.problems
        return None


class ConfigError(MaturityError):
    """The configuration cannot be read, or is invalid."""


class DiscoveryError(MaturityError):
    """A component does not exist, or its name fits several."""
