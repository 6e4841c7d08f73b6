"""Failures with one cause."""

from __future__ import annotations

from pytest_maturity.model.evidence import Finding
from pytest_maturity.reports.causes import group_by_cause


def failure(test: str, message: str) -> Finding:
    return Finding(path="t.py", message=message, test=f"t.py::{test}")


def test_failures_that_differ_in_numbers_and_addresses_have_one_cause() -> None:
    lost = [failure(f"lost{number}", f"<Job at 0x7f{number}a> has no attribute 'run'") for number in range(3)]
    other = failure("other", "boom")
    groups = group_by_cause([other, *lost])
    assert [(cause.first, len(cause.tests)) for cause in groups] == [(lost[0], 3), (other, 1)]


def test_a_test_that_failed_twice_counts_once() -> None:
    (cause,) = group_by_cause([failure("a", "boom"), failure("a", "boom")])
    assert cause.tests == ("t.py::a",)


def test_findings_about_no_test_have_no_cause() -> None:
    assert group_by_cause([Finding(path="a.py", message="bad")]) == []
