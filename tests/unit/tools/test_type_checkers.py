"""The type checkers: which one a project uses, how each is run, and what each printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.config import schema
from pytest_maturity.model.evidence import Component, ToolResult
from pytest_maturity.model.gates import Context
from pytest_maturity.tools import mypy
from pytest_maturity.tools.findings import NotMeasuredError, ParsedOutput
from pytest_maturity.tools.type_checkers import CHECKERS, find_configured

from .outputs import (
    MYPY_ERROR,
    MYPY_LOG,
    MYPY_NOTE,
    MYPY_SYNTAX,
    PYREFLY_ERROR,
    PYREFLY_LOG,
    TY_ERROR,
    TY_LOG,
    TY_WARNING,
    pyright_answer,
)

ROOT = Path("/project")


def parse(tool: str, stdout: str, stderr: str = "", code: int = 1) -> ParsedOutput:
    return CHECKERS[tool].parse(ToolResult(argv=(tool,), exit_code=code, stdout=stdout, stderr=stderr))


def problem_of(tool: str, stdout: str, stderr: str = "", code: int = 1) -> str:
    with pytest.raises(NotMeasuredError) as raised:
        parse(tool, stdout, stderr, code)
    return str(raised.value)


def places(output: ParsedOutput) -> list[tuple[str, int | None, str, str]]:
    return [(one.location, one.column, one.rule, one.severity) for one in output.findings]


# ── which checker ────────────────────────────────────────────────────────────


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
        ("pyproject.toml", "[tool.mypy", None),
        ("pyproject.toml", "tool = 3", None),
        ("pyproject.toml", "[project]\n", None),
        ("setup.cfg", "[mypy-other.*]\n", None),
    ],
)
def test_the_checker_is_the_one_that_the_project_configures(
    tmp_path: Path, file: str, text: str, tool: str | None
) -> None:
    (tmp_path / file).write_text(text)
    assert find_configured(tmp_path) == tool


def test_the_first_of_several_configured_checkers_is_used(tmp_path: Path) -> None:
    (tmp_path / "pyrefly.toml").touch()
    (tmp_path / "pyproject.toml").write_text("[tool.pyright]\n[tool.ty]\n")
    assert find_configured(tmp_path) == "pyright"
    (tmp_path / "setup.cfg").write_text("[mypy]\n")
    assert find_configured(tmp_path) == "mypy"


# ── the command ──────────────────────────────────────────────────────────────


def test_pyright_needs_node_and_the_others_are_installed_by_their_name() -> None:
    installs = {name: checker.make_command((), Context(root=ROOT), "").install for name, checker in CHECKERS.items()}
    assert installs.pop("pyright") == ("pip", "install", "pyright[nodejs]")
    assert installs == {name: ("pip", "install", name) for name in ("mypy", "basedpyright", "ty", "pyrefly")}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("mypy", (*mypy.OPTIONS, *mypy.DEFAULT_OPTIONS, mypy.FOLLOW_SILENTLY, "--python-executable")),
        ("pyright", ("--outputjson", "--pythonpath")),
        ("basedpyright", ("--outputjson", "--baselinemode=discard", "--pythonpath")),
        ("ty", ("check", "-vv", "--output-format", "concise", "--python")),
        ("pyrefly", ("check", "--verbose", "--output-format", "json", "--python-interpreter-path")),
    ],
)
def test_a_checker_uses_the_packages_of_this_interpreter(tool: str, arguments: tuple[str, ...]) -> None:
    parts = [Component(name=name, sources=(ROOT / name,), files=(), found_by="") for name in ("src", "lib")]
    context = Context(root=ROOT, options={"types": {"timeout": 7}})
    command = CHECKERS[tool].make_command(parts, context, "")
    assert Path(command.argv[0]).stem == tool
    assert command.argv[1:] == (*arguments, sys.executable, "src", "lib")
    assert CHECKERS[tool].select_paths(command.argv) == ("src", "lib")
    assert (command.timeout, command.exit_codes) == (7, (0, 1, 2) if tool == "mypy" else (0, 1))


# ── mypy ─────────────────────────────────────────────────────────────────────


def test_mypy_reports_errors_with_columns_from_zero_and_names_its_files() -> None:
    output = parse("mypy", MYPY_NOTE + MYPY_ERROR, MYPY_LOG)
    assert places(output) == [("src/alpha/__init__.py:3", 12, "return-value", "error")]
    assert output.findings[0].message == 'Incompatible return value type (got "int", expected "str")'
    assert output.files == {"src/alpha/__init__.py", "src/al'pha/more.py"}
    assert (output.tool, output.note) == ("mypy", "")


def test_mypy_may_print_an_error_without_a_code() -> None:
    assert parse("mypy", MYPY_ERROR.replace('"return-value"', "null"), MYPY_LOG).findings[0].rule == ""


@pytest.mark.parametrize(
    ("stdout", "stderr", "message"),
    [
        (MYPY_SYNTAX, MYPY_LOG, "src/beta.py:1: Expected a parameter"),
        ("src/a.py:1: error: invalid syntax  [syntax]\n", MYPY_LOG, "src/a.py:1: error: invalid syntax  [syntax]"),
        ("", "There are no .py[i] files in directory 'a'\n", "There are no .py[i] files in directory 'a'"),
        ("", MYPY_LOG + "missing: error: Cannot read file\n", "missing: error: Cannot read file"),
        ('{"file": "s/m.py", "line": -1, "message": "Duplicate module"}', MYPY_LOG, "s/m.py: Duplicate module"),
        ("3", MYPY_LOG, "3"),
        ('{"file": "a"}', MYPY_LOG, '{"file": "a"}'),
        ("\n  \n", MYPY_LOG, "it printed no reason"),
    ],
)
def test_mypy_that_stopped_early_has_its_own_message(stdout: str, stderr: str, message: str) -> None:
    assert problem_of("mypy", stdout, stderr, code=2) == f"mypy stopped early: {message}"


@pytest.mark.parametrize(
    "stdout",
    ["Success: no issues found\n", MYPY_ERROR[:40], "x\n" + MYPY_ERROR, "[]", "3", '{"severity": "error"}'],
)
def test_mypy_output_with_anything_but_its_json_is_refused(stdout: str) -> None:
    found = problem_of("mypy", stdout, MYPY_LOG)
    assert found.startswith("mypy printed '")
    assert found.endswith(", not JSON; it may be older than 1.11")


def test_mypy_that_does_not_report_its_end_is_refused() -> None:
    assert problem_of("mypy", "", "LOG:  Found source", code=0) == (
        "mypy did not report that it finished: LOG:  Found source"
    )


# ── pyright and basedpyright ─────────────────────────────────────────────────


@pytest.mark.parametrize("tool", ["pyright", "basedpyright"])
def test_pyright_reports_errors_only_with_lines_and_columns_from_zero(tool: str) -> None:
    output = parse(tool, pyright_answer(ROOT, "error", "warning", "information"))
    assert places(output) == [("/project/src/alpha/__init__.py:3", 12, "reportX", "error")]
    assert (output.tool, output.files, output.file_count) == (tool, None, 2)


def test_pyright_may_report_an_error_without_a_place_or_rule() -> None:
    answer = {"generalDiagnostics": [{"file": "a.py", "severity": "error", "message": "m"}],
              "summary": {"filesAnalyzed": 1}}  # fmt: skip
    assert places(parse("pyright", json.dumps(answer))) == [("a.py", None, "", "error")]


def test_basedpyright_may_print_that_its_baseline_is_outdated() -> None:
    line = "baseline file is outdated, run without `--baselinemode=discard` to update it. (went down by 1)\n\n"
    assert parse("basedpyright", line + pyright_answer(ROOT), code=0).file_count == 2
    assert problem_of("pyright", line + pyright_answer(ROOT), code=0).startswith("pyright printed 'baseline file")


@pytest.mark.parametrize("stdout", ["{}", "[]", '{"summary": 1}', "3", '{"generalDiagnostics": [], "summary": {}}'])
@pytest.mark.parametrize("tool", ["pyright", "basedpyright"])
def test_pyright_json_of_another_form_is_refused(tool: str, stdout: str) -> None:
    assert problem_of(tool, stdout) == f"{tool} printed JSON of another form"


@pytest.mark.parametrize("stdout", ["", "No configuration file found.\n0 errors", "{"])
@pytest.mark.parametrize("tool", ["pyright", "basedpyright"])
def test_pyright_output_without_json_is_refused(tool: str, stdout: str) -> None:
    found = problem_of(tool, stdout, "npm ERR! network")
    assert found.startswith(f"{tool} printed ")
    assert found.endswith(", not JSON: npm ERR! network")


# ── ty ───────────────────────────────────────────────────────────────────────


def test_ty_reports_errors_and_names_its_files() -> None:
    output = parse("ty", TY_ERROR + TY_WARNING + "Found 2 diagnostics\n", TY_LOG)
    assert places(output) == [("src/alpha/__init__.py:3", 12, "invalid-return-type", "error")]
    assert output.findings[0].message.startswith("Return type does not match")
    assert (output.tool, output.files) == ("ty", {"src/alpha/__init__.py"})


def test_a_fatal_diagnostic_of_ty_is_an_error_and_one_without_a_place_is_left_out() -> None:
    fatal = TY_ERROR.replace("error[", "fatal[")
    elsewhere = "error[io] the configuration cannot be read\n"
    assert len(parse("ty", fatal + elsewhere + "Found 2 diagnostics\n", TY_LOG).findings) == 1


@pytest.mark.parametrize("last", ["All checks passed!", "Found 0 diagnostics"])
def test_ty_may_find_nothing(last: str) -> None:
    assert parse("ty", f"{last}\n", TY_LOG, code=0).findings == []


@pytest.mark.parametrize(
    "stdout",
    ["", TY_ERROR, TY_ERROR + "Found 2 diagnostics", "x\nFound 1 diagnostic", TY_ERROR + "All checks passed!"],
)
def test_ty_output_that_is_cut_off_or_mixed_is_refused(stdout: str) -> None:
    found = problem_of("ty", stdout, "last\n")
    assert found.startswith("ty printed ")
    assert found.endswith(", not its concise format: last")


# ── pyrefly ──────────────────────────────────────────────────────────────────


def test_pyrefly_reports_errors_and_its_preset_and_counts_its_files() -> None:
    warning: dict[str, Any] = {**PYREFLY_ERROR, "severity": "warn"}
    unmarked = {key: value for key, value in PYREFLY_ERROR.items() if key != "severity"}
    output = parse("pyrefly", json.dumps({"errors": [PYREFLY_ERROR, warning, unmarked]}), PYREFLY_LOG)
    assert places(output) == [("src/alpha/__init__.py:3", 12, "bad-return", "error")] * 2
    assert output.findings[0].message == "Returned type `int` is not assignable to declared return type `str`"
    assert (output.tool, output.files, output.file_count, output.note) == ("pyrefly", None, 2, "preset basic")


def test_pyrefly_without_a_log_has_no_count_and_no_preset() -> None:
    output = parse("pyrefly", '{"errors": []}', " INFO 0 errors\n", code=0)
    assert (output.findings, output.file_count, output.note) == ([], 0, "")
    assert parse("pyrefly", '{"errors": []}', "DEBUG Checking 1 file (x)").file_count == 1


@pytest.mark.parametrize("stdout", ["[]", '{"errors": [1]}', '{"errors": [{}]}', "{}"])
def test_pyrefly_json_of_another_form_is_refused(stdout: str) -> None:
    assert problem_of("pyrefly", stdout) == "pyrefly printed JSON of another form"


def test_pyrefly_output_without_json_is_refused() -> None:
    assert problem_of("pyrefly", "", "Path `x` does not exist") == (
        "pyrefly printed nothing, not JSON: Path `x` does not exist"
    )


def test_the_configuration_knows_every_type_checker() -> None:
    types = schema.load_schema("config")["properties"]["gates"]["properties"]["types"]["properties"]
    assert types["tool"]["enum"] == list(CHECKERS)
