"""Numbers and foreign strings on their way to a person: rounded toward failure, made harmless."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Iterable
from fractions import Fraction

from .model import Better, Number

DIGITS = 6  # no threshold has more decimal places
UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(text: str, limit: int = 500) -> str:
    """`text` with control, format, surrogate and unassigned characters as escapes, at most `limit` long."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            repr(char)[1:-1] if unicodedata.category(char) in UNSAFE_CATEGORIES else char for char in text[: limit + 1]
        )
    return text if len(text) <= limit else text[: limit - 3] + "..."


def digits_of(threshold: Fraction) -> int:
    """How many decimal places are needed to write `threshold`, at most 6."""
    return next((places for places in range(DIGITS) if (threshold * 10**places).denominator == 1), DIGITS)


def show(value: Number | None, better: Better = "higher", digits: int = 1) -> str:
    """`value` in at most `digits` decimal places, rounded toward failure: 69.96 is 69.9 where more is better.

    A whole number is written without a decimal point, None as `?`.
    """
    if value is None:
        return "?"
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    scaled = exact * 10**digits
    whole = math.floor(scaled) if better == "higher" else math.ceil(scaled)
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    if not digits:
        return f"{sign}{whole}"
    integer, decimals = divmod(whole, 10**digits)
    return f"{sign}{integer}.{decimals:0{digits}d}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` for the nearest of `known`, or nothing."""
    near = nearest(word, known)
    return f" (did you mean {near[0]!r}?)" if near else ""


def nearest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The spellings in `known` that resemble `word`, best first."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    return [by_fold[fold] for fold in difflib.get_close_matches(word.casefold(), by_fold, count, 0.6)]


def plural(count: int, noun: str) -> str:
    """`1 line`, `2 lines`, `2 matches`."""
    ending = "" if count == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count} {noun}{ending}"
