"""The types gate, on outputs of the type checkers: their own, shortened."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.gates.types import make_commands, measure, suggest_remedy
from pytest_maturity.model.evidence import Component, Evidence, Finding, ToolResult
from pytest_maturity.model.gates import Context, Measurement, Remedy, Requirement
from pytest_maturity.tools import mypy
from pytest_maturity.tools.shown_commands import show_command
from pytest_maturity.tools.type_checkers import CHECKERS
from tests.unit.tools.outputs import (
    MYPY_ERROR,
    MYPY_LOG,
    MYPY_SYNTAX,
    PYREFLY_ERROR,
    PYREFLY_LOG,
    TY_ERROR,
    TY_LOG,
    pyright_answer,
)


class Project:
    """Two components on disk, because the number of files that a checker analysed is compared with the files there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "src/alpha").mkdir(parents=True)
        for path in ("src/alpha/__init__.py", "src/beta.py"):
            (root / path).write_text("")
        self.alpha = Component(
            name="alpha",
            sources=(root / "src/alpha",),
            files=(root / "src/alpha/__init__.py",),
            found_by="src",
        )
        self.beta = Component(
            name="beta", sources=(root / "src/beta.py",), files=(root / "src/beta.py",), found_by="src"
        )

    def context(self, **options: Any) -> Context:
        return Context(root=self.root, options={"types": options})

    def evidence(self, tool: str, stdout: str, stderr: str = "", code: int = 1, problem: str = "") -> Evidence:
        argv = make_commands([self.alpha, self.beta], self.context(tool=tool))["types"].argv
        argv = (f"/bin/{tool}", *argv[1:])
        result = ToolResult(argv=argv, exit_code=code, stdout=stdout, stderr=stderr, problem=problem)
        return Evidence(component=self.alpha, tools={"types": result})

    def measure(self, *arguments: Any, **more: Any) -> Measurement:
        return measure(self.evidence(*arguments, **more), self.context())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path.resolve())


@pytest.mark.parametrize(
    ("tool", "stdout", "stderr", "note"),
    [
        ("mypy", MYPY_ERROR, MYPY_LOG, "mypy, 1 file"),
        ("ty", TY_ERROR + "Found 1 diagnostic\n", TY_LOG, "ty, 1 file"),
        ("pyrefly", json.dumps({"errors": [PYREFLY_ERROR]}), PYREFLY_LOG, "pyrefly, preset basic, 2 files"),
    ],
)
def test_the_errors_in_the_components_files_count(
    project: Project, tool: str, stdout: str, stderr: str, note: str
) -> None:
    result = project.measure(tool, stdout, stderr)
    assert (result.value, result.note) == (1, note)
    assert [(one.location, one.column) for one in result.findings] == [("src/alpha/__init__.py:3", 12)]


@pytest.mark.parametrize("tool", ["pyright", "basedpyright"])
def test_absolute_paths_are_shortened(project: Project, tool: str) -> None:
    result = project.measure(tool, pyright_answer(project.root, "error"))
    assert [one.location for one in result.findings] == ["src/alpha/__init__.py:3"]
    assert result.note == f"{tool}, 2 files"


@pytest.mark.parametrize("tool", sorted(CHECKERS))
def test_output_that_cannot_be_parsed_is_unknown(project: Project, tool: str) -> None:
    result = project.measure(tool, "oops", MYPY_LOG)
    assert result.value is None
    assert result.note.startswith(f"{tool} printed 'oops'")


def test_mypy_that_stopped_early_is_unknown(project: Project) -> None:
    result = project.measure("mypy", MYPY_SYNTAX, MYPY_LOG, code=2)
    assert (result.value, result.note) == (None, "mypy stopped early: src/beta.py:1: Expected a parameter")


def test_mypy_without_output_is_zero_if_it_names_the_file(project: Project) -> None:
    assert project.measure("mypy", "", MYPY_LOG, code=0).value == 0


def test_mypy_errors_in_another_components_files_do_not_count(project: Project) -> None:
    assert project.measure("mypy", MYPY_SYNTAX, MYPY_LOG).value == 0


def test_mypy_that_names_only_other_files_is_unknown(project: Project) -> None:
    result = project.measure("mypy", "", MYPY_LOG.replace("src/alpha/", "src/gamma/"), code=0)
    assert result.value is None
    assert result.note.startswith("mypy analysed none of the component's 1 file")


def test_a_clean_pyright_that_analysed_nothing_is_unknown(project: Project) -> None:
    result = project.measure("pyright", pyright_answer(project.root, analysed=0), code=0)
    assert result.value is None
    assert result.note.startswith("pyright analysed none")


def test_a_clean_pyright_that_may_have_left_out_this_component_is_unknown(project: Project) -> None:
    result = project.measure("pyright", pyright_answer(project.root, analysed=1), code=0)
    assert result.value is None
    assert result.note == "pyright analysed 1 of 2 files and does not name them: judge the component alone"


def test_a_finding_in_the_component_is_proof_enough(project: Project) -> None:
    assert project.measure("pyright", pyright_answer(project.root, "error", analysed=1)).value == 1


def test_ty_that_passes_is_zero_if_it_names_the_file(project: Project) -> None:
    assert project.measure("ty", "All checks passed!\n", TY_LOG, code=0).value == 0
    assert project.measure("ty", "All checks passed!\n", "", code=0).value is None


def test_pyrefly_without_errors_is_zero_only_with_a_count_of_files(project: Project) -> None:
    assert project.measure("pyrefly", '{"errors": []}', PYREFLY_LOG, code=0).value == 0
    assert project.measure("pyrefly", '{"errors": []}', " INFO 0 errors\n", code=0).value is None


@pytest.mark.parametrize("tool", sorted(CHECKERS))
def test_a_missing_type_checker_is_unknown_not_clean(project: Project, tool: str) -> None:
    result = project.measure(tool, "", problem=f"{tool} is not installed")
    assert (result.value, result.note) == (None, f"{tool} is not installed")


def test_a_checker_that_was_not_run_is_unknown(project: Project) -> None:
    assert measure(Evidence(component=project.alpha), project.context()).note == "mypy was not run"


def test_an_unknown_checker_runs_nothing_and_is_unknown(project: Project) -> None:
    context = project.context(tool="mypi")
    assert make_commands([project.alpha], context) == {}
    result = measure(Evidence(component=project.alpha), context)
    assert (result.value, result.note) == (None, "there is no type checker 'mypi' (did you mean 'mypy'?)")


def test_the_configuration_of_the_gate_wins(project: Project) -> None:
    (project.root / "mypy.ini").touch()
    assert "ty" in make_commands([project.alpha], project.context(tool="ty"))["types"].argv[0]


def test_one_command_for_all_components_in_this_environment(project: Project) -> None:
    (command,) = make_commands([project.alpha, project.beta], project.context(timeout=7)).values()
    assert command.argv[-4:] == ("--python-executable", sys.executable, "src/alpha", "src/beta.py")
    assert (command.timeout, command.install) == (7, ("pip", "install", "mypy"))


def test_the_remedy_is_the_command_that_ran_printed_for_people(project: Project) -> None:
    evidence = project.evidence("mypy", MYPY_ERROR, MYPY_LOG)
    zero = Requirement(gate="types", threshold=Fraction(0), source="default")
    assert suggest_remedy(evidence, measure(evidence, project.context()), zero) == Remedy(
        "fix 1 type error", show_command(evidence.tools["types"])
    )


# ── modules that stubs hide from mypy ────────────────────────────────────────

HIDDEN_ERROR = MYPY_ERROR.replace("__init__", "calls")
HIDDEN_LOG = MYPY_LOG.replace("__init__", "calls")
STUB_LOG = MYPY_LOG.replace("more.py", "calls.pyi").replace("al'pha", "alpha")


@pytest.fixture
def stubbed(project: Project) -> Project:
    for name in ("calls.py", "calls.pyi"):
        (project.root / "src/alpha" / name).touch()
    project.alpha = replace(project.alpha, files=(*project.alpha.files, project.root / "src/alpha/calls.py"))
    return project


def measure_both(project: Project, stdout: str, hidden_stdout: str, hidden_log: str = HIDDEN_LOG) -> Measurement:
    evidence = project.evidence("mypy", stdout, STUB_LOG)
    hidden = ToolResult(argv=("/bin/mypy",), exit_code=1, stdout=hidden_stdout, stderr=hidden_log)
    return measure(replace(evidence, tools={**evidence.tools, "types of hidden modules": hidden}), project.context())


def test_a_module_behind_a_stub_is_checked_in_a_run_of_its_own(stubbed: Project) -> None:
    commands = make_commands([stubbed.alpha], stubbed.context())
    assert list(commands) == ["types", "types of hidden modules"]
    assert commands["types of hidden modules"].argv[-1] == "src/alpha/calls.py"
    assert set(mypy.HIDDEN_OPTIONS) < set(commands["types of hidden modules"].argv)
    assert list(make_commands([stubbed.alpha], stubbed.context(tool="ty"))) == ["types"]


def test_errors_in_a_stub_and_in_the_module_behind_it_count(stubbed: Project) -> None:
    found = measure_both(stubbed, MYPY_ERROR.replace("__init__.py", "calls.pyi"), HIDDEN_ERROR)
    assert [one.location for one in found.findings] == ["src/alpha/calls.py:3", "src/alpha/calls.pyi:3"]
    assert found.note == "mypy, 1 module behind stubs checked without them, 2 files"


def test_a_module_behind_a_stub_needs_no_annotations(stubbed: Project) -> None:
    error = HIDDEN_ERROR.replace('"return-value"', '"no-untyped-def"')
    assert measure_both(stubbed, "", error).value == 0


def test_the_second_run_counts_only_for_hidden_modules(stubbed: Project) -> None:
    assert measure_both(stubbed, "", MYPY_ERROR).value == 0


def test_a_hidden_module_without_a_second_run_is_unknown(stubbed: Project) -> None:
    found = measure(stubbed.evidence("mypy", "", STUB_LOG), stubbed.context())
    assert (found.value, found.note) == (None, "mypy was not run")
    assert measure_both(stubbed, "", "", MYPY_LOG).note == (
        "mypy did not analyse src/alpha/calls.py, and nothing excludes it"
    )


def test_a_hidden_module_that_the_configuration_excludes_is_not_checked(stubbed: Project) -> None:
    log = "TRACE: Excluding src/alpha/calls.py (matches pattern calls)\n" + MYPY_LOG
    found = measure(stubbed.evidence("mypy", "", log), stubbed.context())
    assert (found.value, found.note) == (0, "mypy, 1 of 2 files, the others are excluded by its configuration")


def test_the_remedy_has_the_run_that_listed_the_errors(stubbed: Project) -> None:
    commands = make_commands([stubbed.alpha], stubbed.context())
    tools = {key: ToolResult(argv=command.argv) for key, command in commands.items()}
    evidence = Evidence(component=stubbed.alpha, tools=tools)
    requirement = Requirement(gate="types", threshold=Fraction(0), source="default")
    for path, key in (("src/alpha/calls.py", "types of hidden modules"), ("src/alpha/__init__.py", "types")):
        measurement = Measurement(1, findings=(Finding(path=path, message="m"),))
        assert suggest_remedy(evidence, measurement, requirement).command == show_command(tools[key])


def test_packages_with_settings_of_their_own_have_runs_of_their_own(project: Project) -> None:
    own = project.root / "packages/own"
    (own / "src").mkdir(parents=True)
    (own / "src/m.py").touch()
    (own / "mypy.ini").touch()
    part = Component(name="own", sources=(own / "src",), files=(own / "src/m.py",), found_by="")
    commands = make_commands([project.alpha, part], project.context())
    assert {key: (one.directory, one.argv[-1]) for key, one in commands.items()} == {
        "types": ("", "src/alpha"),
        "types:packages/own": ("packages/own", "src"),
    }
    log = MYPY_LOG.replace("src/alpha/__init__.py", "src/m.py")
    error = MYPY_ERROR.replace("src/alpha/__init__.py", "src/m.py")
    result = ToolResult(argv=("/bin/mypy",), exit_code=1, stdout=error, stderr=log, directory="packages/own")
    found = measure(Evidence(component=part, tools={"types:packages/own": result}), project.context())
    assert [one.location for one in found.findings] == ["packages/own/src/m.py:3"]
