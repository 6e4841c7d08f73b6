"""The lint gate, on outputs of ruff: its own, shortened."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.gates.lint import GATE, make_commands, measure, suggest_remedy
from pytest_maturity.model.evidence import Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context, Remedy, Requirement
from pytest_maturity.tools import ruff

ROOT = Path("/project").resolve()
CONTEXT = Context(root=ROOT)
ALPHA = Component(
    name="alpha",
    sources=(ROOT / "src/alpha",),
    files=(ROOT / "src/alpha/__init__.py", ROOT / "src/alpha/calls.py"),
    found_by="src",
)
BETA = Component(name="beta", sources=(ROOT / "src/beta.py",), files=(ROOT / "src/beta.py",), found_by="src")


def finding(path: str, row: int = 1, code: str | None = "F401") -> dict[str, Any]:
    return {
        "cell": None,
        "code": code,
        "end_location": {"column": 10, "row": row},
        "filename": str(ROOT / path),
        "fix": None,
        "location": {"column": 8, "row": row},
        "message": "`os` imported but unused",
        "url": "https://docs.astral.sh/ruff/rules/unused-import",
    }


def log(*paths: str) -> str:
    start = "[2026-01-01][12:00:00][ruff::resolve][DEBUG] Using Ruff default settings\n"
    lines = [f"[2026-01-01][12:00:00][ruff::diagnostics][DEBUG] Checking: {ROOT / path}\n" for path in paths]
    return start + "".join(lines) + "[2026-01-01][12:00:00][ruff::commands::check][DEBUG] Checked files in: 1ms\n"


def evidence(stdout: str, stderr: str = "", problem: str = "", component: Component = ALPHA) -> Evidence:
    argv = ("/bin/ruff", "check", "src/alpha", "src/beta.py")
    result = ToolResult(argv=argv, exit_code=0, stdout=stdout, stderr=stderr, problem=problem)
    return Evidence(component=component, tools={"ruff": result})


BOTH = log("src/alpha/__init__.py", "src/alpha/calls.py", "src/beta.py")


def test_only_findings_in_the_components_own_files_count() -> None:
    stdout = json.dumps([finding("src/alpha/calls.py", 3), finding("src/beta.py"), finding("tests/test_alpha.py")])
    result = measure(evidence(stdout, BOTH), CONTEXT)
    assert result.value == 1
    assert result.note == "ruff, 2 files"
    assert [(one.location, one.column, one.rule) for one in result.findings] == [("src/alpha/calls.py:3", 8, "F401")]
    assert measure(evidence(stdout, BOTH, component=BETA), CONTEXT).value == 1


def test_no_finding_with_proof_is_zero() -> None:
    assert measure(evidence("[]", BOTH), CONTEXT).value == 0


def test_findings_are_sorted_by_place() -> None:
    found = [
        finding("src/alpha/calls.py", 9),
        finding("src/alpha/calls.py", 2),
        finding("src/alpha/__init__.py", 5),
    ]
    result = measure(evidence(json.dumps(found), BOTH), CONTEXT)
    assert [one.location for one in result.findings] == [
        "src/alpha/__init__.py:5",
        "src/alpha/calls.py:2",
        "src/alpha/calls.py:9",
    ]


def test_a_file_that_the_configuration_excludes_is_mentioned() -> None:
    result = measure(evidence("[]", log("src/alpha/calls.py")), CONTEXT)
    assert result.value == 0
    assert result.note == "ruff, 1 of 2 files, the others are excluded by its configuration or .gitignore"


@pytest.mark.parametrize("stderr", ["", "warning: No Python files found under the given path(s)\n", log("src/beta.py")])
def test_an_empty_list_of_findings_without_proof_is_unknown_not_clean(stderr: str) -> None:
    result = measure(evidence("[]", stderr), CONTEXT)
    assert result.value is None
    assert result.note == (
        "ruff analysed none of the component's 2 files; check whether its configuration excludes them"
    )


@pytest.mark.parametrize("stdout", ["", "[", "[]]", "All checks passed!", '[{"filename": "a"', "hello\n[]"])
def test_output_that_is_not_json_is_unknown(stdout: str) -> None:
    result = measure(evidence(stdout, BOTH), CONTEXT)
    assert result.value is None
    assert result.note.startswith("ruff printed ")
    assert "not JSON" in result.note


@pytest.mark.parametrize("stdout", ["{}[]", '{"a": 1}', "[1]", "null"])
def test_json_of_another_form_is_unknown(stdout: str) -> None:
    assert measure(evidence(stdout, BOTH), CONTEXT).value is None


def test_a_missing_linter_is_unknown_not_clean() -> None:
    result = measure(evidence("", problem="ruff is not installed"), CONTEXT)
    assert (result.value, result.note) == (None, "ruff is not installed")


def test_a_linter_that_was_not_run_is_unknown() -> None:
    assert measure(Evidence(component=ALPHA), CONTEXT).note == "ruff was not run"


def test_a_component_without_python_files_is_unknown() -> None:
    empty = Component(name="empty", sources=(ROOT / "src/empty",), files=(), found_by="src")
    result = measure(evidence("[]", BOTH, component=empty), CONTEXT)
    assert (result.value, result.note) == (None, "the component has no Python files")


def test_one_command_for_all_components_that_never_fixes() -> None:
    (command,) = make_commands([ALPHA, BETA, ALPHA], Context(root=ROOT, options={"lint": {"timeout": 5}})).values()
    assert command.argv[1:] == (*ruff.OPTIONS, "--select", "E4,E7,E9,F", "src/alpha", "src/beta.py")
    assert (command.timeout, command.install, command.exit_codes) == (5, ("pip", "install", "ruff"), (0, 1))


def test_a_source_that_looks_like_an_option_is_passed_as_a_path() -> None:
    odd = Component(name="odd", sources=(ROOT / "-x",), files=(), found_by="root")
    assert make_commands([odd], CONTEXT)["ruff"].argv[-1] == "./-x"


def remedy_of(given: Evidence, threshold: int) -> Remedy:
    requirement = Requirement(gate="lint", threshold=Fraction(threshold), source="default")
    return suggest_remedy(given, measure(given, CONTEXT), requirement)


def test_the_remedy_counts_the_findings_and_has_the_command_that_ran() -> None:
    four = evidence(json.dumps([finding("src/alpha/calls.py", line) for line in (1, 2, 3, 4)]), BOTH)
    assert remedy_of(four, 0) == Remedy("fix 4 findings", ("/bin/ruff", "check", "src/alpha", "src/beta.py"))
    assert remedy_of(four, 3).text == "fix 1 of 4 findings"


def test_the_gate_is_better_when_lower() -> None:
    assert (GATE.name, GATE.better) == ("lint", "lower")


@pytest.mark.parametrize("path", ["src/alpha/\0", "", "../../etc/passwd", "\ud800"])
def test_a_hostile_path_is_no_file_of_the_component(path: str) -> None:
    stdout = json.dumps([{**finding("x"), "filename": path}])
    assert measure(evidence(stdout, BOTH), CONTEXT).value == 0


def test_output_that_is_cut_off_anywhere_is_unknown() -> None:
    stdout = json.dumps([finding("src/alpha/calls.py")])
    assert {measure(evidence(stdout[:end], BOTH), CONTEXT).value for end in range(len(stdout))} == {None}


def test_a_file_reached_through_a_link_is_the_components_own(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "real.py").touch()
    (root / "src").mkdir()
    try:
        (root / "src/link.py").symlink_to(root / "real.py")
    except OSError:
        pytest.skip("this system has no symbolic links")
    component = Component(name="c", sources=(root / "src",), files=(root / "real.py",), found_by="src")
    link = str(root / "src/link.py")
    stdout = json.dumps([{**finding("x"), "filename": link}])
    given = evidence(stdout, f"[ruff::diagnostics][DEBUG] Checking: {link}\n", component=component)
    assert measure(given, Context(root=root)).value == 1
