"""The distributions that a project declares, and the command that installs each."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.tools.requirements import Requirement, list_requirements, make_install_command

PYPROJECT = """
[project]
dependencies = ["httpx>=1"]
optional-dependencies = { test = ["pytest-mock ; python_version > '3'"] }
[dependency-groups]
dev = ["pytest-httpx", { include-group = "x" }]
[tool.uv]
dev-dependencies = ["respx"]
[tool.poetry]
dependencies = { python = "^3.10" }
group.docs.dependencies = { sphinx = "*" }
[tool.pdm.dev-dependencies]
lint = ["ruff"]
[tool.hatch.envs.ci]
dependencies = ["nox"]
"""


def test_each_requirement_has_its_file_and_its_group(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "setup.cfg").write_text(
        "[options]\ninstall_requires =\n  attrs\n[options.extras_require]\nx =\n  rich\n"
    )
    (tmp_path / "requirements-dev.txt").write_text("# all\ntox==4\n-r other.txt\n")
    found = [(one.name, one.file, one.kind, one.group) for one in list_requirements(tmp_path)]
    assert found == [
        ("httpx", "pyproject.toml", "", ""),
        ("pytest-mock", "pyproject.toml", "extra", "test"),
        ("pytest-httpx", "pyproject.toml", "group", "dev"),
        ("respx", "pyproject.toml", "group", "dev"),
        ("python", "pyproject.toml", "", ""),
        ("sphinx", "pyproject.toml", "group", "docs"),
        ("ruff", "pyproject.toml", "group", "lint"),
        ("nox", "pyproject.toml", "environment", "ci"),
        ("attrs", "setup.cfg", "", ""),
        ("rich", "setup.cfg", "extra", "x"),
        ("tox", "requirements-dev.txt", "", ""),
    ]


@pytest.mark.parametrize("text", ["", "[project", "project = 1\n", "[project]\noptional-dependencies = [1]\n"])
def test_files_that_are_broken_declare_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert list(list_requirements(tmp_path)) == []


@pytest.mark.parametrize(
    ("kind", "tool", "command"),
    [
        ("extra", "", "pip install -e .[test]"),
        ("group", "", "pip install --group test"),
        ("extra", "uv", "uv sync --extra test"),
        ("group", "uv", "uv sync --group test"),
        ("extra", "poetry", "poetry install --extras test"),
        ("group", "poetry", "poetry install --with test"),
        ("group", "pdm", "pdm install -G test"),
        ("environment", "", "pip install pytest-mock"),
        ("", "uv", "pip install pytest-mock"),
    ],
)
def test_the_command_installs_what_brings_it(kind: str, tool: str, command: str) -> None:
    one = Requirement(name="pytest-mock", file="pyproject.toml", kind=kind, group="test")
    assert " ".join(make_install_command(one, tool)) == command


def test_a_file_of_requirements_is_installed_whole() -> None:
    one = Requirement(name="pytest-mock", file="requirements-dev.txt")
    assert make_install_command(one, "uv") == ("pip", "install", "-r", "requirements-dev.txt")
