"""ruff: how it is run, and what it printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import ToolResult
from pytest_maturity.tools import ruff
from pytest_maturity.tools.findings import NotMeasuredError

FINDING: dict[str, Any] = {
    "code": "F401",
    "filename": "/project/src/a.py",
    "location": {"column": 8, "row": 3},
    "message": "`os` imported but unused",
}
LOG = (
    "[2026-01-01][12:00:00][ruff::resolve][DEBUG] Using Ruff default settings\n"
    "[2026-01-01][12:00:00][ruff::diagnostics][DEBUG] Checking: /project/src/a.py\n"
    "[2026-01-01][12:00:00][ruff::diagnostics][DEBUG] Checking: /project/src/b c.py\n"
)


def result(stdout: str, stderr: str = LOG) -> ToolResult:
    return ToolResult(argv=("ruff",), exit_code=1, stdout=stdout, stderr=stderr)


def test_ruff_never_fixes_and_names_every_file_that_it_checks() -> None:
    command = ruff.make_command(("src", "lib"), 5)
    assert Path(command.argv[0]).stem == "ruff"
    assert command.argv[1:] == (
        *("check", "--no-fix", "--no-fix-only", "--no-cache", "--verbose", "--output-format", "json"),
        *("src", "lib"),
    )
    assert (command.timeout, command.exit_codes, command.inputs) == (5, (0, 1), None)
    assert command.install == ("pip", "install", "ruff")


def test_findings_and_files_are_read() -> None:
    output = ruff.parse(result(json.dumps([FINDING])))
    assert output.files == ["/project/src/a.py", "/project/src/b c.py"]
    (found,) = output.findings
    assert (found.location, found.column, found.rule) == ("/project/src/a.py:3", 8, "F401")
    assert (found.message, found.severity) == ("`os` imported but unused", "")
    assert (output.tool, output.note) == ("ruff", "")


def test_a_syntax_error_of_an_old_ruff_has_no_code() -> None:
    (found,) = ruff.parse(result(json.dumps([{**FINDING, "code": None}]))).findings
    assert found.rule == "invalid-syntax"


def test_without_a_log_no_file_is_known() -> None:
    assert ruff.parse(result("[]", "")).files == []


@pytest.mark.parametrize("stdout", ['{"a": 1}', "[1]", '[{"filename": "a"}]', "null", "3"])
def test_json_of_another_form_is_refused(stdout: str) -> None:
    with pytest.raises(NotMeasuredError, match=r"^ruff printed JSON of another form; it may be older than 0\.5$"):
        ruff.parse(result(stdout))


@pytest.mark.parametrize("stdout", ["", "[", "All checks passed!", "{}[]"])
def test_output_without_json_is_refused(stdout: str) -> None:
    with pytest.raises(NotMeasuredError, match=r"^ruff printed .*, not JSON: "):
        ruff.parse(result(stdout))
