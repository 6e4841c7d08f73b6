"""The version of a tool is known where it is installed beside pytest."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

from pytest_maturity.model.evidence import Command
from pytest_maturity.tools.processes import find_program
from pytest_maturity.tools.versions import find_distribution_version, find_version, find_versions


def test_a_tool_of_this_environment_has_its_version() -> None:
    ruff = find_program("ruff")
    assert find_version((ruff, "check", ".")) == f"ruff {metadata.version('ruff')}"
    assert find_version((sys.executable, "-I", ruff, "check")) == f"ruff {metadata.version('ruff')}"


def test_a_tool_from_elsewhere_and_a_program_of_the_users_have_none() -> None:
    assert find_version(("/usr/local/elsewhere/ruff", "check")) == ""
    assert find_version((find_program("pytest"), "mypy")) == ""
    assert find_version(()) == ""


def test_a_distribution_that_is_not_installed_has_no_version() -> None:
    assert find_distribution_version("no-such-distribution") == ""


def command(*argv: str, install: str = "ruff") -> Command:
    return Command(argv=argv, install=("pip", "install", install) if install else ())


def make_program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_the_tools_of_commands_have_versions_by_their_names(tmp_path: Path) -> None:
    assert find_versions([command(find_program("ruff"), "check")], tmp_path) == {"ruff": metadata.version("ruff")}


def test_a_program_from_elsewhere_is_run_for_its_version(tmp_path: Path) -> None:
    program = make_program(tmp_path / "ruff", 'echo "ruff 0.3.5 (of 2024)"')
    assert find_versions([command(program, install="ruff[all]")], tmp_path) == {"ruff": "0.3.5"}
    assert find_versions([command(sys.executable, "-I", program)], tmp_path) == {"ruff": "0.3.5"}


def test_a_version_that_is_not_printed_is_empty(tmp_path: Path) -> None:
    assert find_versions([command(str(tmp_path / "missing"))], tmp_path) == {"ruff": ""}
    assert find_versions([command(make_program(tmp_path / "ruff", "echo nothing"))], tmp_path) == {"ruff": ""}


def test_a_command_of_a_user_has_no_version(tmp_path: Path) -> None:
    assert find_versions([command("make", "count", install="")], tmp_path) == {}
