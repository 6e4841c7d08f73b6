"""The gates that count tests and lines: pass rate, coverage, skipped and flaky rates."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.gates import coverage, pass_rate, rates, unhandled
from pytest_maturity.model.evidence import Component, Coverage, Evidence, FileCoverage, Finding, Outcomes  # fmt: skip
from pytest_maturity.model.gates import Context, Gate, Measurement, Requirement  # fmt: skip
from pytest_maturity.model.retries import Attempt, RetriedTest

CONTEXT = Context(root=Path("/project"))
COMPONENT = Component(name="auth", sources=(), files=(), found_by="src")


def measure(gate: Gate, outcomes: Outcomes, found: Coverage | None = None) -> Measurement:
    evidence = Evidence(component=COMPONENT, outcomes=outcomes, coverage=found or Coverage(problem="none"))
    return gate.measure(evidence, CONTEXT)


def remedy(gate: Gate, threshold: str, evidence: Evidence) -> str:
    assert gate.remedy is not None
    requirement = Requirement(gate=gate.name, threshold=Fraction(threshold), source="here")
    return gate.remedy(evidence, gate.measure(evidence, CONTEXT), requirement)


def file(path: str, statements: int, covered: int, branches: int = 0, taken: int = 0) -> FileCoverage:
    return FileCoverage(
        path=path, statements=statements, covered_lines=covered, branches=branches, covered_branches=taken,
        missing_lines=tuple(range(covered + 1, statements + 1)),
    )  # fmt: skip


# ── pass rate ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("outcomes", "value", "note"),
    [
        (Outcomes(collected=3, passed=3), 100, "3 tests"),
        (Outcomes(collected=3, passed=2, failed=1), Fraction(200, 3), "3 tests"),
        (Outcomes(collected=3, passed=2, error=1), Fraction(200, 3), "3 tests"),
        (Outcomes(collected=1, failed=1), 0, "1 test"),
        (
            Outcomes(collected=9, passed=1, skipped=2, xfailed=3, xpassed=4, flaky=1),
            100,
            "1 test, 2 skipped, 3 xfailed, 4 xpassed, 1 flaky",
        ),
        (Outcomes(), None, "no test was collected"),
        (Outcomes(collected=3, skipped=1, xfailed=1, xpassed=1), None, "no test passed or failed"),
        (Outcomes(collected=10**6, passed=10**6 - 1, failed=1), Fraction(10**8 - 100, 10**6), "1000000 tests"),
    ],
)
def test_the_pass_rate_is_exact_and_never_a_guess(outcomes: Outcomes, value: Fraction | None, note: str) -> None:
    found = measure(pass_rate.GATE, outcomes)
    assert (found.value, found.note) == (value, note)


def test_the_remedy_of_the_pass_rate_names_the_tests() -> None:
    findings = [Finding(path="t.py", message=f"t.py::{name}: boom: x") for name in "abbcd"]
    outcomes = Outcomes(collected=4, failed=4, failures=tuple(findings))
    words = remedy(pass_rate.GATE, "100", Evidence(component=COMPONENT, outcomes=outcomes))
    assert words == "fix 4 tests: t.py::a, t.py::b, t.py::c and 1 more; run: pytest t.py::a"


# ── coverage ─────────────────────────────────────────────────────────────────

RAN = Outcomes(collected=1, completed=1, passed=1)


def test_coverage_counts_lines_and_branches_of_all_files() -> None:
    found = Coverage(files=(file("a.py", 10, 5, 4, 1), file("b.py", 6, 6)), branch=True)
    assert measure(coverage.GATE, RAN, found).value == Fraction(100 * 12, 20)


@pytest.mark.parametrize(
    ("outcomes", "found", "note"),
    [
        (RAN, Coverage(problem="nothing measured coverage", files=(file("a.py", 1, 1),)), "nothing measured coverage"),
        (RAN, Coverage(), "the component has no statement to cover"),
        (RAN, Coverage(files=(file("a.py", 0, 0),)), "the component has no statement to cover"),
        (Outcomes(), Coverage(files=(file("a.py", 1, 1),)), "no test ran"),
        (Outcomes(collected=2, completed=1), Coverage(files=(file("a.py", 3, 2),)),
         "66.6 % when the run broke off: a lower bound"),
    ],
)  # fmt: skip
def test_coverage_that_cannot_be_told_is_unknown(outcomes: Outcomes, found: Coverage, note: str) -> None:
    answer = measure(coverage.GATE, outcomes, found)
    assert (answer.value, answer.note) == (None, note)


def test_the_note_names_the_files_with_most_to_gain() -> None:
    files = (file("full.py", 9, 9), file("small.py", 2, 1), file("big.py", 100, 10), file("mid.py", 10, 5))
    answer = measure(coverage.GATE, RAN, Coverage(files=files, notes=("remember this",)))
    assert answer.note == "big.py 10 %, mid.py 50 %; remember this"
    assert [(one.path, one.line) for one in answer.findings] == [("big.py", 11), ("mid.py", 6), ("small.py", 2)]
    assert answer.findings[0].message == "lines 11-100 not covered"
    assert answer.findings[2].message == "line 2 not covered"
    assert measure(coverage.GATE, RAN, Coverage(files=(file("a.py", 1, 1),), notes=("x",))).note == "x"


def test_branches_that_were_not_taken_are_findings_of_their_own() -> None:
    (only,) = measure(coverage.GATE, RAN, Coverage(files=(file("a.py", 4, 4, 4, 2),))).findings
    assert (only.line, only.message) == (None, "2 branches not taken")
    (only,) = measure(coverage.GATE, RAN, Coverage(files=(file("a.py", 4, 3, 2, 1),))).findings
    assert only.message == "line 4 not covered; 1 branch not taken"


@pytest.mark.parametrize(
    ("statements", "covered", "branch", "threshold", "words"),
    [
        (1000, 699, False, "70", "+0.1 points: cover 1 more line: a.py (lines 700-1000 not covered)"),
        (10_000, 6996, False, "70", "+0.1 points: cover 4 more lines: a.py (lines 6997-10000 not covered)"),
        (10, 5, True, "70", "+20 points: cover 2 more lines or branches: a.py (lines 6-10 not covered)"),
        (10, 6, True, "70", "+10 points: cover 1 more line or branch: a.py (lines 7-10 not covered)"),
        (3, 2, False, "66.67", "+0.1 points: cover 1 more line: a.py (line 3 not covered)"),
    ],
)
def test_the_remedy_of_coverage_counts_the_lines(
    statements: int, covered: int, branch: bool, threshold: str, words: str
) -> None:
    found = Coverage(files=(file("a.py", statements, covered),), branch=branch)
    assert remedy(coverage.GATE, threshold, Evidence(component=COMPONENT, outcomes=RAN, coverage=found)) == words


@pytest.mark.parametrize(
    ("lines", "words"), [([], ""), ([3], "3"), ([3, 4, 5, 8], "3-5, 8"), ([1, 3, 5], "1, 3, 5"), ([1, 2], "1-2")]
)
def test_lines_are_written_as_ranges(lines: list[int], words: str) -> None:
    assert coverage.ranges(lines) == words


def test_a_long_place_is_cut() -> None:
    assert coverage.short_enough("x" * 100) == "x" * 100
    assert coverage.short_enough("x" * 101) == "x" * 96 + "...)"


# ── rates ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("outcomes", "value", "note"),
    [
        (Outcomes(collected=4, skipped=1, passed=3), 25, "1 skipped test"),
        (Outcomes(collected=9, skipped=1, passed=3, failed=5), 25, "1 skipped test"),
        (Outcomes(collected=3, passed=3), 0, "0 skipped tests"),
        (Outcomes(collected=1, failed=1), None, "no test passed or was skipped"),
    ],
)
def test_the_skipped_rate(outcomes: Outcomes, value: int | None, note: str) -> None:
    found = measure(rates.SKIPPED, outcomes)
    assert (found.value, found.note) == (value, note)


@pytest.mark.parametrize(
    ("outcomes", "value", "note"),
    [
        (Outcomes(collected=6, passed=4, failed=2, flaky=2, flaky_tests=("a", "b")), 50, "2 flaky tests"),
        (Outcomes(collected=1, passed=1), 0, "0 flaky tests"),
        (Outcomes(collected=1, failed=1), None, "no test passed"),
    ],
)
def test_the_flaky_rate(outcomes: Outcomes, value: int | None, note: str) -> None:
    found = measure(rates.FLAKY, outcomes)
    assert (found.value, found.note) == (value, note)


def test_a_flaky_test_is_named_with_its_attempts() -> None:
    attempts = (
        Attempt(number=1, outcome="failed", phase="call", exception="TimeoutError"),
        Attempt(number=2, outcome="passed"),
    )
    outcomes = Outcomes(
        passed=2, flaky=2, flaky_tests=("t.py::a", "t.py::b"),
        retried=(RetriedTest(test="t.py::a", outcome="passed", attempts=attempts),),
    )  # fmt: skip
    found = measure(rates.FLAKY, outcomes)
    assert [(one.path, one.message) for one in found.findings] == [
        ("t.py", "t.py::a: passed in attempt 2, after TimeoutError in call"),
        ("t.py", "t.py::b: passed when another plugin ran it again"),
    ]
    required = Requirement(gate="flaky_rate", threshold=Fraction(0), source="here")
    assert rates.remedy(Evidence(component=COMPONENT), found, required).startswith(
        "make 2 flaky tests steady: t.py::a: passed"
    )


# ── unhandled exceptions ─────────────────────────────────────────────────────

BOOM = Finding(path="t.py", rule="thread", message="t.py::a: Exception in thread Thread-1 (work): ValueError: boom")


@pytest.mark.parametrize(
    ("outcomes", "value", "note"),
    [
        (Outcomes(completed=1, passed=1), 0, "0 unhandled exceptions"),
        (Outcomes(completed=1, passed=1, unhandled=(BOOM,)), 1, "1 unhandled exception"),
        (Outcomes(completed=1, passed=1, unhandled=None), None, unhandled.UNWATCHED),
        (Outcomes(), None, "no test ran"),
    ],
)
def test_the_unhandled_exceptions(outcomes: Outcomes, value: int | None, note: str) -> None:
    found = measure(unhandled.GATE, outcomes)
    assert (found.value, found.note) == (value, note)


def test_an_unhandled_exception_is_named_with_its_test() -> None:
    evidence = Evidence(component=COMPONENT, outcomes=Outcomes(completed=1, passed=1, unhandled=(BOOM,)))
    assert remedy(unhandled.GATE, "0", evidence) == f"handle 1 exception where nobody does: {BOOM.message}"


def test_the_gates_know_their_direction_and_scale() -> None:
    gates = (pass_rate.GATE, coverage.GATE, rates.SKIPPED, rates.FLAKY, unhandled.GATE)
    assert [(gate.name, gate.better, gate.unit) for gate in gates] == [
        ("pass_rate", "higher", "%"), ("coverage", "higher", "%"), ("skipped_rate", "lower", "%"),
        ("flaky_rate", "lower", "%"), ("unhandled", "lower", ""),
    ]  # fmt: skip
