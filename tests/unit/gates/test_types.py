"""The types gate, on outputs of the type checkers: their own, shortened."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.gates.types import commands, measure, remedy
from pytest_maturity.model.evidence import Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context, Measurement, Remedy, Requirement
from pytest_maturity.tools.type_checkers import CHECKERS, find_configured

MYPY_ERROR = (
    '{"file": "src/alpha/__init__.py", "line": 3, "column": 11, "message": '
    '"Incompatible return value type (got \\"int\\", expected \\"str\\")", "code": "return-value", '
    '"severity": "error"}\n'
)
MYPY_NOTE = (
    '{"file": "src/alpha/__init__.py", "line": 2, "column": 16, "message": "Revealed type is \\"int\\"", '
    '"hint": null, "code": "misc", "severity": "note"}\n'
)
MYPY_SYNTAX = (
    '{"file": "src/beta.py", "line": 1, "column": 7, "message": "Expected a parameter", "hint": null, '
    '"code": "syntax", "severity": "error"}\n'
)
MYPY_LOG = (
    "\n"
    "LOG:  Mypy Version:           2.4.1\n"
    "LOG:  Found source:           BuildSource(path='src/alpha/__init__.py', module='alpha', has_text=False, "
    "base_dir='src', followed=False)\n"
    "LOG:  Found source:           BuildSource(path=\"src/al'pha/more.py\", module='alpha.more', "
    "base_dir='src', followed=False)\n"
    "LOG:  Build finished in 0.883 seconds with 47 modules, and 1 errors\n"
)
TY_ERROR = (
    "src/alpha/__init__.py:3:12: error[invalid-return-type] Return type does not match returned value: "
    "expected `str`, found `int`\n"
)
TY_WARNING = "src/alpha/__init__.py:4:1: warning[deprecated] The function `f` is deprecated\n"
TY_LOG = (
    "2026-01-01 12:00:00.850853472 INFO Indexed 2 file(s) in 0.002s\n"
    "2026-01-01 12:00:00.850853473 DEBUG Checking file 'src/alpha/__init__.py'\n"
)
PYREFLY_ERROR = {
    "line": 3,
    "column": 12,
    "stop_line": 3,
    "stop_column": 13,
    "path": "src/alpha/__init__.py",
    "code": -2,
    "name": "bad-return",
    "description": "Returned type `int` is not assignable to declared return type `str`\n  more",
    "concise_description": "Returned type `int` is not assignable to declared return type `str`",
    "severity": "error",
}
PYREFLY_LOG = (
    "DEBUG Checking 2 files (listing took 0.00s)\n INFO 1 error\nNo `pyrefly.toml` found — using preset `basic`.\n"
)


def pyright_answer(root: Path, *severities: str, analysed: int = 2) -> str:
    file = str(root / "src/alpha/__init__.py")
    span = {"start": {"line": 2, "character": 11}, "end": {"line": 2, "character": 12}}
    found = [
        {
            "file": file,
            "severity": severity,
            "message": 'Type "int" is not ...',
            "range": span,
            "rule": "reportX",
        }
        for severity in severities
    ]
    summary = {"filesAnalyzed": analysed, "errorCount": severities.count("error"), "timeInSec": 0.4}
    return json.dumps({"version": "1.1.414", "generalDiagnostics": found, "summary": summary})


class Project:
    """Two components on disk; the checkers that only count their files are held against what is there."""

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
        argv = commands([self.alpha, self.beta], self.context(tool=tool))["types"].argv
        argv = (f"/bin/{tool}", *argv[1:])
        result = ToolResult(argv=argv, exit_code=code, stdout=stdout, stderr=stderr, problem=problem)
        return Evidence(component=self.alpha, tools={"types": result})

    def measure(self, *arguments: Any, **more: Any) -> Measurement:
        return measure(self.evidence(*arguments, **more), self.context())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path.resolve())


def test_mypy_errors_count_and_notes_do_not(project: Project) -> None:
    result = project.measure("mypy", MYPY_NOTE + MYPY_ERROR, MYPY_LOG)
    assert (result.value, result.note) == (1, "mypy, 1 file")
    (found,) = result.findings
    assert (found.location, found.column, found.rule) == ("src/alpha/__init__.py:3", 12, "return-value")


def test_mypy_without_output_is_zero_if_it_names_the_file(project: Project) -> None:
    assert project.measure("mypy", "", MYPY_LOG, code=0).value == 0


def test_mypy_errors_in_another_components_files_do_not_count(project: Project) -> None:
    assert project.measure("mypy", MYPY_SYNTAX, MYPY_LOG).value == 0


def test_mypy_that_stops_at_a_syntax_error_is_unknown(project: Project) -> None:
    result = project.measure("mypy", MYPY_SYNTAX, MYPY_LOG, code=2)
    assert result.value is None
    assert result.note == "mypy stopped early: src/beta.py:1: Expected a parameter"


@pytest.mark.parametrize(
    ("stdout", "stderr", "words"),
    [
        ("src/a.py:1: error: invalid syntax  [syntax]\n", MYPY_LOG, "src/a.py:1: error: invalid syntax"),
        (
            "",
            "There are no .py[i] files in directory 'src/alpha'\n",
            "There are no .py[i] files in directory",
        ),
        (
            "",
            MYPY_LOG + "missing: error: Cannot read file: No such file\n",
            "missing: error: Cannot read file",
        ),
        (
            '{"file": "s/m.py", "line": -1, "message": "Duplicate module"}',
            MYPY_LOG,
            "s/m.py: Duplicate module",
        ),
        ("", "", "it printed no reason"),
    ],
)
def test_mypy_that_stops_is_unknown_with_its_own_message(
    project: Project, stdout: str, stderr: str, words: str
) -> None:
    result = project.measure("mypy", stdout, stderr, code=2)
    assert result.value is None
    assert words in result.note


@pytest.mark.parametrize(
    "stdout",
    ["Success: no issues found\n", MYPY_ERROR[:40], "x\n" + MYPY_ERROR, "[]", "3", '{"severity": "error"}'],
)
def test_mypy_output_with_anything_but_its_json_is_unknown(project: Project, stdout: str) -> None:
    result = project.measure("mypy", stdout, MYPY_LOG)
    assert result.value is None
    assert "not JSON: is it older than 1.11?" in result.note


def test_mypy_that_does_not_report_its_end_is_unknown(project: Project) -> None:
    assert project.measure("mypy", "", "LOG:  Found source", code=0).value is None


def test_mypy_that_names_only_other_files_is_unknown(project: Project) -> None:
    result = project.measure("mypy", "", MYPY_LOG.replace("src/alpha/", "src/gamma/"), code=0)
    assert result.value is None
    assert result.note.startswith("mypy analysed none of the component's 1 file")


@pytest.mark.parametrize("tool", ["pyright", "basedpyright"])
def test_pyright_counts_errors_only_and_its_lines_from_zero(project: Project, tool: str) -> None:
    result = project.measure(tool, pyright_answer(project.root, "error", "warning", "information"))
    assert (result.value, result.note) == (1, f"{tool}, 2 files")
    assert (result.findings[0].location, result.findings[0].column) == ("src/alpha/__init__.py:3", 12)


def test_basedpyright_may_print_that_its_baseline_is_outdated(project: Project) -> None:
    line = "baseline file is outdated, run without `--baselinemode=discard` to update it. (went down by 1)\n\n"
    assert project.measure("basedpyright", line + pyright_answer(project.root), code=0).value == 0
    assert project.measure("pyright", line + pyright_answer(project.root), code=0).value is None


@pytest.mark.parametrize("stdout", ["", "No configuration file found.\n0 errors", "{}", "[]", '{"summary": 1}', "{"])
@pytest.mark.parametrize("tool", ["pyright", "basedpyright"])
def test_pyright_output_of_another_form_is_unknown(project: Project, tool: str, stdout: str) -> None:
    result = project.measure(tool, stdout, "npm ERR! network")
    assert result.value is None
    assert result.note.startswith(f"{tool} printed ")


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


def test_ty_errors_count_and_warnings_do_not(project: Project) -> None:
    result = project.measure("ty", TY_ERROR + TY_WARNING + "Found 2 diagnostics\n", TY_LOG)
    assert (result.value, result.note) == (1, "ty, 1 file")
    (found,) = result.findings
    assert (found.location, found.column, found.rule) == ("src/alpha/__init__.py:3", 12, "invalid-return-type")


def test_ty_that_passes_is_zero_if_it_names_the_file(project: Project) -> None:
    assert project.measure("ty", "All checks passed!\n", TY_LOG, code=0).value == 0
    assert project.measure("ty", "All checks passed!\n", "", code=0).value is None


@pytest.mark.parametrize(
    "stdout",
    [
        "",
        TY_ERROR,
        TY_ERROR + "Found 2 diagnostics",
        "x\nFound 1 diagnostic",
        TY_ERROR + "All checks passed!",
    ],
)
def test_ty_output_that_is_cut_off_or_mixed_is_unknown(project: Project, stdout: str) -> None:
    result = project.measure("ty", stdout, TY_LOG)
    assert result.value is None
    assert result.note.startswith("ty printed ")


def test_pyrefly_errors_count_and_its_preset_is_in_the_note(project: Project) -> None:
    warning = {**PYREFLY_ERROR, "severity": "warn"}
    result = project.measure("pyrefly", json.dumps({"errors": [PYREFLY_ERROR, warning]}), PYREFLY_LOG)
    assert (result.value, result.note) == (1, "pyrefly, preset basic, 2 files")
    assert (result.findings[0].location, result.findings[0].column) == ("src/alpha/__init__.py:3", 12)


def test_pyrefly_without_errors_is_zero_only_with_a_count_of_files(project: Project) -> None:
    assert project.measure("pyrefly", '{"errors": []}', PYREFLY_LOG, code=0).value == 0
    assert project.measure("pyrefly", '{"errors": []}', " INFO 0 errors\n", code=0).value is None


@pytest.mark.parametrize("stdout", ["", "[]", '{"errors": [1]}', '{"errors": [{}]}', "{}"])
def test_pyrefly_output_of_another_form_is_unknown(project: Project, stdout: str) -> None:
    result = project.measure("pyrefly", stdout, "Path `missing` does not exist")
    assert result.value is None
    assert result.note.startswith("pyrefly printed ")


@pytest.mark.parametrize("tool", sorted(CHECKERS))
def test_a_missing_type_checker_is_unknown_not_clean(project: Project, tool: str) -> None:
    result = project.measure(tool, "", problem=f"{tool} is not installed: pip install {tool}")
    assert (result.value, result.note) == (None, f"{tool} is not installed: pip install {tool}")


def test_pyright_needs_node_and_the_others_are_installed_by_their_name() -> None:
    installs = {name: checker.command((), 1).install for name, checker in CHECKERS.items()}
    assert installs.pop("pyright") == ("pip", "install", "pyright[nodejs]")
    assert installs == {name: ("pip", "install", name) for name in ("mypy", "basedpyright", "ty", "pyrefly")}


def test_a_checker_that_was_not_run_is_unknown(project: Project) -> None:
    assert measure(Evidence(component=project.alpha), project.context()).note == "mypy was not run"


def test_an_unknown_checker_runs_nothing_and_is_unknown(project: Project) -> None:
    context = project.context(tool="mypi")
    assert commands([project.alpha], context) == {}
    result = measure(Evidence(component=project.alpha), context)
    assert (result.value, result.note) == (None, "there is no type checker 'mypi' (did you mean 'mypy'?)")


@pytest.mark.parametrize(
    ("file", "text", "tool"),
    [
        ("mypy.ini", "", "mypy"),
        (".mypy.ini", "", "mypy"),
        ("setup.cfg", "[metadata]\nname = x\n[mypy]\nstrict = true\n", "mypy"),
        ("pyproject.toml", "[tool.mypy]\nstrict = true", "mypy"),
        ("pyrightconfig.json", "{}", "pyright"),
        ("pyproject.toml", "[tool.pyright]\n", "pyright"),
        ("pyproject.toml", "[tool.basedpyright]\n", "basedpyright"),
        ("ty.toml", "", "ty"),
        ("pyproject.toml", "[tool.ty.rules]\n", "ty"),
        ("pyrefly.toml", "", "pyrefly"),
        ("pyproject.toml", "[tool.pyrefly]\n", "pyrefly"),
        ("pyproject.toml", "[tool.mypy", "mypy"),
        ("pyproject.toml", "tool = 3", "mypy"),
        ("pyproject.toml", "[project]\n", "mypy"),
        ("setup.cfg", "[mypy-other.*]\n", "mypy"),
    ],
)
def test_the_checker_is_the_one_that_the_project_configures(tmp_path: Path, file: str, text: str, tool: str) -> None:
    (tmp_path / file).write_text(text)
    assert find_configured(tmp_path) == tool


def test_the_configuration_of_the_gate_wins(project: Project) -> None:
    (project.root / "mypy.ini").touch()
    assert "ty" in commands([project.alpha], project.context(tool="ty"))["types"].argv[0]


def test_one_command_for_all_components_in_this_environment(project: Project) -> None:
    (command,) = commands([project.alpha, project.beta], project.context(timeout=7)).values()
    assert command.argv[-4:] == ("--python-executable", sys.executable, "src/alpha", "src/beta.py")
    assert (command.timeout, command.install) == (7, ("pip", "install", "mypy"))


def test_the_remedy_is_the_place_and_the_command_that_ran(project: Project) -> None:
    evidence = project.evidence("mypy", MYPY_ERROR, MYPY_LOG)
    zero = Requirement(gate="types", threshold=Fraction(0), source="default")
    assert remedy(evidence, measure(evidence, project.context()), zero) == Remedy(
        "fix 1 type error: src/alpha/__init__.py:3 return-value", evidence.tools["types"].argv
    )
