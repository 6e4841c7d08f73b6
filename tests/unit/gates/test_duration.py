"""The seconds of a component's tests."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pytest_maturity.gates.duration import GATE
from pytest_maturity.model.evidence import Outcomes
from pytest_maturity.tools.processes import find_program

from .evidence import evidence_of, measure, remedy, traits

RAN = Outcomes(
    collected=2, completed=2, passed=2, duration_s=3.00001, durations=(("t.py::slow", 2.5), ("t.py::quick", 0.50001))
)


def test_the_value_is_the_sum_and_the_lines_are_the_sum_and_the_slowest() -> None:
    found = measure(GATE, RAN)
    assert found.value == Fraction(3001, 1000)  # rounded up to milliseconds
    assert found.breakdown == {"total_s": Fraction(3001, 1000), "slowest_s": Fraction(5, 2)}
    assert found.note == "slowest: t.py::slow 2.5 s"


def test_the_findings_are_the_slowest_tests_of_both_lines() -> None:
    found = [(one.path, one.message) for one in measure(GATE, RAN).findings]
    assert found == [("t.py", "2.5 s: slow"), ("t.py", "0.6 s: quick")]
    assert {(one.severity, one.rule) for one in measure(GATE, RAN).findings} == {("total_s", "slowest_s")}


@pytest.mark.parametrize(
    ("outcomes", "note"),
    [
        (Outcomes(), "no test ran"),
        (replace(RAN, collected=3), "only 2 of 3 tests ran to the end"),
        (replace(RAN, duration_s=None), "not every test was timed"),
        (replace(RAN, durations=()), "not every test was timed"),
    ],
)
def test_a_part_of_the_time_is_no_number(outcomes: Outcomes, note: str) -> None:
    found = measure(GATE, outcomes)
    assert (found.value, found.note) == (None, note)


def test_the_remedy_is_to_time_the_slowest_tests() -> None:
    found = remedy(GATE, "1", evidence_of(RAN))
    assert found.text == "make the tests faster, the slowest first"
    assert found.command == (find_program("pytest"), "--durations=0", "t.py::slow", "t.py::quick")


def test_less_is_better() -> None:
    assert traits(GATE) == ("duration", "lower", "s")
    assert GATE.lines == ("total_s", "slowest_s")
