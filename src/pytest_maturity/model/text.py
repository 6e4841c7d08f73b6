"""Formats numbers, rounded toward failure, and foreign text, made harmless, for people and logs."""

from __future__ import annotations

import difflib
import math
import re
import traceback
import unicodedata
from collections.abc import Iterable, Sequence
from fractions import Fraction

from .evidence import Finding
from .gates import Better, Number
from .redaction import redact

DIGITS = 6  # the most decimal places of a threshold
UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
LONGEST_LINE = 10_000
LONGEST_READ = 100_000  # characters; far above LONGEST_LINE, so that no secret is cut in two before it is hidden
SHOWN = 3  # the length of a list in a sentence
# CI systems execute commands in logs. GitHub: a line that starts with `::`, and `##[` anywhere; Azure: `##vso[`.
COMMAND = re.compile(r"(?<=#)#(?=[A-Za-z]*\[)")
STYLE = r"\x1b\[[0-9;]*m"
COMMAND_AT_START = re.compile(rf"(?:\s|{STYLE})*:(?=:)")


def safe(text: str, limit: int = 500) -> str:
    """Returns the text in one harmless line of at most `limit` characters (3 or more).

    Control, format, surrogate and unassigned characters become escapes, and so does what would be a command in a CI
    log. Secrets of the environment are hidden. Everything else stays as it is.
    """
    text = redact(text[:LONGEST_READ])[: limit + 1]
    if not (text.isascii() and text.isprintable()):
        text = "".join(repr(char)[1:-1] if unicodedata.category(char) in UNSAFE_CATEGORIES else char for char in text)
    text = escape_ci_commands(text)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def escape_ci_commands(line: str) -> str:
    """Returns the line with escapes for what a CI system would execute; styles for a terminal stay."""
    if "##" in line:
        line = COMMAND.sub(r"\\x23", line)
    if "::" in line and (found := COMMAND_AT_START.match(line)):
        line = f"{line[: found.end() - 1]}\\x3a{line[found.end() :]}"
    return line


def describe_error(error: BaseException, limit: int = 300) -> str:
    """Returns `ValueError: its message` in one line, also where converting the error to text raises."""
    return safe(" ".join("".join(traceback.format_exception_only(error)).split()), limit)


def safe_repr(value: object, limit: int = 200) -> str:
    """Returns the `repr` of a value, or its type where that raises: it is foreign code."""
    try:
        return safe(repr(value), limit)
    except Exception as error:
        return f"a {safe(type(value).__name__, 80)} whose repr raised {safe(type(error).__name__, 80)}"


def decimal_places(threshold: Fraction) -> int:
    """Returns how many decimal places it takes to write a threshold, at most 6."""
    return next((places for places in range(DIGITS) if (threshold * 10**places).denominator == 1), DIGITS)


def format_number(value: Number | None, better: Better = "higher", digits: int = 1) -> str:
    """Returns a number with `digits` decimal places, rounded toward failure: 69.96 is 69.9 where higher is better.

    Whole numbers have no decimal point; None is `?`.
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
    """Returns ` (did you mean 'x'?)` for the name in `known` that is nearest to `word`, or nothing."""
    near = nearest_names(word, known)
    return f" (did you mean {near[0]!r}?)" if near else ""


def nearest_names(word: str, known: Iterable[str], count: int = 3, cutoff: float = 0.6) -> list[str]:
    """Returns the names in `known` that resemble `word` at least as much as `cutoff` (0 to 1), the nearest first."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    return [by_fold[fold] for fold in difflib.get_close_matches(word.casefold(), by_fold, count, cutoff)]


def plural(count: int, noun: str) -> str:
    """Returns a count with its noun: `1 line`, `2 lines`, `2 matches`, `2 retries`."""
    if count != 1 and noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{count} {noun[:-1]}ies"
    ending = "" if count == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count} {noun}{ending}"


def first_few(names: Sequence[str]) -> str:
    """Returns the first names of a list, and how many more there are: `a, b, c and 2 more`."""
    shown = ", ".join(safe(name, 120) for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"


def join_findings(findings: Sequence[Finding]) -> str:
    """Returns the first findings of a list, each with its test or place, and how many more there are."""
    shown = "; ".join(
        safe(": ".join(filter(None, (one.test or one.location, one.explanation))), 200) for one in findings[:SHOWN]
    )
    return shown if len(findings) <= SHOWN else f"{shown}; and {len(findings) - SHOWN} more"
