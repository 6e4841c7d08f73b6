"""The few ways in which the plugin refuses to go on."""

from __future__ import annotations

from collections.abc import Iterable


class MaturityError(Exception):
    """Anything the user can mend. `problems` holds every mistake that was found, one line each."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class ConfigError(MaturityError):
    """The policy cannot be read or does not make sense."""


class DiscoveryError(MaturityError):
    """A component is unknown, or its name fits several."""
