"""Durations in days, hours and minutes, as the configuration and the command line write them, and times."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

DURATION = re.compile(r"([1-9][0-9]{0,4})([mhd])", re.ASCII)
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
LONGEST = timedelta(days=36500)
# What Python 3.10 reads, and RFC 3339 allows: a date, a time, at most nine decimal places, a time zone.
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """Returns the duration that a text like `30d`, `12h` or `45m` stands for. Raises ValueError for any other."""
    match = DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no duration like 30d, 12h or 45m")
    return min(int(match[1]) * UNITS[match[2]], LONGEST)


def parse_time(text: str) -> datetime:
    """Returns the time that a text in RFC 3339 stands for. Raises ValueError for any other, and without a zone."""
    match = TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time with a time zone")
    decimals = (match[2] or "0").ljust(6, "0")[:6]
    zone = "+00:00" if match[3] == "Z" else match[3]
    return datetime.fromisoformat(f"{match[1]}.{decimals}{zone}")


def describe_age(age: timedelta) -> str:
    """Returns the largest unit of an age, rounded down: `3 days`, `5 hours`, `7 minutes`."""
    seconds = max(age, timedelta()).total_seconds()
    for unit, length in (("day", 86400), ("hour", 3600)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    count = int(seconds // 60)
    return f"{count} minute{'' if count == 1 else 's'}"
