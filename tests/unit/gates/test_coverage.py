"""The gate for coverage: exact, unknown where nothing was measured, with the missing lines as data."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.gates.coverage import GATE
from pytest_maturity.model.evidence import Component, Coverage, Evidence, FileCoverage, Outcomes

from .evidence import CONTEXT, evidence_of, measure, remedy, traits

RAN = Outcomes(collected=1, completed=1, passed=1)


def file(path: str, statements: int, covered: int, branches: int = 0, taken: int = 0) -> FileCoverage:
    return FileCoverage(
        path=path, statements=statements, covered_lines=covered, branches=branches, covered_branches=taken,
        missing_lines=tuple(range(covered + 1, statements + 1)),
    )  # fmt: skip


def test_lines_and_branches_of_all_files_count() -> None:
    found = Coverage(files=(file("a.py", 10, 5, 4, 1), file("b.py", 6, 6)), branch=True)
    assert measure(GATE, RAN, found).value == Fraction(100 * 12, 20)


@pytest.mark.parametrize(
    ("outcomes", "found", "note"),
    [
        (RAN, Coverage(problem="nothing measured coverage", files=(file("a.py", 1, 1),)), "nothing measured coverage"),
        (RAN, Coverage(), "the component has no statement to cover"),
        (RAN, Coverage(files=(file("a.py", 0, 0),)), "the component has no statement to cover"),
        (Outcomes(), Coverage(files=(file("a.py", 1, 1),)), "no test ran"),
    ],
)
def test_coverage_that_was_not_measured_is_unknown(outcomes: Outcomes, found: Coverage, note: str) -> None:
    answer = measure(GATE, outcomes, found)
    assert (answer.value, answer.note) == (None, note)


@pytest.mark.parametrize(
    ("files", "note"),
    [
        (2, "the component has no statement to cover; its configuration omits 1 other file"),
        (3, "the component has no statement to cover; its configuration omits 2 other files"),
        (1, "the component has no statement to cover"),
        (0, "the component has no statement to cover"),
    ],
)
def test_omitted_files_are_named_as_the_reason_where_nothing_is_left(files: int, note: str) -> None:
    component = Component(name="a", sources=(), files=tuple(Path(f"/{n}.py") for n in range(files)), found_by="src")
    found = Coverage(files=(file("a.py", 0, 0),))
    assert GATE.measure(Evidence(component=component, outcomes=RAN, coverage=found), CONTEXT).note == note


def test_the_note_names_the_files_that_miss_most() -> None:
    files = (file("full.py", 9, 9), file("small.py", 2, 1), file("big.py", 100, 10), file("mid.py", 10, 5))
    answer = measure(GATE, RAN, Coverage(files=files, notes=("remember this",)))
    assert answer.note == "big.py 10 %, mid.py 50 %; remember this"
    assert [one.location for one in answer.findings] == ["big.py:11-100", "mid.py:6-10", "small.py:2"]
    assert measure(GATE, RAN, Coverage(files=(file("a.py", 1, 1),), notes=("x",))).note == "x"


def test_of_two_files_that_miss_as_much_the_first_by_name_comes_first() -> None:
    answer = measure(GATE, RAN, Coverage(files=(file("b.py", 2, 1), file("a.py", 9, 8))))
    assert [one.path for one in answer.findings] == ["a.py", "b.py"]


def test_a_finding_has_the_missing_lines_as_ranges() -> None:
    gaps = FileCoverage(path="a.py", statements=9, covered_lines=5, missing_lines=(3, 4, 5, 8))
    (only,) = measure(GATE, RAN, Coverage(files=(gaps,))).findings
    assert (only.line, only.ranges, only.rule) == (3, ((3, 5), (8, 8)), "missing")
    assert (only.location, only.message) == ("a.py:3-5,8", "4 lines not covered")


def test_branches_that_were_not_taken_are_counted_apart() -> None:
    (only,) = measure(GATE, RAN, Coverage(files=(file("a.py", 4, 4, 4, 2),))).findings
    assert (only.line, only.ranges, only.message) == (None, (), "2 branches not taken")
    branches = replace(file("a.py", 4, 4, 4, 2), missing_branches=((7, 9), (7, -1)))
    (placed,) = measure(GATE, RAN, Coverage(files=(branches,))).findings
    assert (placed.line, placed.location) == (7, "a.py:7")
    (only,) = measure(GATE, RAN, Coverage(files=(file("a.py", 4, 3, 2, 1),))).findings
    assert (only.line, only.message) == (4, "1 line not covered, 1 branch not taken")


@pytest.mark.parametrize(
    ("statements", "covered", "branch", "threshold", "text"),
    [
        (1000, 699, False, "70", "cover 1 more line"),
        (10_000, 6996, False, "70", "cover 4 more lines"),
        (10, 5, True, "70", "cover 2 more lines or branches"),
        (10, 6, True, "70", "cover 1 more line or branch"),
        (3, 2, False, "66.67", "cover 1 more line"),
    ],
)
def test_the_remedy_counts_the_lines(statements: int, covered: int, branch: bool, threshold: str, text: str) -> None:
    found = Coverage(files=(file("a.py", statements, covered),), branch=branch)
    answer = remedy(GATE, threshold, evidence_of(RAN, found))
    assert (answer.text, answer.command) == (text, ())


def test_more_is_better_and_the_unit_is_per_cent() -> None:
    assert traits(GATE) == ("coverage", "higher", "%")
