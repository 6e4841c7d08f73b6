"""The security gate, on outputs of bandit and detect-secrets: their own, shortened."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.gates.security import GATE, LINES, make_commands, measure, suggest_remedy
from pytest_maturity.model.evidence import Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context, Requirement
from pytest_maturity.tools import detect_secrets

ROOT = Path("/project").resolve()
CONTEXT = Context(root=ROOT)
ALPHA = Component(
    name="alpha",
    sources=(ROOT / "src/alpha",),
    files=(ROOT / "src/alpha/__init__.py", ROOT / "src/alpha/calls.py"),
    found_by="src",
)
FILES = ("src/alpha/__init__.py", "src/alpha/calls.py")
WORD = "hun" + "ter2"


def issue(
    severity: str, rule: str = "B602", text: str = "subprocess call with shell=True identified."
) -> dict[str, Any]:
    return {
        "code": f'1 password = "{WORD}"\n2 subprocess.call("ls " + password, shell=True)\n',
        "col_offset": 0,
        "filename": "src/alpha/calls.py",
        "issue_confidence": "HIGH",
        "issue_severity": severity,
        "issue_text": text,
        "line_number": 3,
        "line_range": [3],
        "test_id": rule,
    }


def bandit(*results: dict[str, Any], files: tuple[str, ...] = FILES, errors: tuple[str, ...] = ()) -> ToolResult:
    answer = {
        "errors": [{"filename": path, "reason": "syntax error while parsing AST from file"} for path in errors],
        "metrics": {"_totals": {"loc": 8}, **{path: {"loc": 4} for path in files}},
        "results": results,
    }
    return ToolResult(argv=("/bin/bandit", "--recursive", "src/alpha"), exit_code=1, stdout=json.dumps(answer))


def secret(path: str = "src/alpha/calls.py", digest: str = "28f850ae", line: int = 2) -> dict[str, Any]:
    return {
        "type": "Secret Keyword",
        "filename": path,
        "hashed_secret": digest,
        "is_verified": False,
        "line_number": line,
    }


def scan(*found: dict[str, Any], known: tuple[dict[str, Any], ...] = (), files: tuple[str, ...] = FILES) -> ToolResult:
    answer = {"version": "1.5.0", "results": by_path(found), "known": by_path(known)}
    stderr = "".join(f"[scan]\tINFO\tChecking file: {path}\n" for path in files)
    stderr += f'[scan]\tINFO\tSkipping "{WORD}" due to `detect_secrets.filters.heuristic`.\n'
    return ToolResult(
        argv=("/bin/detect-secrets", "scan", "src/alpha"),
        exit_code=0,
        stdout=json.dumps(answer),
        stderr=stderr,
    )


def by_path(found: tuple[dict[str, Any], ...]) -> dict[str, list[dict[str, Any]]]:
    return {path: [one for one in found if one["filename"] == path] for path in {one["filename"] for one in found}}


def evidence(bandit: ToolResult, secrets: ToolResult) -> Evidence:
    return Evidence(component=ALPHA, tools={"bandit": bandit, "detect-secrets": secrets})


def requirement(line: str = "") -> Requirement:
    return Requirement(gate="security", line=line, threshold=Fraction(0), source="default")


def missing(name: str) -> ToolResult:
    return ToolResult(argv=(name,), problem=f"{name} is not installed")


def test_each_severity_is_a_line_and_the_value_is_their_sum() -> None:
    found = bandit(issue("HIGH"), issue("MEDIUM"), issue("LOW"), issue("LOW"))
    result = measure(evidence(found, scan(secret())), CONTEXT)
    assert result.breakdown == {"critical": 1, "high": 1, "medium": 1, "low": 2}
    assert result.value == 5
    assert sorted(one.severity for one in result.findings) == ["critical", "high", "low", "low", "medium"]
    assert result.note == "detect-secrets, 2 files; bandit, 2 files"


def test_nothing_found_in_files_that_were_read_is_zero() -> None:
    result = measure(evidence(bandit(), scan()), CONTEXT)
    assert result.value == 0
    assert result.breakdown == dict.fromkeys(LINES, 0)


@pytest.mark.parametrize("text", ["Possible hardcoded password: 'x'", "'x' may be a password", "x"])
@pytest.mark.parametrize("rule", ["B105", "B106", "B107"])
def test_a_finding_holds_no_secret(rule: str, text: str) -> None:
    found = bandit(issue("LOW", rule, text.replace("x", WORD)))
    result = measure(evidence(found, scan(secret())), CONTEXT)
    assert WORD not in repr(result)
    assert "28f850ae" not in repr(result)
    assert [one.message for one in result.findings] == ["Secret Keyword", "Possible hardcoded password"]


@pytest.mark.parametrize("stdout", ["", f'password = "{WORD}"', f'{{"results": "{WORD}', "[]", "{}", "3"])
def test_output_that_cannot_be_read_is_unknown_and_is_not_quoted(stdout: str) -> None:
    broken = ToolResult(argv=("x",), exit_code=0, stdout=stdout, stderr=f'INFO\tSkipping "{WORD}" due to `x`')
    result = measure(evidence(broken, broken), CONTEXT)
    assert result.value is None
    assert result.breakdown == dict.fromkeys(LINES)
    assert WORD not in repr(result)


def test_a_problem_that_ends_in_a_skipped_candidate_does_not_quote_it() -> None:
    problem = f'detect-secrets exited with 1: [scan]\tINFO\tSkipping "{WORD}" due to `x`'
    result = measure(evidence(bandit(), ToolResult(argv=("x",), problem=problem)), CONTEXT)
    assert "detect-secrets exited with 1" in result.note
    assert WORD not in result.note


def test_a_missing_bandit_leaves_the_secrets_known() -> None:
    result = measure(evidence(missing("bandit"), scan(secret())), CONTEXT)
    assert result.value is None
    assert result.breakdown == {"critical": 1, "high": None, "medium": None, "low": None}
    assert "bandit is not installed" in result.note


def test_a_missing_detect_secrets_leaves_the_other_lines_known() -> None:
    result = measure(evidence(bandit(issue("HIGH")), missing("detect-secrets")), CONTEXT)
    assert result.value is None
    assert result.breakdown == {"critical": None, "high": 1, "medium": 0, "low": 0}
    assert "detect-secrets is not installed" in result.note


def test_tools_that_were_not_run_are_unknown() -> None:
    result = measure(Evidence(component=ALPHA), CONTEXT)
    assert (result.value, result.note) == (None, "detect-secrets was not run; bandit was not run")


def test_a_file_that_bandit_skipped_makes_its_lines_unknown() -> None:
    result = measure(evidence(bandit(errors=("./src/alpha/calls.py",)), scan()), CONTEXT)
    assert result.breakdown == {"critical": 0, "high": None, "medium": None, "low": None}
    assert "bandit skipped src/alpha/calls.py: syntax error" in result.note


def test_a_file_of_another_component_that_bandit_skipped_does_not_matter() -> None:
    assert measure(evidence(bandit(errors=("src/beta.py",)), scan()), CONTEXT).value == 0


def test_a_bandit_that_read_nothing_is_unknown_not_clean() -> None:
    result = measure(evidence(bandit(files=()), scan()), CONTEXT)
    assert result.breakdown["high"] is None
    assert "bandit analysed none of the component's 2 files" in result.note


def test_a_scan_that_read_nothing_is_unknown_not_clean() -> None:
    result = measure(evidence(bandit(), scan(files=("src/beta.py",))), CONTEXT)
    assert result.breakdown["critical"] is None
    assert "detect-secrets analysed none of the component's 2 files" in result.note


def test_secrets_outside_the_components_files_do_not_count() -> None:
    assert measure(evidence(bandit(), scan(secret("tests/test_alpha.py"))), CONTEXT).value == 0


def test_secrets_that_the_baseline_knows_do_not_count_and_are_mentioned() -> None:
    old, new = secret(line=90), secret(digest="32e6ad90", line=4)
    result = measure(evidence(bandit(), scan(secret(), new, known=(old,))), CONTEXT)
    assert result.breakdown["critical"] == 1
    assert [one.location for one in result.findings] == ["src/alpha/calls.py:4"]
    assert "1 known in .secrets.baseline not counted" in result.note


def test_a_file_that_is_not_utf8_was_not_scanned(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "old.py").write_bytes(b"# coding: latin-1\nx = '\xe4'\n")
    component = Component(name="old", sources=(root / "old.py",), files=(root / "old.py",), found_by="src")
    tools = {"bandit": bandit(files=("old.py",)), "detect-secrets": scan(files=("old.py",))}
    result = measure(Evidence(component=component, tools=tools), Context(root=root))
    assert result.breakdown == {"critical": None, "high": 0, "medium": 0, "low": 0}
    assert "detect-secrets cannot read old.py: it is not UTF-8" in result.note


def test_one_command_of_each_tool_for_all_components(tmp_path: Path) -> None:
    context = Context(root=tmp_path, options={"security": {"timeout": 9}})
    component = Component(name="a", sources=(tmp_path / "src",), files=(), found_by="src")
    made = make_commands([component, component], context)
    assert list(made) == ["detect-secrets", "bandit"]
    assert made["bandit"].argv[1:] == ("--quiet", "--format", "json", "--recursive", "./src")
    assert made["detect-secrets"].argv[1:4] == ("--verbose", "scan", "--all-files")
    assert made["detect-secrets"].argv[-1] == "src"
    assert {command.timeout for command in made.values()} == {9}
    assert made["detect-secrets"].exit_codes == (0,)


ADVICE = (
    "if it is none (a local address, a password for tests), add the comment `# pragma: allowlist secret` to its line, "
    "or an entry to the baseline: `detect-secrets scan --no-verify --all-files src/alpha/calls.py > .secrets.baseline`"
)


@pytest.mark.parametrize(
    ("line", "text", "tool"),
    [
        ("critical", f"fix 1 finding; {ADVICE}", "detect-secrets"),
        ("high", "fix 1 finding", "bandit"),
        ("", f"fix 2 findings; {ADVICE}", "detect-secrets"),
    ],
)
def test_the_remedy_is_for_the_required_line(line: str, text: str, tool: str) -> None:
    both = evidence(bandit(issue("HIGH")), scan(secret()))
    found = suggest_remedy(both, measure(both, CONTEXT), requirement(line))
    assert (found.text, found.command) == (text, both.tools[tool].argv)


def test_the_remedy_without_secrets_is_bandits() -> None:
    issues = evidence(bandit(issue("HIGH")), scan())
    assert suggest_remedy(issues, measure(issues, CONTEXT), requirement()).command == (
        "/bin/bandit",
        "--recursive",
        "src/alpha",
    )


def test_the_gate_names_its_lines() -> None:
    assert (GATE.lines, GATE.better) == (("critical", "high", "medium", "low"), "lower")


def test_an_existing_baseline_is_updated_with_all_files() -> None:
    scanned = scan(secret())
    baseline = (sys.executable, "-I", str(detect_secrets.SCAN_WITH_BASELINE), ".secrets.baseline")
    both = evidence(bandit(), replace(scanned, argv=(*baseline, *scanned.argv)))
    text = suggest_remedy(both, measure(both, CONTEXT), requirement("critical")).text
    command = "`detect-secrets scan --no-verify --baseline .secrets.baseline`"
    assert text.endswith(f": {command}, which adds every secret in the repository: read what it adds")
