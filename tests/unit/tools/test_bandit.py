"""bandit: how it is run, and what it printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import ToolResult
from pytest_maturity.tools import bandit
from pytest_maturity.tools.findings import NotMeasuredError

ISSUE: dict[str, Any] = {
    "col_offset": 4,
    "filename": "src/a.py",
    "issue_severity": "MEDIUM",
    "issue_text": "Use of exec detected.",
    "line_number": 3,
    "test_id": "B102",
}


def result(document: Any) -> ToolResult:
    return ToolResult(argv=("bandit",), exit_code=1, stdout=json.dumps(document))


def answer(*issues: dict[str, Any], errors: tuple[dict[str, str], ...] = ()) -> ToolResult:
    metrics = {"_totals": {"loc": 2}, "src/a.py": {"loc": 2}}
    return result({"errors": errors, "metrics": metrics, "results": issues})


# ── the command ──────────────────────────────────────────────────────────────


def test_bandit_reads_directories_and_prints_json(tmp_path: Path) -> None:
    command = bandit.make_command(("src", "/lib"), tmp_path, "", 9)
    assert Path(command.argv[0]).stem == "bandit"
    assert command.argv[1:] == ("--quiet", "--format", "json", "--recursive", "./src", "/lib")
    assert (command.timeout, command.exit_codes) == (9, (0, 1))
    assert command.install == ("pip", "install", "bandit")
    assert command.inputs == ("src", "/lib", "pyproject.toml", ".bandit")


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ({}, ()),
        ({"pyproject.toml": "[tool.bandit]\n"}, ("--configfile", "pyproject.toml")),
        ({"pyproject.toml": "[tool.bandit.assert_used]\n"}, ("--configfile", "pyproject.toml")),
        ({"pyproject.toml": "# [tool.bandit]\n[tool.banditry]\n"}, ()),
        ({".bandit": "[bandit]\nskips = B101\n"}, ("--ini", ".bandit")),
        ({".bandit": "[bandit]\nskips = %(x\n"}, ("--ini", ".bandit")),
        (
            {"pyproject.toml": "[tool.bandit]\n", ".bandit": "[bandit]\n"},
            ("--configfile", "pyproject.toml", "--ini", ".bandit"),
        ),
        ({".bandit": "skips: [B101]\n"}, ()),
        ({".bandit": "[other]\n"}, ()),
        ({"pyproject.toml": "[tool.bandit]\n", ".bandit": "skips: [B101]\n"}, ("--configfile", "pyproject.toml")),
    ],
)
def test_the_projects_configuration_is_passed(tmp_path: Path, files: dict[str, str], options: tuple[str, ...]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert bandit.find_settings_options(tmp_path) == options
    assert bandit.has_settings(tmp_path) is bool(options)


def test_the_files_that_the_settings_name_are_inputs(tmp_path: Path) -> None:
    (tmp_path / ".bandit").write_text("[bandit]\nbaseline = known.json\nconfigfile = rules.yaml\n")
    command = bandit.make_command(("src",), tmp_path, "", 9)
    assert command.inputs == ("src", "pyproject.toml", ".bandit", "known.json", "rules.yaml")
    assert command.problem == ""


def test_settings_that_make_bandit_write_a_file_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".bandit").write_text("[bandit]\noutput = out.json\n")
    assert bandit.make_command(("src",), tmp_path, "", 9).problem == (
        "bandit would write to a file: remove `output` from .bandit"
    )


# ── the output ───────────────────────────────────────────────────────────────


def test_issues_have_columns_from_zero() -> None:
    output, skipped = bandit.parse(answer(ISSUE))
    (found,) = output.findings
    assert (found.location, found.column, found.rule) == ("src/a.py:3", 5, "B102")
    assert (found.message, found.severity) == ("Use of exec detected.", "medium")
    assert (output.tool, set(output.files or ()), skipped) == ("bandit", {"src/a.py"}, [])


def test_an_issue_of_an_old_bandit_has_no_column() -> None:
    old = {key: value for key, value in ISSUE.items() if key != "col_offset"}
    assert bandit.parse(answer(old))[0].findings[0].column is None
    assert bandit.parse(answer({**ISSUE, "col_offset": 0}))[0].findings[0].column == 1


@pytest.mark.parametrize(
    ("severity", "expected"), [("LOW", "low"), ("MEDIUM", "medium"), ("HIGH", "high"), ("UNDEFINED", "high")]
)
def test_an_undefined_severity_is_high(severity: str, expected: str) -> None:
    assert bandit.parse(answer({**ISSUE, "issue_severity": severity}))[0].findings[0].severity == expected


@pytest.mark.parametrize("rule", ["B105", "B106", "B107"])
def test_the_message_of_a_rule_that_quotes_the_password_is_replaced(rule: str) -> None:
    issue = {**ISSUE, "test_id": rule, "issue_text": "Possible hardcoded password: 'x'"}
    assert bandit.parse(answer(issue))[0].findings[0].message == "Possible hardcoded password"


def test_a_file_that_bandit_skipped_has_its_reason() -> None:
    _, (skipped,) = bandit.parse(answer(errors=({"filename": "src/b.py", "reason": "syntax\nerror"},)))
    assert (skipped.path, skipped.message) == ("src/b.py", "syntax\\nerror")


@pytest.mark.parametrize("document", [[], {}, 3, {"results": [{}], "errors": [], "metrics": {}}, {"results": []}])
def test_json_of_another_form_is_refused(document: Any) -> None:
    with pytest.raises(NotMeasuredError, match=r"^bandit printed JSON of another form$"):
        bandit.parse(result(document))


def test_output_without_json_is_refused_and_not_quoted() -> None:
    with pytest.raises(NotMeasuredError, match=r"^bandit printed no JSON$"):
        bandit.parse(ToolResult(argv=(), stdout="password = 'x'", stderr="x"))
