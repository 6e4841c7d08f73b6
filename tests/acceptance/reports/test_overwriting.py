"""A report or evidence may overwrite what the gate wrote, and no file of the project."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.acceptance.project import Project

OPTIONS = ("--maturity-report", "--maturity-evidence")
MARKDOWN = """
    from pytest_maturity import Reporter

    def pytest_maturity_reporters():
        return [Reporter("page", lambda report: f"# {report.verdict.value}", ".md")]
"""
both = pytest.mark.parametrize("option", OPTIONS)


def verdict(path: Path) -> str:
    return str(json.loads(path.read_text("utf-8"))["verdict"])


def refusal(option: str, path: Path) -> str:
    return (
        f"ERROR: {option}: {path} exists and was not written by pytest-maturity: name another PATH (was it "
        "forgotten?), or remove it"
    )


@both
@pytest.mark.parametrize("name", ["tests/test_orchestrator.py", "pyproject.toml", "data.json"])
def test_a_file_of_the_project_is_not_overwritten(project: Project, option: str, name: str) -> None:
    project.write({"data.json": '{"a": 1}'})
    before = (project.path / name).read_bytes()
    ran = project.gate(option, name)
    assert (ran.code, ran.errors) == (4, [refusal(option, project.path / name)])
    assert (project.path / name).read_bytes() == before


@both
def test_a_link_to_a_file_of_the_project_is_left_alone(project: Project, option: str) -> None:
    (project.path / "link.json").symlink_to("pyproject.toml")
    assert project.gate(f"{option}=link.json").code == 4
    assert (project.path / "link.json").is_symlink()


@both
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_left_alone_and_not_read(project: Project, option: str) -> None:
    os.mkfifo(project.path / "pipe")
    ran = project.gate(f"{option}=pipe")
    assert (ran.code, ran.errors) == (4, [refusal(option, project.path / "pipe")])
    assert (project.path / "pipe").is_fifo()


@both
def test_an_empty_file_and_the_file_of_a_run_are_replaced(project: Project, option: str) -> None:
    (project.path / "out").touch()
    assert [project.gate(f"{option}=out").code for _ in range(2)] == [0, 0]
    assert project.gate(f"{option}=out", "--collect-only").code == 3
    assert project.gate(f"{option}=out").code == 0


@both
@pytest.mark.parametrize("path", ["pyproject.toml/out", "src"])
def test_a_path_that_cannot_be_written_is_refused_at_the_start(project: Project, option: str, path: str) -> None:
    ran = project.gate(f"{option}={path}")
    assert (ran.code, ran.result.outlines) == (4, [])
    assert f"{project.path / path} cannot be written: " in ran.errors[0]


def test_other_formats_are_replaced_where_the_last_report_names_them(project: Project) -> None:
    project.write({"conftest.py": MARKDOWN})
    option = "--maturity-report=page:out.md"
    ran = project.gate(option)
    assert (ran.code, ran.report["reports"]) == (0, [{"format": "page", "path": "out.md"}])
    assert project.gate(option).code == 0
    assert (project.path / "out.md").read_text() == "# PROMOTE"
    project.write({"tests/conftest.py": "import os\n\nos._exit(0)\n"})
    assert project.gate(option, subprocess=True).code == 3
    assert not (project.path / "out.md").exists()  # no old page is left


def test_the_supervisor_reads_the_gates_own_report(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write({"conftest.py": MARKDOWN})
    monkeypatch.setenv("CI", "1")
    assert project.gate("--maturity-report=page", subprocess=True).code == 0


def test_other_formats_do_not_overwrite_a_file_of_the_project(project: Project) -> None:
    project.write({"conftest.py": MARKDOWN, "out.md": "# Mine\n"})
    ran = project.gate("--maturity-report=page:out.md")
    assert (ran.code, ran.errors) == (4, [refusal("--maturity-report", project.path / "out.md")])
    assert (project.path / "out.md").read_text() == "# Mine\n"


def test_a_name_that_no_plugin_has_is_the_path_of_the_report(project: Project) -> None:
    project.gate("--maturity-report=out")
    assert project.gate("--maturity-report=out", "--maturity-component=none").code == 4
    assert verdict(project.path / "out") == "INCOMPLETE"
    project.write({"conftest.py": "import os; os._exit(0)"})
    assert project.gate("--maturity-report=out", subprocess=True).code != 0
    assert verdict(project.path / "out") == "INCOMPLETE"


def test_a_report_without_a_name_is_refused(project: Project) -> None:
    assert project.gate("--maturity-report=/").code == 4
