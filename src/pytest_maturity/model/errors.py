"""The few ways in which the plugin refuses to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from .text import safe

Result = TypeVar("Result")

LONGEST_PROBLEM = 4000


class MaturityError(Exception):
    """Anything the user can mend. `problems` holds every mistake that was found, one line each."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))

    @property
    def message(self) -> str:
        """All problems as pytest prints an error, each on a line of its own and harmless there."""
        return usage_error_text(self.problems)


def usage_error_text(problems: Iterable[str]) -> str:
    """The text of a usage error, to which pytest adds its own `ERROR: `."""
    return "\nERROR: ".join(safe(problem, LONGEST_PROBLEM) for problem in problems)


def collect_problems(problems: list[str], function: Callable[[], Result]) -> Result | None:
    """Returns the result of `function`; where it raises a MaturityError, adds its problems to `problems`."""
    try:
        return function()
    except MaturityError as error:
        problems += error.problems
        return None


class ConfigError(MaturityError):
    """The policy cannot be read or does not make sense."""


class DiscoveryError(MaturityError):
    """A component is unknown, or its name fits several."""
