"""The commands of tools as a person runs them: with what decides the findings, printed for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..model.evidence import ToolResult
from .processes import NO_USER_SETTINGS

# By program: the options that change how it prints what it finds, for a parser, and nothing else.
PRINTING: dict[str, tuple[tuple[str, ...], ...]] = {
    "bandit": (("--quiet",), ("--format", "json")),
    "basedpyright": (("--outputjson",),),
    "deptry": (("--verbose",), ("--no-ansi",)),
    "mypy": (("--output", "json"), ("-vv",), ("--no-error-summary",), ("--no-pretty",)),
    "pip-audit": (("--format", "json"), ("--progress-spinner", "off"), ("--desc", "off")),
    "pyrefly": (("--verbose",), ("--output-format", "json")),
    "pyright": (("--outputjson",),),
    "ruff": (("--no-cache",), ("--verbose",), ("--output-format", "json")),
    "ty": (("-vv",), ("--output-format", "concise")),
}


def show_command(result: ToolResult) -> tuple[str, ...]:
    """Returns the argument list that gives a tool's findings as text, with the variables that they depend on."""
    variables = [f"{name}={value}" for name, value in result.variables if (name, value) not in NO_USER_SETTINGS]
    return (*(("env", *variables) if variables else ()), *leave_out(result.argv, PRINTING))


def leave_out(argv: Sequence[str], printing: dict[str, tuple[tuple[str, ...], ...]]) -> tuple[str, ...]:
    """Returns an argument list without the options that only say how its program prints."""
    found = list(argv)
    for option in printing.get(Path(found[0]).stem, ()) if found else ():
        for start in range(1, len(found) - len(option) + 1):
            if tuple(found[start : start + len(option)]) == option:
                del found[start : start + len(option)]
                break
    return tuple(found)
