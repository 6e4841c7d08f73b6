"""Timings of tests: which numbers count, and what is none."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from pytest_maturity.model.timings import Timing


def test_the_worse_number_of_two_attempts_counts() -> None:
    first = Timing(test="a", limit_ms=5.0, call_ms=7.0, mean_ms=1.0)
    second = Timing(test="a", limit_ms=4.0, call_ms=6.0, is_benchmark=True, p95_ms=3.0)
    both = Timing(test="a", limit_ms=4.0, call_ms=7.0, is_benchmark=True, mean_ms=1.0, p95_ms=3.0)
    assert first.join(second) == second.join(first) == both == both.join(both)
    assert both.join(Timing(test="a")) == both
    assert Timing(test="a").join(Timing(test="a")) == Timing(test="a")


def test_it_is_read_from_plain_data() -> None:
    timing = Timing(test="a", is_benchmark=True, limit_ms=5.0, call_ms=0.0)
    assert Timing.from_dict(asdict(timing)) == timing


WORDS = "a time of a test is no number of milliseconds"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"call_ms": -1.0}, ValueError(WORDS)),
        ({"mean_ms": float("nan")}, ValueError(WORDS)),
        ({"p95_ms": float("inf")}, ValueError(WORDS)),
        ({"limit_ms": "fast"}, ValueError("could not convert")),
        ({"limit_ms": []}, TypeError("")),
        ({"more": 1}, TypeError("")),
    ],
)
def test_impossible_data_is_refused(changed: dict[str, Any], error: Exception) -> None:
    with pytest.raises(type(error), match=f"^{error}"):
        Timing.from_dict({**asdict(Timing(test="a")), **changed})
