"""Exceptions in threads and finalizers: counted where pytest reports them, else unknown."""

from __future__ import annotations

import pytest

from pytest_maturity.gates.unhandled import GATE, NOT_REPORTED
from pytest_maturity.model.evidence import Finding, Outcomes

from .evidence import evidence_of, measure, remedy, traits

BOOM = Finding(path="t.py", rule="thread", message="Exception in thread Thread-1: ValueError: boom", test="t.py::a")
LATE = Finding(path="", rule="unraisable", message="outside the tests: late")


@pytest.mark.parametrize(
    ("outcomes", "value", "note"),
    [
        (Outcomes(completed=1, passed=1), 0, "0 unhandled exceptions"),
        (Outcomes(completed=1, passed=1, unhandled=(BOOM,)), 1, "1 unhandled exception"),
        (Outcomes(completed=1, passed=1, unhandled=None), None, NOT_REPORTED),
        (Outcomes(), None, "no test ran"),
    ],
)
def test_exceptions_that_nothing_handled_count(outcomes: Outcomes, value: int | None, note: str) -> None:
    found = measure(GATE, outcomes)
    assert (found.value, found.note) == (value, note)


def test_the_findings_are_the_exceptions() -> None:
    assert measure(GATE, Outcomes(completed=1, unhandled=(BOOM, LATE))).findings == (BOOM, LATE)


def test_the_remedy_counts_the_exceptions() -> None:
    found = remedy(GATE, "0", evidence_of(Outcomes(completed=1, passed=1, unhandled=(BOOM, LATE))))
    assert found.text == "handle 2 exceptions that nothing handles"


def test_less_is_better() -> None:
    assert traits(GATE) == ("unhandled", "lower", "")
