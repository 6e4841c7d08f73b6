"""The flaky rate: of the tests that passed, those that passed only after a rerun."""

from __future__ import annotations

import pytest

from pytest_maturity.gates.flaky_rate import GATE
from pytest_maturity.model.evidence import Outcomes
from pytest_maturity.model.retries import Attempt, RetriedTest

from .evidence import evidence_of, measure, remedy, traits


@pytest.mark.parametrize(
    ("outcomes", "value", "note"),
    [
        (Outcomes(collected=6, passed=4, failed=2, flaky=2, flaky_tests=("a", "b")), 50, "2 flaky tests"),
        (Outcomes(collected=1, passed=1), 0, "0 flaky tests"),
        (Outcomes(collected=1, failed=1), None, "no test passed; mend those that failed first"),
        (Outcomes(collected=1, skipped=1), None, "no test passed"),
    ],
)
def test_the_rate_does_not_count_failed_tests(outcomes: Outcomes, value: int | None, note: str) -> None:
    found = measure(GATE, outcomes)
    assert (found.value, found.note) == (value, note)


ATTEMPTS = (
    Attempt(number=1, outcome="failed", phase="setup", exception="ConnectionError"),
    Attempt(number=2, outcome="failed", phase="call", exception="TimeoutError", message="too slow"),
    Attempt(number=3, outcome="passed"),
)
FLAKY = Outcomes(
    passed=2, flaky=2, flaky_tests=("t.py::a", "t.py::b"),
    retried=(RetriedTest(test="t.py::a", outcome="passed", attempts=ATTEMPTS),),
)  # fmt: skip


def test_a_flaky_test_is_a_finding_with_its_attempts() -> None:
    after = "passed in attempt 3, after ConnectionError in setup, TimeoutError in call"
    assert [(one.path, one.test, one.rule, one.message) for one in measure(GATE, FLAKY).findings] == [
        ("t.py", "t.py::a", "flaky", f"{after}: too slow"),
        ("t.py", "t.py::b", "flaky", "passed when another plugin ran it again"),
    ]


def test_the_remedy_counts_the_flaky_tests() -> None:
    found = remedy(GATE, "0", evidence_of(FLAKY))
    assert (found.text, found.command) == ("stabilize 2 flaky tests", ())


def test_less_is_better_and_the_unit_is_per_cent() -> None:
    assert traits(GATE) == ("flaky_rate", "lower", "%")
