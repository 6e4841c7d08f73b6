"""The pass rate: exact, and unknown where no test passed or failed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_maturity.gates.pass_rate import GATE
from pytest_maturity.model.evidence import Finding, Outcomes
from pytest_maturity.tools.processes import find_program

from .evidence import evidence_of, measure, remedy, traits


@pytest.mark.parametrize(
    ("outcomes", "value", "note"),
    [
        (Outcomes(collected=3, passed=3), 100, "3 tests"),
        (Outcomes(collected=3, passed=2, failed=1), Fraction(200, 3), "3 tests"),
        (Outcomes(collected=3, passed=2, error=1), Fraction(200, 3), "3 tests"),
        (Outcomes(collected=1, failed=1), 0, "1 test"),
        (Outcomes(collected=1, error=1), 0, "1 test"),
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
    found = measure(GATE, outcomes)
    assert (found.value, found.note) == (value, note)


def failures(*tests: str) -> Outcomes:
    findings = tuple(Finding(path="t.py", message="boom: x", test=test) for test in tests)
    return Outcomes(collected=len(tests), failed=len(tests), failures=findings)


def test_the_findings_are_the_failures() -> None:
    outcomes = failures("t.py::a", "t.py::b")
    assert measure(GATE, outcomes).findings == outcomes.failures


def test_the_remedy_counts_each_test_once_and_runs_the_first_three() -> None:
    found = remedy(GATE, "100", evidence_of(failures("t.py::a", "t.py::b", "t.py::b", "t.py::c", "t.py::d")))
    assert found.text == "fix 4 tests"
    assert found.command == (find_program("pytest"), "t.py::a", "t.py::b", "t.py::c")


@pytest.mark.parametrize("test", ["t.py::total[a: b]", "t.py::total[$(rm x)]", "t.py::total[it's]", "t.py"])
def test_the_command_has_the_whole_node_id(test: str) -> None:
    assert remedy(GATE, "100", evidence_of(failures(test))).command == (find_program("pytest"), test)


def test_more_is_better_and_the_unit_is_per_cent() -> None:
    assert traits(GATE) == ("pass_rate", "higher", "%")
