"""The evidence of a run: defaults, sums, and findings that survive JSON."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import (  # fmt: skip
    Claim,
    Command,
    Component,
    Coverage,
    Evidence,
    FileCoverage,
    Finding,
    Gap,
    Outcomes,
    ToolResult,
)
from pytest_maturity.model.retries import Attempt, RetriedTest

COMPONENT = Component(name="auth", sources=(), files=(Path("/a.py"),), found_by="src")


# ── findings ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "location"),
    [
        ({}, "a.py"),
        ({"line": 7}, "a.py:7"),
        ({"line": 0}, "a.py:0"),
        ({"line": 7, "column": 3}, "a.py:7"),
        ({"line": 3, "ranges": ((3, 5), (8, 8))}, "a.py:3-5,8"),
        ({"ranges": ((4, 4),)}, "a.py:4"),
        ({"test": "a.py::test"}, "a.py"),
    ],
)
def test_the_location_of_a_finding_has_its_lines(fields: dict[str, Any], location: str) -> None:
    assert Finding(path="a.py", message="m", **fields).location == location


def test_a_finding_about_no_file_has_no_location() -> None:
    assert Finding(path="", message="m", test="").location == ""


def test_a_finding_needs_only_a_path_and_a_message() -> None:
    found = Finding(path="a.py", message="m")
    assert (found.line, found.column, found.rule, found.severity) == (None, None, "", "")
    assert (found.test, found.ranges) == ("", ())


FULL = Finding(
    path="a.py",
    message="m",
    line=1,
    column=2,
    rule="r",
    severity="high",
    test="a.py::t[x: y]",
    raised_at="b.py:7",
    ranges=((1, 2), (4, 4)),
)


@pytest.mark.parametrize("finding", [FULL, Finding(path="a.py", message="m")])
def test_a_finding_survives_json(finding: Finding) -> None:
    read = Finding.from_dict(json.loads(json.dumps(finding.to_dict())))
    assert read == finding
    assert hash(read) == hash(finding)


def test_the_line_that_raised_is_the_place_of_a_failure_or_stands_before_its_message() -> None:
    found = Finding(path="tests/a.py", line=3, message="boom", test="tests/a.py::t")
    here, there = replace(found, raised_at="tests/a.py:5"), replace(found, raised_at="src/b.py:7")
    assert [one.location for one in (found, here, there)] == ["tests/a.py:3", "tests/a.py:5", "tests/a.py:3"]
    assert [one.explanation for one in (found, here, there)] == ["boom", "boom", "src/b.py:7: boom"]


def test_every_field_of_a_finding_is_written() -> None:
    assert FULL.to_dict() == {
        "path": "a.py", "message": "m", "line": 1, "column": 2, "rule": "r", "severity": "high",
        "test": "a.py::t[x: y]", "raised_at": "b.py:7", "ranges": ((1, 2), (4, 4)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"path": "a", "message": "m"}, KeyError),
        ({"path": "a", "message": "m", "ranges": 3}, TypeError),
        ({"path": "a", "message": "m", "ranges": [[1]]}, ValueError),
        ({"path": "a", "message": "m", "ranges": [], "other": 1}, TypeError),
        ({"path": "a", "ranges": []}, TypeError),
    ],
)
def test_data_of_another_form_is_no_finding(data: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Finding.from_dict(data)


# ── components ───────────────────────────────────────────────────────────────


def test_a_component_needs_its_name_its_sources_and_how_they_were_found() -> None:
    assert (COMPONENT.spellings, COMPONENT.imports, COMPONENT.tests, COMPONENT.linked) == ({}, (), (), ())


def test_the_python_files_of_a_component_are_its_files() -> None:
    claim = Claim(path=Path("/test_a.py"), rule="name")
    component = Component(name="a", sources=(), files=(Path("/a.py"),), found_by="src", tests=(claim,))
    assert component.python_files() == (Path("/a.py"),)


# ── outcomes ─────────────────────────────────────────────────────────────────


def test_evidence_of_nothing_counts_nothing_and_its_coverage_is_unknown() -> None:
    evidence = Evidence(component=COMPONENT)
    counts = {name: value for name, value in asdict(evidence.outcomes).items() if isinstance(value, int)}
    assert set(counts.values()) == {0}
    assert len(counts) == 10
    assert evidence.outcomes.unhandled == ()
    assert evidence.coverage.percent is None
    assert evidence.coverage.problem == "coverage was not measured"
    assert (evidence.tools, evidence.gaps) == ({}, ())
    assert evidence.suppressions.total is None


def test_two_pieces_of_evidence_share_no_tools() -> None:
    first, second = Evidence(component=COMPONENT), Evidence(component=COMPONENT)
    assert first.tools is not second.tools
    assert COMPONENT.spellings is not Component(name="b", sources=(), files=(), found_by="src").spellings


def test_attempts_after_the_first_are_retries() -> None:
    def tried(times: int) -> RetriedTest:
        attempts = tuple(Attempt(number=number + 1, outcome="failed") for number in range(times))
        return RetriedTest(test="a::t", outcome="failed", attempts=attempts)

    assert Outcomes(retried=(tried(3), tried(1), tried(2))).retries == 3
    assert Outcomes().retries == 0


# ── coverage ─────────────────────────────────────────────────────────────────


def test_coverage_is_exact_and_nothing_to_cover_is_none() -> None:
    third = FileCoverage(path="a", statements=2, covered_lines=1, branches=1)
    empty = FileCoverage(path="b", statements=0, covered_lines=0)
    assert (third.percent, empty.percent) == (Fraction(100, 3), None)
    assert Coverage(files=(third, empty)).percent == Fraction(100, 3)
    assert Coverage(files=(empty,)).percent is None
    assert Coverage().percent is None
    assert Coverage(files=(third,), problem="broken").percent is None
    assert Coverage(files=(third, third)).sum("statements") == 4
    assert Coverage().sum("statements") == 0


def test_lines_and_branches_count_alike() -> None:
    file = FileCoverage(path="a", statements=4, covered_lines=3, branches=2, covered_branches=1, excluded=7)
    assert (file.covered, file.total, file.percent) == (4, 6, Fraction(200, 3))


def test_a_file_that_nothing_executed_is_at_zero_per_cent() -> None:
    assert FileCoverage(path="a", statements=4, covered_lines=0).percent == 0


def test_coverage_is_of_lines_alone_by_default() -> None:
    file = FileCoverage(path="a", statements=4, covered_lines=3)
    assert (file.branches, file.covered_branches, file.excluded) == (0, 0, 0)
    assert (file.missing_lines, file.excluded_by_settings) == ((), ())
    assert (Coverage().branch, Coverage().measured_by, Coverage().problem, Coverage().notes) == (False, "", "", ())


# ── tools ────────────────────────────────────────────────────────────────────


def test_a_tool_has_ten_minutes_and_two_exit_codes_by_default() -> None:
    command = Command(argv=("ruff",))
    assert (command.timeout, command.exit_codes, command.install, command.inputs) == (600, (0, 1), (), None)


def test_a_tool_that_has_not_run_has_no_output() -> None:
    result = ToolResult(argv=("ruff",))
    assert (result.exit_code, result.stdout, result.stderr, result.duration_s, result.problem) == (None, "", "", 0, "")
    assert (result.cached, result.fingerprint) == (False, "")


@pytest.mark.parametrize("data", [FULL, COMPONENT, Outcomes(), Coverage(), Command(argv=()), ToolResult(argv=())])
def test_evidence_cannot_be_changed(data: object) -> None:
    with pytest.raises((FrozenInstanceError, TypeError)):
        data.problem = "x"  # type: ignore[attr-defined]


def test_a_gap_survives_a_dictionary_and_an_unknown_cause_is_refused() -> None:
    gap = Gap(cause="worker", message="worker gw0 died")
    assert Gap.from_dict(asdict(gap)) == gap
    with pytest.raises(ValueError, match="unknown cause of a gap: weather"):
        Gap.from_dict({"cause": "weather", "message": "rain"})
    with pytest.raises(KeyError):
        Gap.from_dict({"cause": "worker"})


@pytest.mark.parametrize(
    ("nodes", "inner", "belongs"),
    [
        ((), "test_a", True),
        (("test_a",), "test_a", True),
        (("test_a",), "test_a[1]", True),
        (("test_a",), "test_ab", False),
        (("TestA",), "TestA::test_b", True),
        (("TestA",), "TestAB::test_b", False),
        (("x", "TestA::test_b"), "TestA::test_b[1]", True),
        (("x",), "TestA::x", False),
    ],
)
def test_a_claim_to_some_node_ids_has_the_tests_in_them(nodes: tuple[str, ...], inner: str, belongs: bool) -> None:
    assert Claim(path=Path("t.py"), rule="", nodes=nodes).has_test(f"t.py::{inner}") is belongs
