"""The share of changed statements that tests executed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.gates.new_code_coverage import GATE
from pytest_maturity.model.evidence import Coverage, Evidence, FileCoverage, Finding, NewCode, Outcomes
from pytest_maturity.model.gates import Context, Measurement, Requirement

from .evidence import evidence_of

RAN = Outcomes(passed=1)
CONTEXT = Context(root=Path("/project"))


def file(path: str, statements: tuple[int, ...], missing: tuple[int, ...] = ()) -> FileCoverage:
    return FileCoverage(
        path=path, statements=len(statements), covered_lines=len(statements) - len(missing),
        statement_lines=statements, missing_lines=missing,
    )  # fmt: skip


def evidence(lines: dict[str, set[int]], *files: FileCoverage, outcomes: Outcomes = RAN) -> Evidence:
    new = NewCode(branch="main", commit="1", lines={path: frozenset(one) for path, one in lines.items()})
    return replace(evidence_of(outcomes, Coverage(files=files)), new_code=new)


def measure(found: Evidence) -> Measurement:
    return GATE.measure(found, CONTEXT)


def test_only_changed_statements_count() -> None:
    found = measure(
        evidence(
            {"a.py": {2, 3, 4, 9}, "b.py": {1}, "gone.txt": {1}},
            file("a.py", (1, 3, 4, 7, 9), (4, 7)), file("b.py", (1, 2), (1, 2)), file("c.py", (1,), (1,)),
        )
    )  # fmt: skip
    assert found.value == Fraction(50)
    assert found.note == "2 of 4 changed statements since main"
    assert list(found.findings) == [
        Finding(path="a.py", line=4, message="1 changed line not covered", rule="missing", ranges=((4, 4),)),
        Finding(path="b.py", line=1, message="1 changed line not covered", rule="missing", ranges=((1, 1),)),
    ]


def test_where_no_statement_changed_there_is_nothing_to_measure() -> None:
    found = measure(evidence({"a.py": {2}}, file("a.py", (1,), (1,))))
    assert (found.value, found.is_applicable, found.note) == (None, False, "no executable line changed since main")


def test_changed_files_that_coverage_omits_are_named() -> None:
    found = measure(evidence({"a.py": {1}, "_version.py": {1}, "x.toml": {1}}, file("a.py", (1,))))
    assert found.note == "1 of 1 changed statement since main; its configuration omits _version.py"
    assert (
        measure(evidence({"b.py": {1}})).note == "no executable line changed since main; its configuration omits b.py"
    )


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"new_code": NewCode(problem="this clone is too shallow")}, "this clone is too shallow"),
        ({"coverage": Coverage(problem="no tracer")}, "no tracer"),
        ({"outcomes": Outcomes(skipped=2)}, "every test was skipped"),
        ({"outcomes": Outcomes()}, "no test ran"),
    ],
)
def test_what_cannot_be_measured_is_unknown(changed: dict[str, object], note: str) -> None:
    found = measure(replace(evidence({"a.py": {1}}, file("a.py", (1,))), **changed))  # type: ignore[arg-type]
    assert (found.value, found.is_applicable, found.note) == (None, True, note)


def test_the_remedy_counts_changed_lines() -> None:
    found = evidence({"a.py": {1, 2, 3}}, file("a.py", (1, 2, 3, 4), (2, 3)))
    requirement = Requirement(gate="new_code_coverage", threshold=Fraction(80), source="here")
    assert GATE.remedy is not None
    assert GATE.remedy(found, measure(found), requirement).text == "cover 2 more changed lines"
