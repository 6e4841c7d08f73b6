"""The installed formatters on small projects: the gate counts the files that they would change."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

from pytest_maturity.gates.format import GATE
from pytest_maturity.model.evidence import Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context, Measurement, Requirement
from pytest_maturity.tools.processes import clean_environment, find_program
from pytest_maturity.tools.toolbox import Toolbox

FILES = {
    "src/alpha/__init__.py": "",
    "src/alpha/wrong.py": "def double( number ):\n    return  number*2\n",
    "src/alpha/quiet.py": "# fmt: off\nx  =  1\n",
    "src/beta/__init__.py": 'NAME = "beta"\n',
    "tests/test_alpha.py": "x  =  1\n",
}


@pytest.fixture(params=["ruff", "black"])
def tool(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if which(find_program(name)) is None:
        pytest.skip(f"{name} is not installed")
    return name


class Project:
    """A directory with two components, which are given to the formatter together."""

    def __init__(self, root: Path, tool: str) -> None:
        self.root, self.tool = root, tool
        self.tools: dict[str, ToolResult] = {}
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, "utf-8")

    def measure(self) -> list[Measurement]:
        self.context = Context(root=self.root, options={"format": {"tool": self.tool}})
        self.components = [
            Component(
                name=name,
                sources=(self.root / "src" / name,),
                files=tuple(sorted((self.root / "src" / name).rglob("*.py"))),
                found_by="src",
            )
            for name in ("alpha", "beta")
        ]
        box = Toolbox(self.root)
        assert GATE.commands is not None
        box.start(GATE.commands(self.components, self.context), 2)
        self.tools = box.join()
        return [GATE.measure(Evidence(component=one, tools=self.tools), self.context) for one in self.components]

    def count_by_hand(self, path: str) -> int:
        """Returns how many files the tool says that it would change, when a person runs it."""
        options = ["format", "--check"] if self.tool == "ruff" else ["--check"]
        ran = subprocess.run(
            [find_program(self.tool), *options, path],
            cwd=self.root,
            env=clean_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        found = re.search(r"(\d+) files? would be reformatted", ran.stdout + ran.stderr)
        return int(found[1]) if found else 0


@pytest.fixture
def project(tmp_path: Path, tool: str) -> Project:
    return Project(tmp_path.resolve(), tool)


def test_format_is_the_count_of_the_formatter_and_changes_nothing(project: Project) -> None:
    alpha, beta = project.measure()
    assert (alpha.value, project.count_by_hand("src/alpha")) == (1, 1)
    assert (beta.value, project.count_by_hand("src/beta")) == (0, 0)
    assert [one.path for one in alpha.findings] == ["src/alpha/wrong.py"]
    assert (alpha.note, beta.note) == (f"{project.tool}, 3 files", f"{project.tool}, 1 file")
    assert (project.root / "src/alpha/wrong.py").read_text() == FILES["src/alpha/wrong.py"]


def test_the_command_of_the_remedy_formats(project: Project) -> None:
    alpha, _ = project.measure()
    evidence = Evidence(component=project.components[0], tools=project.tools)
    assert GATE.remedy is not None
    remedy = GATE.remedy(evidence, alpha, Requirement(gate="format", threshold=0, source="here"))  # type: ignore[arg-type]
    subprocess.run(remedy.command, cwd=project.root, env=clean_environment(), check=True, capture_output=True)
    assert project.measure()[0].value == 0


def test_a_file_that_cannot_be_parsed_is_unknown_for_its_component_alone(project: Project) -> None:
    project.write("src/beta/broken.py", "def (:\n")
    alpha, beta = project.measure()
    assert alpha.value == 1
    assert (beta.value, beta.note) == (None, f"{project.tool} could not format src/beta/broken.py")


def test_a_component_that_the_settings_exclude_is_unknown(project: Project) -> None:
    exclude = '"src/beta"' if project.tool == "black" else '["src/beta"]'
    table = "black" if project.tool == "black" else "ruff"
    project.write("pyproject.toml", f"[tool.{table}]\nextend-exclude = {exclude}\n")
    alpha, beta = project.measure()
    assert alpha.value == 1
    assert (beta.value, "analysed none of the component's 1 file" in beta.note) == (None, True)


def test_the_projects_settings_count_and_the_users_do_not(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("src/beta/long.py", f"VALUE = [{', '.join(['1'] * 40)}]\n")
    for name in ("APPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(project.root / "own"))
    project.write("own/black", "[tool.black]\nline-length = 200\n")
    project.write("own/ruff/ruff.toml", "line-length = 200\n")
    assert project.measure()[1].value == 1
    project.write("pyproject.toml", f"[tool.{project.tool}]\nline-length = 200\n")
    assert project.measure()[1].value == 0


def test_settings_that_cannot_be_read_are_unknown(project: Project) -> None:
    project.write("pyproject.toml", f"[tool.{project.tool}]\nnonsense-option = 1\nline-length = 'x'\n")
    assert [one.value for one in project.measure()] == [None, None]
