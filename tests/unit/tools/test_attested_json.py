"""Attested numbers in JSON, and how old they are."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest

from pytest_maturity.model.attestations import Attested
from pytest_maturity.tools.attested_json import read_attested
from pytest_maturity.tools.findings import NotMeasuredError

NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def read(text: str, written: datetime | None = None, **table: Any) -> Attested:
    return read_attested(text, table, "a.json", written, NOW)


def test_booleans_are_numbers_and_digits_are_kept() -> None:
    assert read("true") == Attested(value=Fraction(1), note="a.json says 1")
    assert read('{"a": false}', pointer="/a") == Attested(value=Fraction(0), note="a.json says 0")
    assert read("99.95") == Attested(value=Fraction("99.95"), note="a.json says 99.95")


def test_the_time_in_the_text_wins_over_that_of_its_commit() -> None:
    text = '{"a": 1, "t": "2026-01-29T12:00:00Z"}'
    table = {"pointer": "/a", "timestamp": "/t", "max_age": "2d"}
    long_ago = NOW - timedelta(days=300)
    assert read(text, long_ago, **table) == Attested(value=Fraction(1), note="a.json says 1, 2 days old")
    assert read("1", NOW - timedelta(hours=3), max_age="3h").note == "a.json says 1, 3 hours old"
    assert read("1", NOW + timedelta(minutes=5), max_age="3h").note == "a.json says 1, 0 minutes old"


@pytest.mark.parametrize(
    ("text", "table", "words"),
    [
        ('{"t": "2026-01-29T11:59:59Z"}', {"max_age": "2d"}, "a.json is 2 days old, and 2d is the most"),
        (
            '{"t": "2026-01-31T12:05:01Z"}', {"max_age": "2d"},
            "a.json is from the future: 2026-01-31T12:05:01+00:00",
        ),
        (
            '{"t": "2026-01-31T12:00:00"}', {},
            "'/t' in a.json is '2026-01-31T12:00:00', no time with a time zone, like 2026-01-31T12:00:00Z",
        ),
        ('{"t": 1769860800}', {}, "'/t' in a.json is a number, not a time"),
        ('{"t": null}', {}, "'/t' in a.json is NoneType, not a time"),
        ("{}", {}, "there is no '/t' in a.json"),
    ],
)  # fmt: skip
def test_a_time_that_does_not_count_is_named(text: str, table: dict[str, str], words: str) -> None:
    text = text.replace("{", '{"a": 1, ', 1).replace(", }", "}")
    with pytest.raises(NotMeasuredError) as caught:
        read(text, None, pointer="/a", timestamp="/t", **table)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": "1"}', "'/a' in a.json is str, not a number"),
        ('{"b": 1}', "there is no '/a' in a.json"),
        ("{", "a.json is '{', not JSON"),
        ("", "a.json is nothing, not JSON"),
        ('{"a": Infinity}', "'Infinity' in a.json is not a number"),
    ],
)
def test_a_text_without_a_number_is_named(text: str, words: str) -> None:
    with pytest.raises(NotMeasuredError) as caught:
        read(text, pointer="/a")
    assert str(caught.value) == words
