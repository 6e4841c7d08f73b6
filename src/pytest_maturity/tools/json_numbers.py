"""Finds one number in a JSON text, with all of its digits."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

from ..model.text import safe
from .findings import NotMeasuredError, quote_first_line

DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
LONGEST_NUMBER = 400  # characters: a longer text is no measurement, and slow to convert exactly
OUTPUT = "its output"


class NothingMatchedError(NotMeasuredError):
    """A text has no number where the configuration looks for it."""


class JsonNumber(str):
    """A number with the digits that the JSON text wrote."""

    __slots__ = ()


def find_in_json(pointer: str, text: str) -> int | Fraction:
    """Returns the number at a JSON pointer in a command's output.

    Raises NotMeasuredError; where nothing is there, NothingMatchedError.
    """
    return read_number(resolve_pointer(parse_document(text), pointer), pointer)


def read_number(found: Any, pointer: str, where: str = OUTPUT) -> int | Fraction:
    """Returns the number that stands at a pointer; messages name the text as `where`. Raises NotMeasuredError."""
    if not isinstance(found, JsonNumber):
        raise NotMeasuredError(f"{pointer!r} in {where} is {type(found).__name__}, not a number")
    return parse_number(found, where)


def parse_document(text: str, where: str = OUTPUT) -> Any:
    """Returns a JSON document whose numbers are JsonNumber. Raises NotMeasuredError, NothingMatchedError if empty."""
    if not text.strip():
        raise NothingMatchedError(f"{where} is nothing, not JSON")
    try:
        return json.loads(text, parse_int=JsonNumber, parse_float=JsonNumber, parse_constant=JsonNumber)
    except (ValueError, RecursionError):
        raise NotMeasuredError(f"{where} is {quote_first_line(text)}, not JSON") from None


def resolve_pointer(document: Any, pointer: str, where: str = OUTPUT) -> Any:
    """Returns the value at an RFC 6901 pointer in a JSON document.

    Raises NotMeasuredError; where nothing is there, NothingMatchedError.
    """
    if pointer and not pointer.startswith("/"):
        raise NotMeasuredError(f"{pointer!r} is no JSON pointer: it starts with a slash")
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and INDEX.fullmatch(key) and int(key) < len(document):
            document = document[int(key)]
        else:
            raise NothingMatchedError(f"there is no {pointer!r} in {where}")
    return document


def parse_number(text: str, where: str = OUTPUT) -> int | Fraction:
    """Returns exactly the number in a text: no infinity, no NaN, no digit grouping. Raises NotMeasuredError."""
    text = text.strip()
    if len(text) > LONGEST_NUMBER or not DECIMAL.fullmatch(text):
        raise NotMeasuredError(f"{safe(text, 80)!r} in {where} is not a number")
    exact = Fraction(text)
    return exact.numerator if exact.denominator == 1 else exact
