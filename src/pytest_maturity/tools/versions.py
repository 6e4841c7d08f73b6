"""The versions of tools: numbers of different versions of a linter cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

from .processes import is_own_program

# The programs that gates run, by the names of their distributions.
DISTRIBUTIONS = frozenset(
    {
        "bandit", "basedpyright", "black", "deptry", "detect-secrets", "mypy", "pip-audit", "pyrefly", "pyright",
        "ruff", "ty",
    }
)  # fmt: skip


def find_version(argv: Sequence[str]) -> str:
    """Returns the name and version of the tool that a command runs, as `ruff 0.15.1`; empty where that is unknown.

    Only the environment of this Python is looked up: a program from elsewhere may be of any version.
    """
    programs = (Path(word).stem for word in argv if is_own_program(word))
    name = next((one for one in programs if one in DISTRIBUTIONS), "")
    version = find_distribution_version(name) if name else ""
    return f"{name} {version}" if version else ""


@cache
def find_distribution_version(name: str) -> str:
    """Returns the version of an installed distribution; empty where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
