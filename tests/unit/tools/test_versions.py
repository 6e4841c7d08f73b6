"""The version of a tool is known where it is installed beside pytest."""

from __future__ import annotations

import sys
from importlib import metadata

from pytest_maturity.tools.processes import find_program
from pytest_maturity.tools.versions import find_distribution_version, find_version


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
