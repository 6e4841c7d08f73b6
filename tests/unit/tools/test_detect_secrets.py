"""detect-secrets: how it is run, and what it printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import ToolResult
from pytest_maturity.tools import detect_secrets
from pytest_maturity.tools.findings import NotMeasuredError

SECRET = {"type": "Secret Keyword", "hashed_secret": "28f850ae", "line_number": 2}
LOG = '[scan]\tINFO\tChecking file: src/a.py\n[scan]\tINFO\tSkipping "x" due to `y`.\n'


def result(document: Any) -> ToolResult:
    return ToolResult(argv=("detect-secrets",), exit_code=0, stdout=json.dumps(document), stderr=LOG)


# ── the command ──────────────────────────────────────────────────────────────


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect_secrets, "find_program", lambda name: f"/bin/{name}")
    monkeypatch.setattr(detect_secrets, "is_own_program", lambda path: path.startswith("/bin/"))


OPTIONS = ("--all-files", "--no-verify", "--filter", detect_secrets.LOG_FILTER)
SCAN = ("/bin/detect-secrets", "--verbose", "scan", *OPTIONS, "src")


@pytest.mark.usefixtures("installed")
def test_without_a_baseline_the_tool_is_run_directly(tmp_path: Path) -> None:
    command = detect_secrets.make_command(("src",), tmp_path, "", 9)
    assert command.argv == SCAN
    assert (command.timeout, command.exit_codes) == (9, (0,))
    assert command.install == ("pip", "install", "detect-secrets")
    assert command.inputs == ("src", ".secrets.baseline")


@pytest.mark.usefixtures("installed")
def test_with_a_baseline_it_runs_on_a_copy(tmp_path: Path) -> None:
    (tmp_path / ".secrets.baseline").write_text("{}")
    command = detect_secrets.make_command(("src",), tmp_path, "", 9)
    script = Path(command.argv[2])
    assert command.argv == (sys.executable, "-I", str(script), ".secrets.baseline", *SCAN)
    assert (script.name, script.is_file()) == ("scan_with_baseline.py", True)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("text", ['{"path": "file://plugin.py"}', '{"file_name": "words"}', '{"model": "x"}'])
def test_a_baseline_that_names_other_files_has_unknown_inputs(tmp_path: Path, text: str) -> None:
    (tmp_path / ".secrets.baseline").write_text(text)
    assert detect_secrets.make_command(("src",), tmp_path, "", 9).inputs is None


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("path", "code"), [("file://checks/own.py::Own", "checks/own.py"), ("file:///elsewhere/own.py", ""), ("a.b.c", "")]
)
def test_a_baseline_that_names_code_of_the_project_is_a_problem(tmp_path: Path, path: str, code: str) -> None:
    (tmp_path / ".secrets.baseline").write_text(f'{{"filters_used": [{{"path": "{path}"}}]}}')
    problem = detect_secrets.make_command(("src",), tmp_path, "", 9).problem
    assert problem == (f"detect-secrets would run code of the project: {code} in .secrets.baseline" if code else "")


def test_a_missing_tool_is_not_run_on_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".secrets.baseline").write_text("{}")
    monkeypatch.setattr(detect_secrets, "find_program", lambda name: name)
    command = detect_secrets.make_command(("src",), tmp_path, "", 9)
    assert command.argv[0] == "detect-secrets"
    assert command.inputs is None


# ── the output ───────────────────────────────────────────────────────────────


def test_a_secret_is_a_critical_finding_without_its_text() -> None:
    output, known = detect_secrets.parse(result({"results": {"src/a.py": [SECRET]}}))
    (found,) = output.findings
    assert (found.location, found.message, found.rule) == ("src/a.py:2", "Secret Keyword", "detect-secrets")
    assert (found.severity, found.column) == ("critical", None)
    assert "28f850ae" not in repr(output)
    assert (output.tool, output.files, known) == ("detect-secrets", ["src/a.py"], [])


def test_a_known_secret_is_no_finding_wherever_its_line_is_now() -> None:
    moved = {**SECRET, "line_number": 90}
    new = {**SECRET, "hashed_secret": "other"}
    document = {"results": {"src/a.py": [SECRET, new]}, "known": {"src\\a.py": [moved]}}
    output, known = detect_secrets.parse(result(document))
    assert [one.line for one in output.findings] == [2]
    assert known == ["src/a.py"]


def test_the_same_secret_of_another_type_or_in_another_file_is_new() -> None:
    document = {
        "results": {"src/a.py": [SECRET, {**SECRET, "type": "AWS Access Key"}], "src/b.py": [SECRET]},
        "known": {"src/a.py": [SECRET]},
    }
    output, known = detect_secrets.parse(result(document))
    assert [(one.path, one.message) for one in output.findings] == [
        ("src/a.py", "AWS Access Key"), ("src/b.py", "Secret Keyword")
    ]  # fmt: skip
    assert known == ["src/a.py"]


def test_a_secret_may_have_no_line() -> None:
    secret = {"type": "x", "hashed_secret": "y"}
    assert detect_secrets.parse(result({"results": {"a.py": [secret]}}))[0].findings[0].line is None


@pytest.mark.parametrize("document", [[], {}, 3, {"results": {"a": [{}]}}, {"results": {}, "known": [1]}])
def test_json_of_another_form_is_refused(document: Any) -> None:
    with pytest.raises(NotMeasuredError, match=r"^detect-secrets printed JSON of another form$"):
        detect_secrets.parse(result(document))


def test_output_without_json_is_refused_and_not_quoted() -> None:
    with pytest.raises(NotMeasuredError, match=r"^detect-secrets printed no JSON$"):
        detect_secrets.parse(ToolResult(argv=(), stdout="password = 'x'", stderr=LOG))


def test_a_file_that_is_not_utf8_is_recognized(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xe4")
    (tmp_path / "utf8").write_text("\xe4", encoding="utf-8")
    assert [detect_secrets.is_utf8(tmp_path / name) for name in ("latin", "utf8", "gone")] == [False, True, True]
