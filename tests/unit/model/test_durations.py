"""Durations and times as people write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from pytest_maturity.model.durations import LONGEST, describe_age, parse_duration, parse_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30d", timedelta(days=30)), ("12h", timedelta(hours=12)), ("45m", timedelta(minutes=45))],
)
def test_a_duration_has_one_unit(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


def test_a_duration_has_a_limit() -> None:
    assert parse_duration("99999d") == LONGEST == timedelta(days=36500)


@pytest.mark.parametrize("text", ["", "30", "d", "0d", "-1d", "1.5d", "30 d", "30D", "1d12h", "100000d", "30d\n", "٣d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no duration like 30d, 12h or 45m$"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=timezone.utc)),
        ("2026-01-31T13:00:00.5+01:00", datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=timezone.utc)),
        ("2026-01-31T12:00:00.123456789Z", datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=timezone.utc)),
    ],
)
def test_a_time_has_a_zone(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text", ["2026-01-31T12:00:00", "2026-01-31", "2026-02-31T12:00:00Z", "1796081250", "2026-01-31 12:00:00Z", ""]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(days=3, hours=23), "3 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(seconds=61), "1 minute"),
        (timedelta(seconds=-5), "0 minutes"),
    ],
)
def test_an_age_is_rounded_down_to_its_largest_unit(age: timedelta, words: str) -> None:
    assert describe_age(age) == words
