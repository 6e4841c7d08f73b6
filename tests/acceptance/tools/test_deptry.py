"""deptry on small projects: the gate counts what deptry prints."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

from pytest_maturity.gates.dependencies import GATE
from pytest_maturity.model.evidence import Claim, Component, Evidence
from pytest_maturity.model.gates import Context, Measurement
from pytest_maturity.tools.processes import clean_environment, find_program
from pytest_maturity.tools.toolbox import Toolbox

pytestmark = pytest.mark.skipif(which(find_program("deptry")) is None, reason="deptry is not installed")
FILES = {
    "pyproject.toml": """
[project]
name = "shop"
dependencies = ["coverage", "markdown-it-py", "no-such-distribution-anywhere"]
[project.optional-dependencies]
test = ["pytest-no-such-plugin"]
[tool.deptry]
optional_dependencies_dev_groups = ["test"]
""",
    "src/alpha/__init__.py": "import coverage\nimport no_such_module_anywhere\nimport pluggy\n",
    "src/beta/__init__.py": "import markdown_it\n\nimport alpha\n",
    "tests/test_alpha.py": "import hypothesis\n\ndef test_a(tmp_path): ...\n",
}


class Project:
    """A project with two components, which deptry reads together."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, "utf-8")

    def measure(self) -> list[Measurement]:
        context = Context(root=self.root)
        components = [
            Component(
                name=name,
                sources=(self.root / "src" / name,),
                files=tuple(sorted((self.root / "src" / name).rglob("*.py"))),
                found_by="src",
                imports=(name,),
                tests=(Claim(path=self.root / "tests/test_alpha.py", rule="file"),),
            )
            for name in ("alpha", "beta")
        ]
        box = Toolbox(self.root)
        assert GATE.commands is not None
        box.start(GATE.commands(components, context), 1)
        tools = box.join()
        return [GATE.measure(Evidence(component=one, tools=tools), context) for one in components]

    def count_by_hand(self) -> int:
        ran = subprocess.run(
            [find_program("deptry"), "src"],
            cwd=self.root,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"Found (\d+) dependency issue", ran.stderr)
        return int(found[1]) if found else 0


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path.resolve())


def test_each_component_has_its_imports_and_the_projects_unused_dependencies(project: Project) -> None:
    alpha, beta = project.measure()
    lines = {"undeclared": 1, "unused": 1, "transitive": 1, "development": 0, "test_plugins": 0}
    assert alpha.breakdown == lines, alpha
    assert beta.breakdown == {**lines, "undeclared": 0, "transitive": 0}
    assert project.count_by_hand() == 3
    assert [one.location for one in alpha.findings] == [
        *("src/alpha/__init__.py:2", "src/alpha/__init__.py:3", "pyproject.toml"),
    ]


def test_a_project_that_declares_what_it_imports_has_no_finding(project: Project) -> None:
    project.write("src/alpha/__init__.py", "import coverage\n")
    project.write("pyproject.toml", FILES["pyproject.toml"].replace(', "no-such-distribution-anywhere"', ""))
    assert [one.value for one in project.measure()] == [0, 0]
    assert project.count_by_hand() == 0


def test_a_plugin_that_the_tests_need_is_named_with_what_brings_it(project: Project) -> None:
    project.write("tests/test_alpha.py", "def test_a(qtbot): ...\n")
    project.write("pyproject.toml", FILES["pyproject.toml"].replace("pytest-no-such-plugin", "pytest-qt"))
    alpha, _ = project.measure()
    assert alpha.breakdown["test_plugins"] == 1
    assert alpha.findings[-1].message == (
        "the fixture qtbot is of pytest-qt, which is not installed: the extra test brings it: pip install -e .[test]"
    )


def test_a_file_that_does_not_parse_is_unknown(project: Project) -> None:
    project.write("src/beta/broken.py", "def (\n")
    alpha, beta = project.measure()
    assert (alpha.breakdown["unused"], alpha.breakdown["undeclared"]) == (None, 1)
    assert beta.note == "deptry skipped src/beta/broken.py"


def test_a_component_that_the_settings_exclude_is_unknown(project: Project) -> None:
    project.write("pyproject.toml", FILES["pyproject.toml"] + 'extend_exclude = ["src/beta"]\n')
    alpha, beta = project.measure()
    assert alpha.breakdown["undeclared"] == 1
    assert (beta.value, "analysed none of the component's 1 file" in beta.note) == (None, True)


def test_a_project_without_dependencies_of_its_own_is_unknown(project: Project) -> None:
    project.write("pyproject.toml", "")
    alpha, _ = project.measure()
    assert alpha.value is None
    assert "deptry did not run to its end" in alpha.note
