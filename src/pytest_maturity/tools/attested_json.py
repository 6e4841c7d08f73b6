"""Attested numbers in JSON: the number at a pointer, and how old it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from ..model.attestations import Attested
from ..model.durations import describe_age, parse_duration, parse_time
from ..model.text import decimal_places, format_number, safe
from .findings import NotMeasuredError
from .json_numbers import JsonNumber, parse_document, read_number, resolve_pointer

TOLERANCE = timedelta(minutes=5)  # between the clocks of two machines


def read_attested(text: str, table: Mapping[str, Any], where: str, written: datetime | None, now: datetime) -> Attested:
    """Returns the number that a JSON text attests, as the table of the attestation says.

    `where` names the text in messages. Its age is that of the time at the pointer `timestamp`; without one, that of
    `written`. Raises NotMeasuredError where there is no number, no time, or an age above `max_age`.
    """
    document = parse_document(text, where)
    pointer, age = table.get("pointer", ""), ""
    found = resolve_pointer(document, pointer, where)
    value = Fraction(int(found)) if isinstance(found, bool) else Fraction(read_number(found, pointer, where))
    if "timestamp" in table:
        written = read_time(resolve_pointer(document, table["timestamp"], where), table["timestamp"], where)
    if written is not None:
        check_age(written, table.get("max_age", ""), where, now)
        age = f", {describe_age(now - written)} old"
    shown = format_number(value, digits=decimal_places(value))
    return Attested(value=value, note=f"{where} says {shown}{age}")


def read_time(found: Any, pointer: str, where: str) -> datetime:
    """Returns the time at a pointer. Raises NotMeasuredError where it is none, or has no time zone."""
    if not isinstance(found, str) or isinstance(found, JsonNumber):
        kind = "a number" if isinstance(found, JsonNumber) else type(found).__name__
        raise NotMeasuredError(f"{pointer!r} in {where} is {kind}, not a time")
    try:
        return parse_time(found)
    except ValueError:
        words = "no time with a time zone, like 2026-01-31T12:00:00Z"
        raise NotMeasuredError(f"{pointer!r} in {where} is {safe(found, 60)!r}, {words}") from None


def check_age(written: datetime, max_age: str, where: str, now: datetime) -> None:
    """Raises NotMeasuredError for what was written in the future, or longer ago than `max_age`, empty for no limit."""
    if written > now + TOLERANCE:
        raise NotMeasuredError(f"{where} is from the future: {written.isoformat(timespec='seconds')}")
    if max_age and now - written > parse_duration(max_age):
        raise NotMeasuredError(f"{where} is {describe_age(now - written)} old, and {max_age} is the most")
