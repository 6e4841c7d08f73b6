"""Numbers never look better than they are, and dates are short."""

from __future__ import annotations

from datetime import datetime, timezone
from fractions import Fraction
from typing import Literal

import pytest

from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import RecordedGate, RecordedRequirement
from pytest_maturity.reports.numbers import (
    SPACE,
    find_difference,
    format_day,
    format_distance,
    format_moment,
    format_ranges,
    format_seconds,
    format_threshold,
    format_value,
    label_gate,
)

NOW = datetime(2026, 11, 30, 8, 41, tzinfo=timezone.utc)


def gate(value: str | None, threshold: str = "70", better: Literal["higher", "lower"] = "higher") -> RecordedGate:
    required = RecordedRequirement(threshold=Fraction(threshold), status=Status.FAILED)
    number = None if value is None else Fraction(value)
    return RecordedGate(name="new_coverage", value=number, better=better, unit="%", stages={"dev": required})


@pytest.mark.parametrize(
    ("value", "better", "shown"),
    [
        ("62.49", "higher", "62.4"),
        ("69.99", "higher", "69.9"),
        ("70.01", "lower", "70.1"),
        ("70.000001", "lower", "70.1"),
        ("69.999999", "higher", "69.9"),
        ("100", "higher", "100"),
    ],
)
def test_a_number_is_rounded_toward_failure(value: str, better: Literal["higher", "lower"], shown: str) -> None:
    made = gate(value, better=better)
    assert format_value(made, made.value) == f"{shown}{SPACE}%"


def test_a_number_never_looks_like_the_threshold_that_it_misses() -> None:
    made = gate("0.04", "0.1", "higher")
    assert format_value(made, made.value) == f"0.0{SPACE}%"
    close = gate("89.95", "89.9", "lower")
    assert (format_value(close, close.value), format_threshold(close, "dev")) == (f"90.0{SPACE}%", "89.9")
    same = gate("70.04", "70")
    assert format_value(same, same.value) == f"70.0{SPACE}%"


def test_an_unknown_number_is_a_word() -> None:
    assert format_value(gate(None), None) == "unknown"


def test_the_label_names_the_kinds_of_tests() -> None:
    assert label_gate(RecordedGate(name="pass_rate", value=None, kinds=("unit", "e2e"))) == "pass rate (unit, e2e)"


@pytest.mark.parametrize(
    ("now", "before", "better", "words", "status"),
    [
        ("62.4", "59.5", "higher", "better by 2.9", "passed"),
        ("59.5", "62.4", "higher", "worse by 2.9", "failed"),
        ("3", "8", "lower", "better by 5", "passed"),
        ("8", "3", "lower", "worse by 5", "failed"),
        ("62.41", "62.44", "higher", "worse by 0.03", "failed"),
        ("60.01", "60", "higher", "better by 0.01", "passed"),
        ("60.55", "60", "higher", "better by 0.5", "passed"),
        ("60", "60.55", "higher", "worse by 0.6", "failed"),
        ("60", "60", "higher", "same", "dim"),
        (None, "60", "higher", "unknown now", "unknown"),
        ("60", None, "higher", "known again", "passed"),
        (None, None, "higher", "same", "dim"),
    ],
)
def test_a_change_is_a_word(
    now: str | None, before: str | None, better: Literal["higher", "lower"], words: str, status: str
) -> None:
    change = find_difference(gate(now, better=better), None if before is None else Fraction(before))
    assert (change.words, change.status) == (words, status)


def test_a_gate_that_an_earlier_run_did_not_have_is_new() -> None:
    assert find_difference(gate("3"), None, is_known=False).words == "new"


def test_days_and_moments() -> None:
    assert format_day("2026-11-23T23:59:59.000+00:00", NOW) == "23 Nov"
    assert format_day("2025-11-23T00:00:00Z", NOW) == "23 Nov 2025"
    assert format_day("never") == "never"
    assert format_moment("2026-11-30T09:41:00+01:00") == "30 Nov 2026, 08:41"
    assert format_moment("never\x1b") == "never\\x1b"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-12-06T08:00:00+00:00", "in 6 days, 6 Dec"),
        ("2026-12-01T00:00:00+00:00", "in 1 day, 1 Dec"),
        ("2026-11-30T23:00:00+00:00", "today, 30 Nov"),
        ("2026-11-30T08:41:00+00:00", "ended 30 Nov"),
        ("2025-11-28T08:41:00+00:00", "ended 28 Nov 2025"),
        ("soon", "soon"),
    ],
)
def test_how_far_a_day_is(day: str, words: str) -> None:
    assert format_distance(day, NOW) == words


def test_durations_and_ranges() -> None:
    assert [format_seconds(one) for one in (0.26, 119.9, 185)] == [
        f"0.3{SPACE}s",
        f"119.9{SPACE}s",
        f"3{SPACE}min 5{SPACE}s",
    ]
    assert format_ranges([8, 3, 5, 6, 7]) == "3, 5-8"
    assert format_ranges([]) == ""
