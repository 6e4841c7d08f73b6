"""The options that are left out are those with which the tools are run."""

from __future__ import annotations

import pytest

from pytest_maturity.model.evidence import ToolResult
from pytest_maturity.tools import deptry, mypy, pip_audit, ruff
from pytest_maturity.tools.formatters import FORMATTERS
from pytest_maturity.tools.shown_commands import PRINTING, show_command
from pytest_maturity.tools.type_checkers import CHECKERS

RUN_WITH = {
    "bandit": ("--quiet", "--format", "json"),
    "black": FORMATTERS["black"].check,
    "deptry": deptry.OPTIONS,
    "mypy": mypy.OPTIONS,
    "pip-audit": pip_audit.OPTIONS,
    "ruff": ruff.OPTIONS,
    **{name: checker.options for name, checker in CHECKERS.items()},
}


@pytest.mark.parametrize("name", sorted({*PRINTING, *CHECKERS}))
def test_every_option_that_is_left_out_is_one_that_the_tool_is_run_with(name: str) -> None:
    given = RUN_WITH[name]
    for option in PRINTING[name]:
        assert any(given[start : start + len(option)] == option for start in range(len(given))), option


def test_a_command_keeps_what_decides_the_findings() -> None:
    argv = ("/env/bin/ruff", *ruff.OPTIONS, "--select", "E4", "src/a")
    assert show_command(ToolResult(argv=argv)) == (
        "/env/bin/ruff", "check", "--no-fix", "--no-fix-only", "--force-exclude", "--select", "E4", "src/a",
    )  # fmt: skip
    variables = (("MYPYPATH", "src"),)
    assert show_command(ToolResult(argv=("mypy", *mypy.OPTIONS, "src/a"), variables=variables)) == (
        "env", "MYPYPATH=src", "mypy", "src/a",
    )  # fmt: skip


def test_the_command_of_another_program_is_shown_as_it_is() -> None:
    argv = ("count", "--verbose", "--output-format", "json")
    assert show_command(ToolResult(argv=argv)) == argv
