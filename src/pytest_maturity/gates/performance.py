"""The gate `performance`: the tests that took longer than their marker allows, and the slowest benchmarks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from ..model.evidence import Evidence, Finding
from ..model.gates import LARGEST, Context, Gate, Measurement, Remedy, Requirement
from ..model.text import first_few, format_number, plural, safe
from ..model.timings import Timing
from ..tools.processes import find_program

P95, MEAN, OPS = LINES = ("p95_ms", "mean_ms", "ops")
NO_LIMIT = "no test has the marker maturity_sla"
NO_BENCHMARK = "no test is a benchmark of pytest-benchmark"
TOO_FAST = "it took less time than the clock can tell"


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns how many tests took longer than `maturity_sla` allows, and the numbers of the slowest benchmarks.

    Unknown where no test has a limit, or one with a limit was not timed; a line, where there is no benchmark, or one
    has no result.
    """
    limited = [one for one in evidence.outcomes.timings if one.limit_ms is not None]
    benchmarks = [one for one in evidence.outcomes.timings if one.is_benchmark]
    slow = [one for one in limited if (one.call_ms or 0) > (one.limit_ms or 0)]
    untimed = [one.test for one in limited if one.call_ms is None]
    value, note = (None, NO_LIMIT) if not limited else (len(slow), f"of {plural(len(limited), 'test')} with a limit")
    if untimed:
        value, note = None, f"{plural(len(untimed), 'test')} with a limit did not run: {first_few(untimed)}"
    found = {line: find_slowest(benchmarks, line) for line in LINES}
    return Measurement(
        value,
        note,
        [describe(one) for one in sorted(slow, key=lambda one: one.test)],
        {line: number for line, (number, _) in found.items()},
        {line: words for line, (_, words) in found.items()},
    )


def find_slowest(benchmarks: Sequence[Timing], line: str) -> tuple[Fraction | None, str]:
    """Returns a line's number of the slowest benchmark and whose it is; None, with the reason, where one is missing."""
    numbers = {one.test: one.p95_ms if line == P95 else one.mean_ms for one in benchmarks}
    missing = [test for test, number in numbers.items() if number is None]
    if missing:
        words = "pytest-benchmark measures nothing with pytest-xdist, and where it is switched off"
        return None, f"{plural(len(missing), 'benchmark')} without a result: {first_few(missing)}; {words}"
    known = {test: number for test, number in numbers.items() if number is not None}
    if not known:
        return None, NO_BENCHMARK
    slowest = max(known, key=lambda test: (known[test], test))
    note = f"slowest: {safe(slowest, 200)}"
    if line != OPS:
        return round_up(known[slowest]), note
    per_second = 1000 / Fraction(known[slowest]) if known[slowest] else Fraction(LARGEST)
    return (round_down(per_second), note) if per_second < LARGEST else (None, f"{note}; {TOO_FAST}")


def describe(timing: Timing) -> Finding:
    """Returns the finding about a test that took too long."""
    path, _, name = timing.test.partition("::")
    took, limit = (format_number(round_up(number or 0), "lower") for number in (timing.call_ms, timing.limit_ms))
    return Finding(path=path, message=f"{name} took {took} ms, {limit} ms is the most", rule="sla", test=timing.test)


def round_up(milliseconds: float) -> Fraction:
    """Returns a number of milliseconds in whole nanoseconds, no better than measured."""
    return Fraction(math.ceil(milliseconds * 10**6), 10**6)


def round_down(number: Fraction) -> Fraction:
    """Returns a number with six decimal places, no better than measured where more is better."""
    return Fraction(math.floor(number * 10**6), 10**6)


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns the command that runs what is too slow."""
    if requirement.line:
        tests = [one.test for one in evidence.outcomes.timings if one.is_benchmark]
        return Remedy("make what the slowest benchmark measures faster", (find_program("pytest"), *tests))
    tests = [finding.test for finding in measurement.findings]
    return Remedy(f"make {plural(len(tests), 'test')} faster", (find_program("pytest"), "--durations=0", *tests))


GATE = Gate("performance", measure, better="lower", remedy=suggest_remedy, lines=LINES, line_better={OPS: "higher"})
