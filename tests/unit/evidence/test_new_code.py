"""The part of a measurement that is about changed lines."""

from __future__ import annotations

import pytest

from pytest_maturity.evidence.new_code import select_new
from pytest_maturity.model.evidence import Finding, NewCode
from pytest_maturity.model.gates import Measurement

NEW = NewCode(branch="main", commit="1", lines={"a.py": frozenset({3, 4}), "c.py": frozenset()}, changed=2)


def finding(path: str, line: int | None, severity: str = "", ranges: tuple[tuple[int, int], ...] = ()) -> Finding:
    return Finding(path=path, line=line, message="m", severity=severity, ranges=ranges)


@pytest.mark.parametrize(
    ("one", "is_new"),
    [
        (finding("a.py", 3), True),
        (finding("a.py", 5), False),
        (finding("b.py", 3), False),
        (finding("a.py", None), True),  # about a whole file that changed
        (finding("b.py", None), False),
        (finding("c.py", None), False),
        (finding("a.py", None, ranges=((1, 2), (4, 9))), True),
        (finding("a.py", None, ranges=((1, 2), (5, 9))), False),
    ],
)
def test_a_finding_is_new_where_its_line_changed(one: Finding, is_new: bool) -> None:
    assert NEW.has_finding(one) is is_new


def test_value_breakdown_and_findings_are_those_of_changed_lines() -> None:
    findings = [finding("a.py", 3, "high"), finding("a.py", 9, "high"), finding("b.py", 1, "low")]
    found = select_new(Measurement(3, "bandit", findings, {"high": 2, "low": 1, "critical": None}), NEW)
    assert (found.value, list(found.findings), found.breakdown) == (
        1,
        findings[:1],
        {"high": 1, "low": 0, "critical": None},
    )
    assert found.note == "bandit; 2 lines changed since main"


def test_what_is_not_known_stays_unknown() -> None:
    unknown = Measurement(None, "ruff is not installed")
    assert select_new(unknown, NEW).value is None
    found = select_new(Measurement(0), NewCode(problem="this clone is too shallow"))
    assert (found.value, found.note) == (None, "this clone is too shallow")


def test_a_gate_that_names_fewer_findings_than_it_counts_is_unknown() -> None:
    found = select_new(Measurement(5, "", [finding("a.py", 3)]), NEW)
    assert found == Measurement(None, "the gate does not name each finding that it counts")


def test_a_long_name_of_a_branch_is_cut() -> None:
    new_code = NewCode(branch="b" * 61, commit="1", lines={}, changed=1)
    assert select_new(Measurement(0), new_code).note == f"1 line changed since {'b' * 57}..."
