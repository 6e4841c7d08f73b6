"""The gate `duration`: the seconds of the component's tests, of all together and of the slowest one."""

from __future__ import annotations

import math
from fractions import Fraction

from ..model.evidence import Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import format_number, plural, safe
from ..tools.processes import find_program

TOTAL, SLOWEST = LINES = ("total_s", "slowest_s")


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the seconds of all tests; unknown where no test ran, not all ran to their end, or one was not timed."""
    counts = evidence.outcomes
    if not counts.completed:
        return Measurement(None, "no test ran")
    if counts.completed < counts.collected:
        return Measurement(None, f"only {counts.completed} of {plural(counts.collected, 'test')} ran to the end")
    if counts.duration_s is None or not counts.durations:
        return Measurement(None, "not every test was timed")
    # Not findings about tests: those are grouped by their messages, as failures with one cause.
    findings = [
        Finding(path=path, message=f"{format_seconds(seconds)}: {name}", rule=SLOWEST, severity=TOTAL)
        for test, seconds in counts.durations
        for path, _, name in [test.partition("::")]
    ]
    slowest_test, seconds = counts.durations[0]
    total, slowest = round_up(counts.duration_s), round_up(seconds)
    note = f"slowest: {safe(slowest_test, 200)} {format_seconds(seconds)}"
    return Measurement(total, note, findings, {TOTAL: total, SLOWEST: slowest})


def format_seconds(seconds: float) -> str:
    """Returns a number of seconds with its unit."""
    return f"{format_number(round_up(seconds), 'lower')} s"


def round_up(seconds: float) -> Fraction:
    """Returns a number of seconds in whole milliseconds, no better than measured."""
    return Fraction(math.ceil(seconds * 1000), 1000)


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns the command that times the slowest tests."""
    tests = [test for test, _ in evidence.outcomes.durations]
    return Remedy("make the tests faster, the slowest first", (find_program("pytest"), "--durations=0", *tests))


GATE = Gate("duration", measure, better="lower", unit="s", remedy=suggest_remedy, lines=LINES, by_kind=True)
