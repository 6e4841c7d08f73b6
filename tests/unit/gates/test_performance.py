"""The gate `performance`: limits that were kept, and the slowest benchmark."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.gates.performance import GATE
from pytest_maturity.model.evidence import Component, Evidence, Finding, Outcomes
from pytest_maturity.model.gates import Context, Measurement, Requirement
from pytest_maturity.model.timings import Timing

CONTEXT = Context(root=Path("/project"))
SHOP = Component(name="shop", sources=(), files=(), found_by="src")


def evidence(*timings: Timing) -> Evidence:
    return Evidence(component=SHOP, outcomes=Outcomes(timings=timings))


def measure(*timings: Timing) -> Measurement:
    return GATE.measure(evidence(*timings), CONTEXT)


def limited(name: str, call_ms: float | None, limit_ms: float = 5.0) -> Timing:
    return Timing(test=f"tests/test_a.py::{name}", limit_ms=limit_ms, call_ms=call_ms)


def benchmark(name: str, mean_ms: float | None, p95_ms: float | None) -> Timing:
    return Timing(test=f"tests/test_a.py::{name}", is_benchmark=True, mean_ms=mean_ms, p95_ms=p95_ms)


def test_tests_above_their_limits_are_counted() -> None:
    found = measure(limited("b", 5.1), limited("a", 70), limited("c", 5.0))
    assert (found.value, found.note) == (2, "of 3 tests with a limit")
    assert found.findings == [
        Finding(path="tests/test_a.py", rule="sla", message=f"{name} took {took} ms, 5 ms is the most",
                test=f"tests/test_a.py::{name}")
        for name, took in (("a", "70"), ("b", "5.1"))
    ]  # fmt: skip


def test_what_was_not_timed_is_unknown() -> None:
    assert (measure().value, measure().note) == (None, "no test has the marker maturity_sla")
    found = measure(limited("a", 1), limited("b", None))
    assert (found.value, found.note) == (None, "1 test with a limit did not run: tests/test_a.py::b")


def test_the_worst_benchmark_of_each_line_counts() -> None:
    found = measure(benchmark("a", 1.5, 9.25), benchmark("b", 2.0000000001, 3.0))
    numbers = {"p95_ms": "9.25", "mean_ms": "2.000001", "ops": "499.999999"}
    assert found.breakdown == {line: Fraction(number) for line, number in numbers.items()}
    slowest = {"p95_ms": "a", "mean_ms": "b", "ops": "b"}
    assert found.line_notes == {line: f"slowest: tests/test_a.py::{name}" for line, name in slowest.items()}
    assert found.value is None


def test_a_benchmark_without_a_result_is_unknown() -> None:
    nothing = {"p95_ms": None, "mean_ms": None, "ops": None}
    assert measure(limited("a", 1)).breakdown == nothing
    assert measure(limited("a", 1)).line_notes["p95_ms"] == "no test is a benchmark of pytest-benchmark"
    found = measure(benchmark("a", 1.0, 2.0), benchmark("b", None, None))
    assert found.breakdown == nothing
    assert found.line_notes["mean_ms"].startswith("1 benchmark without a result: tests/test_a.py::b; pytest-benchmark")


def test_operations_a_second_are_never_rounded_up_and_are_better_the_higher() -> None:
    assert measure(benchmark("a", 3.0, 3.0)).breakdown["ops"] == Fraction("333.333333")
    directions = [GATE.find_better(line) for line in ("", "p95_ms", "mean_ms", "ops")]
    assert directions == ["lower", "lower", "lower", "higher"]


@pytest.mark.parametrize("mean", [0.0, 5e-324])
def test_a_benchmark_that_takes_no_time_has_no_operations_a_second(mean: float) -> None:
    found = measure(benchmark("a", mean, 1.0))
    assert found.breakdown["ops"] is None
    assert found.line_notes["ops"] == "slowest: tests/test_a.py::a; it took less time than the clock can tell"


def test_the_remedy_runs_what_is_too_slow() -> None:
    assert GATE.remedy is not None
    known = evidence(limited("a", 70), limited("b", 1), benchmark("c", 1.0, 2.0))
    found = GATE.measure(known, CONTEXT)
    count = Requirement(gate="performance", threshold=Fraction(0), source="here")
    made = GATE.remedy(known, found, count)
    assert (made.text, made.command[1:]) == ("make 1 test faster", ("--durations=0", "tests/test_a.py::a"))
    line = Requirement(gate="performance", threshold=Fraction(0), source="here", line="p95_ms")
    made = GATE.remedy(known, found, line)
    assert made.command[1:] == ("tests/test_a.py::c",)
