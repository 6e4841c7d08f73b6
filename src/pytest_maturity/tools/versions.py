"""The versions of tools: numbers of different versions of a linter cannot be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

from ..model.evidence import Command
from ..model.text import safe
from .processes import is_own_program, isolate_environment, run_program

# The programs that gates run, by the names of their distributions.
DISTRIBUTIONS = frozenset(
    {
        "bandit", "basedpyright", "black", "deptry", "detect-secrets", "mypy", "pip-audit", "pyrefly", "pyright",
        "ruff", "ty",
    }
)  # fmt: skip
REQUIREMENT = re.compile(r"[\w.-]+")  # the name in one, without extras
PRINTED = re.compile(r"\d+(?:\.\w+)+")


def find_versions(commands: Iterable[Command], root: Path) -> dict[str, str]:
    """Returns the version of each tool, by its name, that a built-in gate runs; empty where it is not known.

    The commands of users, of which nobody knows what decides their number, have none.
    """
    found: dict[str, str] = {}
    for command in commands:
        name = REQUIREMENT.match(command.install[-1]) if command.install else None
        if name is not None:
            version = find_version(command.argv).rpartition(" ")[2]
            program = next((one for one in command.argv if Path(one).stem == name[0]), command.argv[0])
            found[name[0]] = version or read_printed_version(program, root)
    return found


@cache  # several components have the same tools
def read_printed_version(program: str, root: Path) -> str:
    """Returns the version that a program prints with --version; empty where it prints none."""
    result = run_program((program, "--version"), root, environment=isolate_environment(root)[0])
    printed = PRINTED.search(result.stdout.decode("utf-8", "replace"))
    return safe(printed[0], 60) if printed else ""


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
