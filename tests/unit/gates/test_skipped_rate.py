"""The skipped rate: of the tests that passed or were skipped."""

from __future__ import annotations

import pytest

from pytest_maturity.gates.skipped_rate import GATE
from pytest_maturity.model.evidence import Outcomes

from .evidence import measure, traits


@pytest.mark.parametrize(
    ("outcomes", "value", "note"),
    [
        (Outcomes(collected=4, skipped=1, passed=3), 25, "1 skipped test"),
        (Outcomes(collected=9, skipped=1, passed=3, failed=5), 25, "1 skipped test"),
        (Outcomes(collected=3, passed=3), 0, "0 skipped tests"),
        (Outcomes(collected=3, skipped=3), 100, "3 skipped tests"),
        (Outcomes(collected=1, failed=1), None, "no test passed or was skipped"),
    ],
)
def test_the_rate_does_not_count_failed_tests(outcomes: Outcomes, value: int | None, note: str) -> None:
    found = measure(GATE, outcomes)
    assert (found.value, found.note) == (value, note)


def test_less_is_better_and_the_unit_is_per_cent() -> None:
    assert traits(GATE) == ("skipped_rate", "lower", "%")
