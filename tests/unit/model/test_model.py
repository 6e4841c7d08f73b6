"""The words of the gate as data."""

from __future__ import annotations

import sys
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pytest

import pytest_maturity
from pytest_maturity.model.evidence import (  # fmt: skip
    Command,
    Component,
    Coverage,
    Evidence,
    FileCoverage,
    Finding,
    Outcomes,
    ToolResult,
)
from pytest_maturity.model.gates import (  # fmt: skip
    LARGEST,
    Context,
    Gate,
    Judged,
    Measurement,
    Mode,
    Requirement,
    Status,
)
from pytest_maturity.model.retries import Attempt, RetriedTest

COMPONENT = Component(name="auth", sources=(), files=(), found_by="src")


def test_the_largest_number_has_only_digits_that_a_float_keeps() -> None:
    assert 10**sys.float_info.dig == LARGEST


@pytest.mark.parametrize(("line", "where"), [(None, "a.py"), (7, "a.py:7")])
def test_a_finding_says_where_it_is(line: int | None, where: str) -> None:
    assert Finding(path="a.py", message="m", line=line).location == where


def test_a_finding_says_no_more_than_it_was_told() -> None:
    found = Finding(path="a.py", message="m")
    assert (found.line, found.column, found.rule, found.severity) == (None, None, "", "")


def test_evidence_of_nothing_counts_nothing_and_its_coverage_could_not_be_told() -> None:
    evidence = Evidence(component=COMPONENT)
    counts = {name: value for name, value in asdict(evidence.outcomes).items() if isinstance(value, int)}
    assert set(counts.values()) == {0}
    assert len(counts) == 10
    assert evidence.coverage.percent is None
    assert evidence.coverage.problem == "coverage was not measured"
    assert (evidence.tools, evidence.gaps) == ({}, ())


def test_only_attempts_besides_the_first_are_retries() -> None:
    def tried(times: int) -> RetriedTest:
        attempts = tuple(Attempt(number=number + 1, outcome="failed") for number in range(times))
        return RetriedTest(test="a::t", outcome="failed", attempts=attempts)

    assert Outcomes(retried=(tried(3), tried(1), tried(2))).retries == 3
    assert Outcomes().retries == 0


def test_coverage_is_exact_and_nothing_to_cover_is_none() -> None:
    third = FileCoverage(path="a", statements=2, covered_lines=1, branches=1)
    empty = FileCoverage(path="b", statements=0, covered_lines=0)
    assert (third.percent, empty.percent) == (Fraction(100, 3), None)
    assert Coverage(files=(third, empty)).percent == Fraction(100, 3)
    assert Coverage(files=(empty,)).percent is None
    assert Coverage().percent is None
    assert Coverage(files=(third,), problem="broken").percent is None
    assert Coverage(files=(third, third)).sum("statements") == 4


def test_lines_and_branches_count_alike() -> None:
    file = FileCoverage(path="a", statements=4, covered_lines=3, branches=2, covered_branches=1, excluded=7)
    assert (file.covered, file.total, file.percent) == (4, 6, Fraction(200, 3))


def test_coverage_is_of_lines_alone_and_anonymous_unless_told_otherwise() -> None:
    file = FileCoverage(path="a", statements=4, covered_lines=3)
    assert (file.branches, file.covered_branches, file.excluded, file.missing_lines) == (0, 0, 0, ())
    assert (Coverage().branch, Coverage().measured_by, Coverage().problem) == (False, "", "")


@pytest.mark.parametrize(
    ("status", "mode", "blocks"),
    [
        (Status.PASSED, "block", False),
        (Status.WAIVED, "block", False),
        (Status.UNKNOWN, "block", True),
        (Status.FAILED, "block", True),
        (Status.FAILED, "warn", False),
        (Status.UNKNOWN, "warn", False),
    ],
)
def test_only_passed_and_waived_do_not_block(status: Status, mode: Mode, blocks: bool) -> None:
    requirement = Requirement(gate="a", threshold=Fraction(1), source="here", mode=mode)
    assert Judged(requirement=requirement, status=status).blocks is blocks


def test_a_requirement_blocks_unless_it_is_a_warning() -> None:
    requirement = Requirement(gate="a", threshold=Fraction(1), source="here")
    assert Judged(requirement=requirement, status=Status.FAILED).blocks


def test_the_words_for_a_status_are_those_of_the_reports() -> None:
    assert [one.value for one in Status] == ["passed", "waived", "unknown", "failed"]


def test_more_is_better_for_a_gate_that_does_not_say() -> None:
    gate = Gate("docs", lambda *_: Measurement(None))
    assert (gate.better, gate.unit, gate.commands, gate.remedy, gate.lines) == ("higher", "", None, None, ())
    assert gate.measure(Evidence(component=COMPONENT), Context(root=Path("/project"))).note == ""


def test_a_tool_has_ten_minutes_and_two_exit_codes_unless_told_otherwise() -> None:
    command = Command(argv=("ruff",))
    assert (command.timeout, command.documented, command.install, command.reads) == (600, (0, 1), "", None)


def test_a_tool_that_has_not_answered_has_said_nothing() -> None:
    result = ToolResult(argv=("ruff",))
    assert (result.exit_code, result.stdout, result.stderr, result.duration, result.problem) == (None, "", "", 0, "")
    assert result.cached is False


def test_a_requirement_for_a_line_has_both_names() -> None:
    assert Requirement(gate="a", threshold=Fraction(1), source="").name == "a"
    assert Requirement(gate="a", line="b", threshold=Fraction(1), source="").name == "a.b"


@pytest.mark.parametrize(
    ("path", "shown"), [("src/a.py", "src/a.py"), ("/project/src/a.py", "src/a.py"), ("/other/a.py", "/other/a.py")]
)
def test_a_path_is_printed_from_the_root(path: str, shown: str) -> None:
    context = Context(root=Path("/project"))
    assert context.relative(path) == shown
    assert context.relative(Path(path)) == shown


def test_a_gate_reads_its_own_options() -> None:
    context = Context(root=Path("/project"), options={"types": {"tool": "mypy"}})
    assert context.option("types", "tool") == "mypy"
    assert context.option("types", "timeout", 5) == 5
    assert context.option("lint", "timeout") is None


def test_specifications_lie_in_specs_unless_configured_otherwise() -> None:
    assert Context(root=Path("/project")).specs == ("specs/{component}.md",)


@pytest.mark.parametrize("name", pytest_maturity.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(pytest_maturity, name).__module__.partition(".")[0] == "pytest_maturity"


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match=r"^module 'pytest_maturity' has no attribute 'Nonsense'$"):
        _ = pytest_maturity.Nonsense
