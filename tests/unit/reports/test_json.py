"""The JSON report holds to its schema whatever the run held, and its numbers never flatter."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_maturity.config import schema
from pytest_maturity.evidence.assess import judge
from pytest_maturity.model.evidence import (  # fmt: skip
    Claim,
    Component,
    Coverage,
    Evidence,
    FileCoverage,
    Finding,
    Gap,
    Outcomes,
    ToolResult,
)
from pytest_maturity.model.gates import Better, Context, Gate, Measurement, Remedy, Requirement  # fmt: skip
from pytest_maturity.model.report import EnforcedPolicy, Judgement, PolicyChange, Report, Run, Verdict
from pytest_maturity.reports.json import number, render

SCHEMA = jsonschema.Draft7Validator(schema.load_schema("report"))
ROOT = Path("/project")
NASTY = "\x1b[31m\u202e<b>\"'|\ud800\x00\x9b::error::x\n"


def judged(text: str = "plain", value: Any = 50, line: int | None = 3) -> Judgement:
    component = Component(
        name="auth", sources=(ROOT / "src/auth", Path("/other/x")), files=(), found_by=text,
        tests=(Claim(path=ROOT / "tests/test_auth.py", rule=text),),
    )  # fmt: skip
    evidence = Evidence(
        component=component,
        outcomes=Outcomes(
            collected=3,
            completed=3,
            passed=2,
            failed=1,
            failures=(Finding(path=text, message=text, line=7, rule="failed", test=f"t.py::t[{text}: x]"),),
        ),
        tools={
            "ruff": ToolResult(
                argv=("ruff", text), exit_code=0, duration_s=1.23456, cached=True, settings=("ruff.toml",)
            ),
            "own:auth": ToolResult(argv=("count", "--token=abc"), problem=text),
        },
        coverage=Coverage(
            files=(
                FileCoverage(path=text, statements=3, covered_lines=2, missing_lines=(3,), missing_branches=((1, -1),)),
            ),
            measured_by=text,
            notes=(text,),
        ),
        gaps=(Gap(cause="partial", message=text),),
    )
    finding = Finding(
        path=text, message=text, line=line, column=line, rule=text, severity="high", test=text,
        ranges=((line, line),) if line is not None else (),
    )  # fmt: skip
    answer = Measurement(value, text, [finding], {"high": value})
    gate = Gate("own", lambda *_: answer, unit=text, lines=("high",), remedy=lambda *_: Remedy(text, ("fix", text)))
    required = [Requirement(gate="own", line=one, threshold=Fraction("69.96"), source=text) for one in ("", "high")]
    return judge(evidence, {"own": gate}, {"dev": required, text: required}, "dev", Context(root=ROOT))


def report(*judgements: Judgement, text: str = "plain", **run: Any) -> Report:
    return Report(
        verdict=Verdict.HOLD, target="dev", ladder=("dev", text), root=ROOT, components=judgements, notes=(text,),
        run=Run(id="1", started="now", command_line=("pytest", text), policy_digest="d", **run),
    )  # fmt: skip


def document(found: Report) -> Any:
    parsed = json.loads(render(found))
    SCHEMA.validate(parsed)
    return parsed


def test_a_report_holds_to_its_schema() -> None:
    parsed = document(report(judged(), commit="abc", dirty=True, duration_s=1.5))
    assert (parsed["schema"], parsed["verdict"], parsed["run"]["commit"]) == (1, "HOLD", "abc")
    (component,) = parsed["components"]
    assert component["sources"] == ["src/auth", "/other/x"]
    assert component["tests"] == [{"path": "tests/test_auth.py", "rule": "plain", "nodes": []}]
    assert component["outcomes"]["failed"] == 1
    assert component["coverage"]["percent"] == 66.666666
    assert component["coverage"]["files"][0]["missing_lines"] == [3]
    assert component["coverage"]["files"][0]["missing_branches"] == [[1, -1]]
    assert component["gaps"] == [{"cause": "partial", "message": "plain", "kinds": []}]
    gate, line = component["gates"]
    assert (gate["gate"], gate["status"], gate["value"], line["gate"]) == ("own", "failed", 50, "own.high")
    assert gate["stages"]["dev"] == {
        "required": 69.96,
        "status": "failed",
        "mode": "block",
        "source": "plain",
        "ratchet": None,
        "waived": [],
    }
    assert gate["duration_s"] == line["duration_s"] >= 0


def test_a_failed_test_is_listed_with_its_node_id() -> None:
    (component,) = document(report(judged()))["components"]
    assert component["tests_failed"] == [
        {
            "test": "t.py::t[plain: x]",
            "path": "plain",
            "line": 7,
            "outcome": "failed",
            "message": "plain",
            "raised_at": "",
        }
    ]


def test_what_is_unmet_has_a_message_and_the_command_of_its_remedy() -> None:
    (component,) = document(report(judged()))["components"]
    gap = {"gate": "", "summary": "plain", "message": "plain"}
    message = "plain: plain: plain"  # the remedy's, with the finding
    unmet = [
        {"gate": name, "summary": "plain", "message": message, "command": ["fix", "plain"]}
        for name in ("own", "own.high")
    ]
    assert component["unmet"] == [gap, *unmet]
    assert component["next"] == {"stage": "dev", "unmet": [gap, *unmet]}


def test_at_the_top_of_the_ladder_nothing_is_next() -> None:
    top = replace(judged(value=100), next_stage=None)
    assert document(report(top))["components"][0]["next"] == {"stage": None, "unmet": []}


def test_a_finding_has_its_ranges_and_its_test() -> None:
    (component,) = document(report(judged()))["components"]
    (found,) = component["gates"][0]["findings"]
    assert found == {
        "path": "plain", "line": 3, "column": 3, "ranges": [[3, 3]], "test": "plain", "raised_at": "", "rule": "plain",
        "message": "plain", "severity": "high",
    }  # fmt: skip


def test_every_tool_is_listed_with_its_command_and_its_time() -> None:
    assert document(report(judged(), judged()))["tools"] == {
        "ruff": {
            "command": ["ruff", "plain"], "version": "", "settings": ["ruff.toml"], "exit_code": 0, "duration_s": 1.235,
            "cached": True, "problem": None,
        },
        "own:auth": {
            "command": ["count", "--token=***"], "version": "", "settings": [], "exit_code": None, "duration_s": 0,
            "cached": False, "problem": "plain",
        },
    }  # fmt: skip


def test_a_report_of_nothing_holds_to_its_schema() -> None:
    parsed = document(
        Report(verdict=Verdict.INCOMPLETE, target="dev", ladder=("dev",), run=Run(id="1", started=""), root=ROOT)
    )
    assert (parsed["verdict"], parsed["components"], parsed["run"]["dirty"]) == ("INCOMPLETE", [], None)
    assert parsed["policy"] == {"ref": None, "commit": None, "digest": "", "loosened": []}


def test_a_report_has_the_enforced_policy_and_what_was_loosened() -> None:
    change = PolicyChange(
        setting="coverage", new=NASTY, old="2", new_source="n", old_source="o", components=("a",), stages=("dev",)
    )
    origin = EnforcedPolicy(digest="d", ref="main", commit="c" * 40, loosened=(change,))
    policy = document(replace(report(), policy=origin))["policy"]
    assert (policy["ref"], policy["commit"], policy["digest"]) == ("main", "c" * 40, "d")
    safe_text = "\\x1b[31m\\u202e<b>\"'|\\ud800\\x00\\x9b::error::x\\n"
    assert policy["loosened"] == [
        {
            "setting": "coverage",
            "new": safe_text,
            "old": "2",
            "new_source": "n",
            "old_source": "o",
            "components": ["a"],
            "stages": ["dev"],
            "message": f"coverage of a at dev: {safe_text} instead of 2 (n; o)",
        }
    ]


@pytest.mark.parametrize("key", ["ref", "commit", "digest", "loosened"])
def test_the_schema_requires_every_part_of_the_policy(key: str) -> None:
    parsed = document(report())
    del parsed["policy"][key]
    assert not SCHEMA.is_valid(parsed)


@pytest.mark.parametrize("value", [None, 0, Fraction(1, 3), 10**15, -5, 0.1, "nonsense", float("nan")])
@pytest.mark.parametrize("line", [None, 0, -1, 1])
def test_any_measurement_and_finding_holds_to_the_schema(value: Any, line: int | None) -> None:
    (component,) = document(report(judged(value=value, line=line)))["components"]
    findings = [one for gate in component["gates"] for one in gate["findings"]]
    assert {one["line"] for one in findings} <= {1, None}
    assert [one["ranges"] for one in findings if one["ranges"]] == [[[1, 1]]] * len(findings) * (line == 1)


def test_hostile_strings_are_escaped_wherever_they_stand() -> None:
    found = report(judged(NASTY), text=NASTY, commit=NASTY, python=NASTY)
    rendered = render(found)
    parsed = document(found)
    assert parsed["components"][0]["gaps"][0]["message"] == ("\\x1b[31m\\u202e<b>\"'|\\ud800\\x00\\x9b::error::x\\n")
    assert rendered.replace("\n", "").isprintable()
    assert rendered.encode("utf-8")
    assert list(parsed["components"][0]["gates"][0]["stages"]) == parsed["ladder"]


@pytest.mark.parametrize(
    ("value", "better", "expected"),
    [
        (None, "higher", None),
        (3, "higher", 3),
        (3.0, "lower", 3),
        (Fraction(1, 3), "higher", 0.333333),
        (Fraction(1, 3), "lower", 0.333334),
        (Fraction(2, 3), "higher", 0.666666),
        (Fraction("69.96"), "higher", 69.96),
        (Fraction("69.99999999"), "higher", 69.999999),
        (Fraction("0.00000001"), "lower", 0.000001),
        (Fraction(10**15 * 2 + 1, 2), "higher", 10**15),
        (Fraction(10**15 * 2 + 1, 2), "lower", 10**15 + 1),
        (Fraction("123456789012.999999"), "higher", 123456789012.999),
    ],
)
def test_a_number_is_never_better_than_the_exact_one(value: Any, better: Better, expected: Any) -> None:
    found = number(value, better)
    assert found == expected
    assert type(found) is type(expected)


def test_a_long_note_is_cut_and_a_traceback_is_kept() -> None:
    parsed = document(report(text="x" * 9_000))
    assert len(parsed["notes"][0]) == 9_000
    assert len(parsed["run"]["command_line"][1]) == 500
