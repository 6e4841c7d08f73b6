"""ruff: how it is run, and what it printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import Component, ToolResult
from pytest_maturity.model.gates import Context
from pytest_maturity.tools import ruff
from pytest_maturity.tools.findings import NotMeasuredError
from pytest_maturity.tools.settings import name_files

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


def test_ruff_never_fixes_and_names_every_file_that_it_checks(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").touch()
    parts = [Component(name=name, sources=(tmp_path / name,), files=(), found_by="") for name in ("src", "lib")]
    command = ruff.make_command(parts, Context(root=tmp_path), "", 5)
    assert Path(command.argv[0]).stem == "ruff"
    assert command.argv[1:] == (
        *("check", "--no-fix", "--no-fix-only", "--no-cache", "--verbose", "--force-exclude", "--output-format"),
        *("json", *RULES, "src", "lib"),
    )
    assert (command.timeout, command.exit_codes, command.inputs) == (5, (0, 1), None)
    assert command.install == ("pip", "install", "ruff")


RULES = ("--select", "E4,E7,E9,F")


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ({}, RULES),
        ({"top/p/pyproject.toml": "[tool.ruffian]\n"}, RULES),
        ({"top/p/pyproject.toml": "[tool.ruff.lint]\n"}, RULES),
        (
            {"top/p/pyproject.toml": "[tool.ruff.lint]\nextend-select = ['I', 'B']\nignore = ['E']\n"},
            (*RULES, "--extend-select", "I,B", "--ignore", "E"),
        ),
        ({"top/p/pyproject.toml": "[tool.ruff.lint]\nselect = ['E']\n"}, ()),
        ({"top/p/pyproject.toml": "[tool.ruff]\nselect = ['E']\n"}, ()),
        ({"top/p/pyproject.toml": "[tool.ruff]\nextend = '../ruff.toml'\n", "top/ruff.toml": "lint.select = []"}, ()),
        (
            {"top/p/pyproject.toml": "[tool.ruff]\nextend = '../ruff.toml'\n", "top/ruff.toml": "ignore = ['F']"},
            (*RULES, "--ignore", "F"),
        ),
        ({"top/p/pyproject.toml": "[tool.ruff]\nextend = '../absent.toml'\n"}, ()),
        ({"top/p/ruff.toml": "extend = '../ruff.toml'\n", "top/ruff.toml": "extend = 'p/ruff.toml'\n"}, ()),
        ({"top/p/.ruff.toml": ""}, RULES),
        ({"top/ruff.toml": "ignore = ['F']"}, (*RULES, "--ignore", "F")),
        ({"top/ruff.toml": "", "top/p/ruff.toml": "lint.select = ['ALL']\n"}, ()),
        ({"top/p/src/ruff.toml": ""}, RULES),
        ({"ruff.toml": ""}, (*RULES, "--isolated")),
        (
            {"ruff.toml": "", "top/p/pyproject.toml": "[project]\nrequires-python = '>=3.12'\n"},
            (*RULES, "--isolated", "--target-version", "py312"),
        ),
    ],
)
def test_without_settings_of_the_project_the_rules_do_not_depend_on_the_version(
    tmp_path: Path, files: dict[str, str], options: tuple[str, ...]
) -> None:
    (tmp_path / "top/.git").mkdir(parents=True)
    source = tmp_path / "top/p/src"
    source.mkdir(parents=True)
    part = Component(name="src", sources=(source,), files=(source / "a.py",), found_by="")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert ruff.find_default_options([part], tmp_path / "top/p") == options


def test_the_note_names_the_rules_that_no_settings_chose() -> None:
    plain = ToolResult(argv=("ruff", *RULES), exit_code=0, stdout="[]", stderr=LOG)
    assert ruff.parse(plain).note == "rules E4,E7,E9,F"


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


def test_the_files_that_configure_ruff_are_the_nearest_of_each_directory(tmp_path: Path) -> None:
    (tmp_path / "lib/inner").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    files = [tmp_path / name for name in ("a.py", "lib/b.py", "lib/inner/c.py")]
    parts = [Component(name="x", sources=(tmp_path,), files=tuple(files), found_by="")]
    assert list(ruff.list_settings_files(parts, tmp_path / "lib")) == []
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")
    (tmp_path / "lib/inner/ruff.toml").write_text("")
    (tmp_path / "lib/inner/.ruff.toml").write_text("")
    found = list(ruff.list_settings_files(parts, tmp_path / "lib"))
    assert name_files(found, tmp_path / "lib") == ("../pyproject.toml", "inner/.ruff.toml")
